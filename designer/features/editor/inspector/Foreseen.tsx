import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { pathFrom } from "@/core/expr/source";
import { COMPUTED, type Flow, type FlowNode } from "@/core/flow/document";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { usePreviews } from "../formScope";
import { usePins } from "../running/pins";
import { useFlow, useSession } from "../useSession";
import { readValue } from "./look";

/** What a step that only computes would give on the chosen sample: shown as long as there is no run. */
export function Foreseen({ node }: { node: FlowNode }) {
  const session = useSession();
  // Typing goes before; what it gives follows.
  const flow = useDeferredValue(useFlow());
  const sample = session.view((s) => s.sample);
  const { preview, dataMark } = usePreviews("", undefined);
  const path = `steps.${node.id}.output`;
  const value = useQuery({
    queryKey: ["foreseen", session.id, node.id, dataMark, numberOf(flow)],
    gcTime: 10_000,
    queryFn: async () => ({ value: await readValue(preview, path) }),
    enabled: sample !== undefined && COMPUTED.has(node.type),
    placeholderData: (before) => before,
  });
  const pinned = usePins().has(node.id); // which is shown above
  const known = value.data?.value;
  if (pinned) return null;
  if (known === undefined) return <p className="muted">No run yet.</p>;
  return (
    <>
      <p className="muted">Not run yet. On “{plainly(sample?.name ?? "")}” it gives:</p>
      <JsonTree value={known} template={pathFrom(path)} label="Output on the sample" />
    </>
  );
}

const NUMBERS = new WeakMap<Flow, number>();
let last = 0;

/** States of a document by number: writing a large one out to tell it from others would cost each key that is typed. */
function numberOf(flow: Flow): number {
  const known = NUMBERS.get(flow) ?? ++last;
  NUMBERS.set(flow, known);
  return known;
}
