import "./score.css";

/** A score of 0 to 1000; a dash where nobody scored it. */
export function Score({ score }: { score: number | undefined }) {
  if (score === undefined) return <span className="muted">—</span>;
  return (
    <span className="score" data-level={scoreLevel(score)}>
      {score}
    </span>
  );
}

/** How much a score asks to be looked at. */
function scoreLevel(score: number): "high" | "medium" | "low" {
  if (score >= 700) return "high";
  return score >= 400 ? "medium" : "low";
}
