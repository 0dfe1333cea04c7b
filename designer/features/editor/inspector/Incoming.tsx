import { useQuery } from "@tanstack/react-query";
import { pathFrom } from "@/core/expr/source";
import { edgeSource, type Flow, type FlowNode, isTrigger, type Json, nodeById } from "@/core/flow/document";
import { useRunSummary } from "@/run/hooks";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { usePreviews } from "../formScope";
import { useFlow, useSession } from "../useSession";
import { readValue } from "./look";

/** The data that this node's expressions are nearest to: the item of its loop, and what leads to it. */
function sourcesOf(flow: Flow, node: FlowNode): { name: string; path: string }[] {
  const before = flow.edges.filter((e) => e.to === node.id).map((e) => edgeSource(e).node);
  const steps = [...new Set(before)].flatMap((id) => nodeById(flow, id) ?? []);
  const own = node.parent === undefined ? [] : [{ name: "item", path: "item" }];
  return [
    ...own,
    ...steps.map((n) =>
      isTrigger(n.type)
        ? { name: n.name ?? n.id, path: "trigger.body" }
        : { name: n.name ?? n.id, path: `steps.${n.id}.output` },
    ),
  ].filter((s, i, all) => all.findIndex((o) => o.path === s.path) === i);
}

/** What comes in along the wires, each under the name by which expressions read it. */
export function Incoming({ node, pass }: { node: FlowNode; pass: string }) {
  const sources = sourcesOf(useFlow(), node);
  if (sources.length === 0) return <p className="muted">No wire leads here yet.</p>;
  return (
    <div className="incoming">
      {sources.map((s) => (
        <Source key={s.path} node={node} pass={pass} name={s.name} path={s.path} />
      ))}
    </div>
  );
}

interface SourceProps {
  node: FlowNode;
  pass: string;
  name: string;
  path: string;
}

function Source({ node, pass, name, path }: SourceProps) {
  const session = useSession();
  const run = useRunSummary();
  const { preview, dataMark } = usePreviews(node.id, node.parent === undefined ? undefined : pass);
  const value = useQuery({
    queryKey: ["incoming", session.id, node.id, path, dataMark, session.saver.revision],
    queryFn: async (): Promise<{ value: Json | undefined }> => ({ value: await readValue(preview, path) }),
    // A save asks anew: what is read here stays, and the focus in it.
    placeholderData: (before) => before,
  });
  const known = value.data?.value;
  return (
    <section aria-label={plainly(`Incoming ${name}`)}>
      <p className="incoming-head">
        {name !== path && <strong>{plainly(name)}</strong>} <code className="muted">{path}</code>
      </p>
      {value.isPending ? (
        <p className="muted">Loading…</p>
      ) : known === undefined ? (
        <p className="muted">
          {run === undefined ? "Run the flow to see it." : "Nothing of it in the run shown."}
        </p>
      ) : (
        <JsonTree value={known} template={pathFrom(path)} label={plainly(name)} />
      )}
    </section>
  );
}
