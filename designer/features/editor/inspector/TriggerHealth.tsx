import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, Clock, TriangleAlert } from "lucide-react";
import { triggersQuery } from "@/api/queries";
import type { TriggerState } from "@/api/types";
import { type FlowNode, isTrigger } from "@/core/flow/document";
import { plainly } from "@/ui/Named";
import { Ago, exactText } from "@/ui/Time";
import { useSession } from "../useSession";

const WORDS: Record<TriggerState["state"], string> = {
  active: "Live: it starts runs of the published version.",
  off: "Turned off in the published version.",
  halted: "The flow is off line: nothing starts it by itself.",
  unbound: "It starts nothing:",
  starting: "It begins to watch.",
  watching: "It watches.",
  failing: "It can't watch:",
};

/** How a trigger of the published version does; nothing where none is published. */
export function TriggerHealth({ node }: { node: FlowNode }) {
  const session = useSession();
  const known = useQuery({ ...triggersQuery(session.id), enabled: isTrigger(node.type) });
  const state = known.data?.items.find((t) => t.node === node.id);
  if (state === undefined) return null;
  const bad = state.state === "failing" || state.state === "unbound" || state.message !== "";
  const Icon = bad
    ? TriangleAlert
    : state.state === "starting"
      ? Clock
      : state.state === "off" || state.state === "halted"
        ? CircleSlash
        : CircleCheck;
  return (
    <p className="trigger-health" role="status" data-bad={bad || undefined} data-testid="trigger-health">
      <Icon size={15} aria-hidden />
      <span>
        {WORDS[state.state]} {state.message !== "" && plainly(`${state.message}.`)}
        {state.since && (
          <span className="muted">
            {" "}
            Since <time dateTime={state.since}>{exactText(state.since)}</time>.
          </span>
        )}
        {state.state === "watching" && state.lastAt && (
          <span className="muted">
            {" "}
            Last look <Ago at={state.lastAt} />.
          </span>
        )}
        {state.nextAt && (
          <span className="muted">
            {" "}
            {state.state === "failing" ? "Tried again at" : "Next at"}{" "}
            <time dateTime={state.nextAt}>{exactText(state.nextAt)}</time>.
          </span>
        )}
      </span>
    </p>
  );
}
