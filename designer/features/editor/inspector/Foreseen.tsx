import { useQuery } from "@tanstack/react-query";
import { pathFrom } from "@/core/expr/source";
import { COMPUTED, type FlowNode } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";
import { JsonTree } from "@/ui/JsonTree";
import { usePreviews } from "../formScope";
import { useFlow, useSession } from "../session";
import { readValue } from "./look";

/** What a step that only computes would give on the chosen sample: shown as long as there is no run. */
export function Foreseen({ node }: { node: FlowNode }) {
  const session = useSession();
  const flow = useFlow();
  const sample = session.view((s) => s.sample);
  const { preview, dataMark } = usePreviews("", undefined);
  const path = `steps.${node.id}.output`;
  const value = useQuery({
    queryKey: ["foreseen", session.id, node.id, dataMark, encodeFlow(flow)],
    queryFn: async () => ({ value: await readValue(preview, path) }),
    enabled: sample !== undefined && COMPUTED.has(node.type),
    placeholderData: (before) => before,
  });
  const known = value.data?.value;
  if (known === undefined) return <p className="muted">No run yet.</p>;
  return (
    <>
      <p className="muted">Not run yet. On “{sample?.name}” it gives:</p>
      <JsonTree value={known} template={pathFrom(path)} label="Output on the sample" />
    </>
  );
}
