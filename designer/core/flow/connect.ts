import type { Catalog } from "./catalog";
import type { Flow, FlowEdge, FlowNode } from "./document";
import { edgeFrom, edgeSource, isTrigger, nodeById } from "./document";
import { leadsTo } from "./reach";

/** Why two nodes can't be joined, in words for a person; undefined when they can. */
export function whyNotConnect(
  flow: Flow,
  catalog: Catalog,
  source: string,
  port: string,
  target: string,
): string | undefined {
  const from = nodeById(flow, source);
  const to = nodeById(flow, target);
  if (from === undefined || to === undefined) return "One of the nodes is gone.";
  if (source === target) return "A node can't follow itself: use For each for loops.";
  if (isTrigger(to.type)) return "A trigger has no input.";
  if (from.parent !== to.parent) return "A wire can't cross the wall of a container.";
  if (!catalog.ports(from).includes(port)) return `${from.name ?? from.id} has no port ${port}.`;
  if (hasEdge(flow, source, port, target)) return "These are joined already.";
  if (reaches(flow, target, source)) return "That would make a circle: use For each for loops.";
  return undefined;
}

/** Which nodes each port of a node may lead to: what [whyNotConnect] allows, for all at once. */
export function targetsOf(
  flow: Flow,
  catalog: Catalog,
  source: FlowNode,
): { port: string; target: FlowNode }[] {
  const before = ancestorsOf(flow, source.id);
  const near = flow.nodes.filter(
    (n) => n.parent === source.parent && !isTrigger(n.type) && !before.has(n.id),
  );
  return catalog
    .ports(source)
    .flatMap((port) =>
      near.filter((n) => !hasEdge(flow, source.id, port, n.id)).map((target) => ({ port, target })),
    );
}

function hasEdge(flow: Flow, source: string, port: string, target: string): boolean {
  return flow.edges.some((e) => {
    const s = edgeSource(e);
    return e.to === target && s.node === source && s.port === port;
  });
}

/** A node, and all from which edges lead to it. */
function ancestorsOf(flow: Flow, id: string): Set<string> {
  const from = new Map<string, string[]>();
  for (const e of flow.edges) from.set(e.to, [...(from.get(e.to) ?? []), edgeSource(e).node]);
  const seen = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(from.get(at) ?? []));
  }
  return seen;
}

/** Whether following edges from one node leads to another. */
function reaches(flow: Flow, from: string, to: string): boolean {
  const next = new Map<string, string[]>();
  for (const e of flow.edges) {
    const { node } = edgeSource(e);
    next.set(node, [...(next.get(node) ?? []), e.to]);
  }
  return leadsTo(next, from, to);
}

export function edgeBetween(source: string, port: string, target: string): FlowEdge {
  return { from: edgeFrom(source, port), to: target };
}
