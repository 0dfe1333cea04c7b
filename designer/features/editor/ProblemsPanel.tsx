import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { Problem } from "@/core/flow/document";
import { fieldOf, placeOf } from "@/core/flow/problems";
import { Named } from "@/ui/Named";
import { ProblemText } from "@/ui/ProblemText";
import { SidePanel } from "@/ui/SidePanel";
import { useProblems } from "./bindings";
import { useFlow, useSaveState, useSession } from "./useSession";

/** All problems of the draft; each leads to its node and field. */
export function ProblemsPanel() {
  const session = useSession();
  const open = session.view((s) => s.panel === "problems");
  const problems = useProblems();
  const save = useSaveState();
  const all = save.kind === "refused" ? [...save.problems, ...problems] : problems;
  if (!open) return null;
  return (
    <SidePanel
      title="Problems"
      side="left"
      testid="problems"
      onClose={() => session.view.setState({ panel: undefined })}
    >
      {all.length === 0 ? (
        <p className="side-empty">
          <CircleCheck size={16} color="var(--ok)" aria-hidden /> Nothing stands in the way of publishing.
        </p>
      ) : (
        <ProblemItems problems={all} />
      )}
    </SidePanel>
  );
}

interface ProblemItemsProps {
  problems: readonly Problem[];
  /** Says when to go where one leads; without it, at once. */
  onJump?: (go: () => void) => void;
}

/** Problems by the node and the field that they name; each leads there. */
export function ProblemItems({ problems, onJump }: ProblemItemsProps) {
  return (
    <ul className="problem-list">
      {problems.map((p, i) => (
        <li key={i}>
          <ProblemItem problem={p} onJump={onJump} />
        </li>
      ))}
    </ul>
  );
}

function ProblemItem({ problem, onJump }: { problem: Problem; onJump: ProblemItemsProps["onJump"] }) {
  const session = useSession();
  const flow = useFlow();
  const place = placeOf(problem, flow, session.catalog);
  const jump = () => {
    const { node } = place;
    const go = () =>
      node === undefined
        ? session.view.setState({ panel: "settings" })
        : session.show(node.id, fieldOf(problem));
    if (onJump === undefined) go();
    else onJump(go);
  };
  return (
    <button
      type="button"
      className="problem-item"
      onClick={jump}
      // Of the flow itself there is a place where a setting is named.
      disabled={place.node === undefined && place.field === undefined}
    >
      {problem.severity === "error" ? (
        <CircleAlert size={15} color="var(--fail)" aria-label="Error" />
      ) : (
        <TriangleAlert size={15} color="var(--wait)" aria-label="Warning" />
      )}
      <span>
        <span className="problem-place">
          <strong>
            {place.node === undefined ? "The flow" : <Named text={place.node.name || place.node.id} />}
          </strong>
          {place.node?.name !== undefined && <code className="muted">{place.node.id}</code>}
          {place.field !== undefined && <span className="muted">{place.field}</span>}
        </span>
        <ProblemText message={problem.message} fix={problem.fix} />
      </span>
    </button>
  );
}
