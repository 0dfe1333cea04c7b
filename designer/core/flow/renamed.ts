import { edgeSource, type Flow, type FlowNode, type Json, joinPointer } from "./document";
import { takenIds } from "./ids";

import { isObject, same } from "./same";

/** Whether a node that is gone and a new one look like the same. */
type Like = (node: FlowNode, now: FlowNode) => boolean;

/**
 * Which nodes are called by another id: old to new. A node that is gone and a new one of its type are the same
 * where they are alike, and nothing else is: it is never guessed which of two.
 */
export function renamesOf(base: Flow, flow: Flow): Map<string, string> {
  const [was, there] = [takenIds(base), new Set(flow.nodes.map((n) => n.id))];
  const fresh = flow.nodes.filter((n) => !was.has(n.id));
  const gone = fresh.length === 0 ? [] : base.nodes.filter((n) => !there.has(n.id));
  const renamed = new Map<string, string>();
  if (gone.length === 0) return renamed;
  // What is surest first: what it leaves may be certain then.
  for (const like of [inPlace, isLike, resembling(base, flow, renamed)]) {
    const left = { gone: gone.filter((n) => !renamed.has(n.id)), fresh: without(fresh, renamed) };
    for (const [node, now] of onlyPairs(left.gone, left.fresh, like)) renamed.set(node.id, now.id);
  }
  return renamed;
}

function without(fresh: readonly FlowNode[], renamed: ReadonlyMap<string, string>): FlowNode[] {
  const found = new Set(renamed.values());
  return fresh.filter((n) => !found.has(n.id));
}

/** The pairs of which neither is like anything else. */
function onlyPairs(
  gone: readonly FlowNode[],
  fresh: readonly FlowNode[],
  like: Like,
): [FlowNode, FlowNode][] {
  const of = (node: FlowNode) => fresh.filter((now) => node.type === now.type && like(node, now));
  const found = gone.map((node) => [node, of(node)] as const);
  const times = new Map<FlowNode, number>();
  for (const now of found.flatMap(([, all]) => all)) times.set(now, (times.get(now) ?? 0) + 1);
  return found.flatMap(([node, [now, ...others]]) =>
    now !== undefined && others.length === 0 && times.get(now) === 1 ? [[node, now]] : [],
  );
}

const nameOf = (node: FlowNode) => node.name ?? "";
const sameParameters: Like = (node, now) => same(node.with ?? {}, now.with ?? {});

/** Where it was, with its name or its parameters. */
const inPlace: Like = (node, now) =>
  same(node.position, now.position) && (nameOf(node) === nameOf(now) || sameParameters(node, now));

/** Elsewhere, with both. */
const isLike: Like = (node, now) =>
  nameOf(node) !== "" && nameOf(node) === nameOf(now) && sameParameters(node, now);

/** Elsewhere, where it lay: edited with most of its parameters and a wire of its own, or with all of both. */
function resembling(base: Flow, flow: Flow, renamed: ReadonlyMap<string, string>): Like {
  const called = (id: string) => renamed.get(id) ?? id;
  return (node, now) => {
    if (nameOf(node) !== "" && nameOf(now) !== "" && nameOf(node) !== nameOf(now)) return false;
    if (now.parent !== (node.parent && called(node.parent))) return false;
    const { shared, all } = parametersOf(node, now);
    const [had, has] = [wiresOf(base, node.id, called), wiresOf(flow, now.id, (id) => id)];
    const kept = [...had].filter((wire) => has.has(wire)).length;
    if (shared >= 2 && shared * 2 > all && (kept > 0 || had.size === 0)) return true;
    return shared === all && kept > 0 && kept === had.size && kept === has.size;
  };
}

/** How many parameters two nodes have, and how many of them with the same value. */
function parametersOf(node: FlowNode, now: FlowNode): { shared: number; all: number } {
  const [before, after] = [leaves(node.with ?? {}), leaves(now.with ?? {})];
  const shared = [...before].filter(([at, value]) => after.has(at) && same(value, after.get(at) ?? null));
  return { shared: shared.length, all: new Set([...before.keys(), ...after.keys()]).size };
}

function leaves(value: Json, at = "", found = new Map<string, Json>()): Map<string, Json> {
  if (!isObject(value)) return found.set(at, value);
  for (const [key, inner] of Object.entries(value)) leaves(inner, joinPointer(at, key), found);
  return found;
}

/** What a node is wired to, each wire in words. */
function wiresOf(flow: Flow, id: string, called: (id: string) => string): Set<string> {
  const wires = flow.edges.flatMap((edge) => {
    const { node, port } = edgeSource(edge);
    if (edge.to === id) return [`${called(node)}.${port} >`];
    return node === id ? [`${port} > ${called(edge.to)}`] : [];
  });
  return new Set(wires);
}
