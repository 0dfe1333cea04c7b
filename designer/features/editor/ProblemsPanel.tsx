import { CircleAlert, CircleCheck, TriangleAlert, X } from "lucide-react";
import { nodeById, type Problem, pointerTokens } from "@/core/flow/document";
import { IconButton } from "@/ui/Button";
import { useFlow, useSaveState, useSession } from "./session";

/** All problems of the draft; each leads to its node and field. */
export function ProblemsPanel() {
  const session = useSession();
  const open = session.view((s) => s.panel === "problems");
  const problems = session.document((s) => s.problems);
  const save = useSaveState();
  const all = save.kind === "refused" ? [...save.problems, ...problems] : problems;
  if (!open) return null;
  return (
    <section className="side-panel problems-panel" aria-label="Problems" data-testid="problems">
      <div className="side-head">
        <h2 className="grow">Problems</h2>
        <IconButton label="Close problems" onClick={() => session.view.setState({ panel: undefined })}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      {all.length === 0 ? (
        <p className="side-empty">
          <CircleCheck size={16} color="var(--ok)" aria-hidden /> Nothing stands in the way of publishing.
        </p>
      ) : (
        <ul className="problem-list">
          {all.map((p, i) => (
            <li key={i}>
              <ProblemItem problem={p} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ProblemItem({ problem }: { problem: Problem }) {
  const session = useSession();
  const flow = useFlow();
  const node = problem.node === undefined ? undefined : nodeById(flow, problem.node);
  const jump = () => {
    if (node === undefined) return;
    session.show(node.id, fieldOf(problem));
  };
  return (
    <button type="button" className="problem-item" onClick={jump} disabled={node === undefined}>
      {problem.severity === "error" ? (
        <CircleAlert size={15} color="var(--fail)" aria-label="Error" />
      ) : (
        <TriangleAlert size={15} color="var(--wait)" aria-label="Warning" />
      )}
      <span>
        {node !== undefined && <strong>{node.name || node.id}: </strong>}
        {problem.message}
        {problem.fix && <span className="muted"> — {problem.fix}</span>}
      </span>
    </button>
  );
}

/** The parameter that a problem's pointer names: /nodes/3/with/text gives /text. */
export function fieldOf(problem: Problem): string | undefined {
  const [part, , key, ...rest] = pointerTokens(problem.pointer);
  if (part !== "nodes" || key === undefined) return undefined;
  return key === "with" ? `/${rest.join("/")}` : `@${key}`;
}
