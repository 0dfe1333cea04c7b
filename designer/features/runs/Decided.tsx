import { Link } from "@tanstack/react-router";
import { ArrowLeft, CircleCheck, CircleX, type LucideIcon, TimerOff } from "lucide-react";
import type { NodeStep } from "@/canvas/StepData";
import { edgeSource, type Flow, nodeById } from "@/core/flow/document";
import { isObject } from "@/core/flow/same";
import { useNodeRun } from "@/run/hooks";
import { Named, plainly } from "@/ui/Named";
import { Status } from "@/ui/Status";
import { Ago } from "@/ui/Time";

const OUTCOMES: Record<string, { word: string; icon: LucideIcon; look: string }> = {
  approved: { word: "Approved", icon: CircleCheck, look: "succeeded" },
  rejected: { word: "Rejected", icon: CircleX, look: "failed" },
  expired: { word: "Expired: nobody decided in time", icon: TimerOff, look: "unknown" },
};

interface DecidedProps {
  data: NodeStep;
  flow: Flow;
  onOpen: (node: string) => void;
}

/** Of an approval that is decided: how, by whom, and what the run does of it; and the way back to the others. */
export function Decided({ data, flow, onOpen }: DecidedProps) {
  const { step, detail } = data;
  const output = detail?.output;
  const outcome = isObject(output) ? OUTCOMES[String(output.decision)] : undefined;
  if (step === undefined || !isObject(output) || outcome === undefined) return null;
  const port = step.port ?? String(output.decision);
  const next = flow.edges.filter((e) => {
    const from = edgeSource(e);
    return from.node === step.node && from.port === port;
  });
  return (
    <section className="decided" aria-label="What was decided" data-testid="decided">
      <p className="decided-outcome">
        <span className="state" data-state={outcome.look}>
          <outcome.icon size={17} strokeWidth={1.9} aria-hidden />
          <strong>{outcome.word}</strong>
        </span>{" "}
        {typeof output.by === "string" && <>by {plainly(output.by)}, </>}
        {typeof output.at === "string" && <Ago at={output.at} />}
      </p>
      {typeof output.comment === "string" && output.comment !== "" && (
        <p className="decided-comment">{plainly(output.comment)}</p>
      )}
      <h3>What follows</h3>
      {next.length === 0 ? (
        <p className="muted">{endOf(flow, step.node)}</p>
      ) : (
        <ul>
          {next.map((e) => (
            <li key={e.to}>
              <NextStep node={e.to} flow={flow} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
      <Link to="/inbox" search={{}} className="btn">
        <ArrowLeft size={15} aria-hidden /> Back to the inbox
      </Link>
    </section>
  );
}

/** What follows where no wire leads on: in a container the flow goes on behind it. */
function endOf(flow: Flow, node: string): string {
  const parent = nodeById(flow, nodeById(flow, node)?.parent ?? "");
  if (parent === undefined) return "Nothing: this way of the flow ends here.";
  return `Nothing more in this pass of ${plainly(parent.name || parent.id)}: it goes on with the next one, or with what follows it.`;
}

function NextStep({ node, flow, onOpen }: { node: string } & Omit<DecidedProps, "data">) {
  const run = useNodeRun(node);
  return (
    <button type="button" className="decided-next" onClick={() => onOpen(node)}>
      <span className="grow ellipsis">
        <Named text={nodeById(flow, node)?.name || node} />
      </span>
      <Status state={run?.state ?? "pending"} />
    </button>
  );
}
