import "./score.css";

interface ScoreProps {
  score: number | undefined;
  /** Says of how much: where scores of others stand beside it, such as a mail's of 100. */
  scale?: boolean;
}

/** A score of 0 to 1000; a dash where nobody scored it. */
export function Score({ score, scale = false }: ScoreProps) {
  if (score === undefined) return <span className="muted">—</span>;
  return (
    <span className="score" data-level={scoreLevel(score)}>
      {score}
      <span className={scale ? "score-scale" : "hidden-text"}> of 1000</span>
    </span>
  );
}

/** How much a score asks to be looked at. */
function scoreLevel(score: number): "high" | "medium" | "low" {
  if (score >= 700) return "high";
  return score >= 400 ? "medium" : "low";
}
