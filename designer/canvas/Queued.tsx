import { useQuery } from "@tanstack/react-query";
import { queuedQuery } from "@/api/queries";
import type { Run } from "@/api/types";
import { useRunSummary } from "@/run/hooks";

/** Why the run shown waits to begin: the queue moves without it being told. */
export function QueuedWhy() {
  const run = useRunSummary();
  const queued = run?.state === "queued";
  const read = useQuery({ ...queuedQuery(run?.id ?? ""), enabled: queued });
  const why = queued ? queueText(read.data) : undefined;
  return why === undefined ? null : (
    <span className="muted" data-testid="queued-why">
      {why}
    </span>
  );
}

/** The places of a flow, and who is before a run. */
export function queueText(run: Run | undefined): string | undefined {
  const queue = run?.queue;
  if (!queue) return undefined;
  const places = queue.places === 1 ? "the flow's one place" : `one of the flow's ${queue.places} places`;
  const before = `${queue.before}${queue.more ? " or more" : ""} before it`;
  return `Waits for ${places}: ${queue.before === 0 ? "it is next" : before}`;
}
