import type { FlowChange } from "./compare";
import { edgeId, edgeSource, type Flow } from "./document";

/** Two flows in one picture: all of the second, and of the first what the second has no more. */
export function mergedView(before: Flow, after: Flow): Flow {
  const nodes = new Set(after.nodes.map((n) => n.id));
  const gone = before.nodes.filter((n) => !nodes.has(n.id));
  const all = new Set([...nodes, ...gone.map((n) => n.id)]);
  const wires = new Set(after.edges.map(edgeId));
  const notes = new Set((after.notes ?? []).map((n) => n.id));
  const lost = (before.notes ?? []).filter((n) => !notes.has(n.id));
  return {
    ...after,
    nodes: [...after.nodes, ...gone],
    edges: [
      ...after.edges,
      ...before.edges.filter((e) => !wires.has(edgeId(e)) && all.has(edgeSource(e).node) && all.has(e.to)),
    ],
    ...(after.notes === undefined && lost.length === 0 ? {} : { notes: [...(after.notes ?? []), ...lost] }),
  };
}

/** What became of each part of a picture, by its id on the canvas. */
export function kindsOf(changes: readonly FlowChange[]): Map<string, FlowChange["kind"]> {
  return new Map(
    changes
      .filter((c) => c.what !== "flow")
      .map((c) => [c.what === "edge" ? c.id.replace(" -> ", ">") : c.id, c.kind]),
  );
}
