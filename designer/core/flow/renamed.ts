import { edgeSource, type Flow, type FlowNode, type Json, joinPointer } from "./document";
import { takenIds } from "./ids";
import { isObject, same } from "./same";

/** How a node that is gone and a new one are known to be the same. */
interface Rule {
  /** Only those are compared of which both keys are the same. */
  was: (node: FlowNode) => string;
  is: (node: FlowNode) => string;
  like: (node: FlowNode, now: FlowNode) => boolean;
}

/** As many pairs are compared: above that, which is which would take longer to find than it is worth. */
const PAIRS = 10_000;

/**
 * Which nodes are surely called by another id: old to new. A node that is gone and a new one of its type are the same
 * where they are alike, and nothing else is: it is never guessed which of two.
 */
export function renamesOf(base: Flow, flow: Flow): Map<string, string> {
  return search(base, flow, false);
}

/**
 * Likewise with those that merely resemble one another, and were edited: good enough to count what was changed, but
 * nobody's edit and no data may go by it, for another node may have been drawn in its stead.
 */
export function likelyRenamesOf(base: Flow, flow: Flow): Map<string, string> {
  return search(base, flow, true);
}

function search(base: Flow, flow: Flow, likely: boolean): Map<string, string> {
  const [was, there] = [takenIds(base), new Set(flow.nodes.map((n) => n.id))];
  const fresh = flow.nodes.filter((n) => !was.has(n.id));
  const gone = fresh.length === 0 ? [] : base.nodes.filter((n) => !there.has(n.id));
  const renamed = new Map<string, string>();
  const find = (rule: Rule) => {
    const left = { gone: gone.filter((n) => !renamed.has(n.id)), fresh: without(fresh, renamed) };
    for (const [node, now] of onlyPairs(left.gone, left.fresh, rule)) renamed.set(node.id, now.id);
  };
  if (gone.length === 0) return renamed;
  // What is surest first: what it leaves may be certain then.
  find(inPlace);
  find(isLike);
  if (likely) find(resembling(base, flow, renamed));
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
  { was, is, like }: Rule,
): [FlowNode, FlowNode][] {
  const by = grouped(fresh, is);
  const near = gone.map((node) => [node, by.get(was(node)) ?? []] as const);
  if (near.reduce((sum, [, all]) => sum + all.length, 0) > PAIRS) return [];
  const found = near.map(([node, all]) => [node, all.filter((now) => like(node, now))] as const);
  const times = new Map<FlowNode, number>();
  for (const now of found.flatMap(([, all]) => all)) times.set(now, (times.get(now) ?? 0) + 1);
  return found.flatMap(([node, [now, ...others]]) =>
    now !== undefined && others.length === 0 && times.get(now) === 1 ? [[node, now]] : [],
  );
}

function grouped(nodes: readonly FlowNode[], key: (node: FlowNode) => string): Map<string, FlowNode[]> {
  const groups = new Map<string, FlowNode[]>();
  for (const node of nodes) {
    const group = groups.get(key(node));
    if (group === undefined) groups.set(key(node), [node]);
    else group.push(node);
  }
  return groups;
}

const nameOf = (node: FlowNode) => node.name ?? "";
const sameParameters: Rule["like"] = (node, now) => same(node.with ?? {}, now.with ?? {});

/** Where it was, with its name or its parameters. */
const inPlace: Rule = {
  was: (node) => [node.type, ...node.position].join(),
  is: (node) => [node.type, ...node.position].join(),
  like: (node, now) => nameOf(node) === nameOf(now) || sameParameters(node, now),
};

/** Elsewhere, with both. */
const isLike: Rule = {
  was: (node) => [node.type, nameOf(node)].join(),
  is: (node) => [node.type, nameOf(node)].join(),
  like: (node, now) => nameOf(node) !== "" && sameParameters(node, now),
};

/** Elsewhere, where it lay: edited with most of its parameters and a wire of its own, or with all of both. */
function resembling(base: Flow, flow: Flow, renamed: ReadonlyMap<string, string>): Rule {
  const called = (id: string) => renamed.get(id) ?? id;
  const wires = { was: wiresOf(base, called), are: wiresOf(flow, (id) => id) };
  const parameters = once((node) => leaves(node.with ?? {}));
  return {
    was: ({ type, parent }) => [type, parent && called(parent)].join(),
    is: ({ type, parent }) => [type, parent].join(),
    like(node, now) {
      if (nameOf(node) !== "" && nameOf(now) !== "" && nameOf(node) !== nameOf(now)) return false;
      const { shared, all } = compared(parameters(node), parameters(now));
      const [had, has] = [wires.was.get(node.id) ?? NONE, wires.are.get(now.id) ?? NONE];
      const kept = [...had].filter((wire) => has.has(wire)).length;
      if (shared >= 2 && shared * 2 > all && (kept > 0 || had.size === 0)) return true;
      return shared === all && kept > 0 && kept === had.size && kept === has.size;
    },
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Finds something of each node once. */
function once<T>(find: (node: FlowNode) => T): (node: FlowNode) => T {
  const known = new Map<FlowNode, T>();
  return (node) => {
    const found = known.get(node) ?? find(node);
    known.set(node, found);
    return found;
  };
}

type Leaves = ReadonlyMap<string, Json>;

/** How many parameters two nodes have, and how many of them with the same value. */
function compared(before: Leaves, after: Leaves): { shared: number; all: number } {
  const both = [...before].filter(([at]) => after.has(at));
  const shared = both.filter(([at, value]) => same(value, after.get(at)));
  return { shared: shared.length, all: before.size + after.size - both.length };
}

function leaves(value: Json, at = "", found = new Map<string, Json>()): Map<string, Json> {
  if (!isObject(value)) return found.set(at, value);
  for (const [key, inner] of Object.entries(value)) leaves(inner, joinPointer(at, key), found);
  return found;
}

/** What each node is wired to, each wire in words. */
function wiresOf(flow: Flow, called: (id: string) => string): Map<string, Set<string>> {
  const wires = new Map<string, Set<string>>();
  const add = (id: string, wire: string) => wires.set(id, (wires.get(id) ?? new Set()).add(wire));
  for (const edge of flow.edges) {
    const { node, port } = edgeSource(edge);
    add(edge.to, `${called(node)}.${port} >`);
    add(node, `${port} > ${called(edge.to)}`);
  }
  return wires;
}
