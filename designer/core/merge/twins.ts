import type { Flow, FlowEdge, FlowNode, Json } from "../flow/document";
import { edgeFrom, edgeSource } from "../flow/document";
import { freeId } from "../flow/ids";
import { renameReferences } from "../flow/references";
import { isObject, same } from "../flow/same";

interface Named {
  id: string;
}

/** Ids that both sides gave to something new, under a key or another, and that aren't the same thing. */
function twinsOf(base: Flow, mine: Flow, theirs: Flow, key: string): string[] {
  const was = new Set(partsOf(base, key).map((p) => p.id));
  const there = new Map<string, Named>(partsOf(theirs, key).map((p) => [p.id, p]));
  const others = idsBeside(theirs, key);
  return partsOf(mine, key)
    .filter((p) => !was.has(p.id))
    .filter((p) => (there.has(p.id) ? !same(p, there.get(p.id)) : others.has(p.id)))
    .map((p) => p.id);
}

/** The ids of all parts of a flow but those under a key: no two parts share one. */
function idsBeside(flow: Flow, key: string): Set<string> {
  return new Set(
    Object.keys(flow)
      .filter((k) => k !== key)
      .flatMap((k) => partsOf(flow, k).map((p) => p.id)),
  );
}

/**
 * Two who add the same action at once give it the same id. Both are wanted: mine get other ids, and what
 * refers to them follows. Theirs keep them, for they are saved and may have run.
 */
export function withoutTwins(
  base: Flow,
  mine: Flow,
  theirs: Flow,
): { flow: Flow; renamed: Map<string, string> } {
  const nodes = twinsOf(base, mine, theirs, "nodes");
  const taken = new Set([base, mine, theirs].flatMap((flow) => [...idsBeside(flow, "")]));
  const renamed = new Map(
    nodes.map((id) => {
      const next = freeId(id, taken);
      taken.add(next);
      return [id, next] as const;
    }),
  );
  const flow = renameNodes(mine, renamed);
  return { flow: withoutTwinParts(base, flow, theirs), renamed };
}

/** Gives nodes other ids, and follows them wherever the flow names them. */
export function renameNodes(flow: Flow, renamed: ReadonlyMap<string, string>): Flow {
  if (renamed.size === 0) return flow;
  const id = (old: string) => renamed.get(old) ?? old;
  const node = (n: FlowNode): FlowNode => {
    const { id: own, parent, ...rest } = n;
    const told = renameReferences(rest as unknown as Json, renamed) as unknown as Omit<
      FlowNode,
      "id" | "parent"
    >;
    return { id: id(own), ...told, ...(parent === undefined ? {} : { parent: id(parent) }) };
  };
  const edge = (e: FlowEdge): FlowEdge => {
    const { node: from, port } = edgeSource(e);
    return { from: edgeFrom(id(from), port), to: id(e.to) };
  };
  const others = Object.entries(flow).map(([key, value]) => [key, renameMembers(value as Json, renamed)]);
  return {
    ...(Object.fromEntries(others) as unknown as Flow),
    nodes: flow.nodes.map(node),
    edges: flow.edges.map(edge),
    ...(flow.output === undefined ? {} : { output: renameReferences(flow.output, renamed) }),
  };
}

/** Notes and the like name nodes: as what they lie in, or in a list of what belongs to them. */
function renameMembers(value: Json, renamed: ReadonlyMap<string, string>): Json {
  if (!isParts(value)) return value;
  const id = (v: Json) => (typeof v === "string" ? (renamed.get(v) ?? v) : v);
  return value.map((part) =>
    Object.fromEntries(
      Object.entries(part).map(([key, v]) => [
        key,
        key === "parent" ? id(v) : Array.isArray(v) ? v.map(id) : v,
      ]),
    ),
  );
}

/** Whether a value is a list of parts that have ids, as nodes and notes are. */
export function isParts(value: unknown): value is (Record<string, Json> & { id: string })[] {
  return Array.isArray(value) && value.every((p) => isObject(p) && typeof p.id === "string");
}

/** The same for notes and other parts, to which nothing refers. */
function withoutTwinParts(base: Flow, mine: Flow, theirs: Flow): Flow {
  const made: Record<string, unknown> = { ...mine };
  for (const [key, list] of Object.entries(mine)) {
    if (key === "nodes" || !isParts(list)) continue;
    const twins = new Set(twinsOf(base, mine, theirs, key));
    if (twins.size === 0) continue;
    const taken = new Set([base, mine, theirs].flatMap((flow) => [...idsBeside(flow, "")]));
    made[key] = list.map((part) => {
      if (!twins.has(part.id)) return part;
      const id = freeId(part.id, taken);
      taken.add(id);
      return { ...part, id };
    });
  }
  return made as unknown as Flow;
}

/** A list of parts of a flow by its key; empty where there is none. */
export function partsOf(flow: Flow, key: string): (Record<string, Json> & { id: string })[] {
  const list = (flow as unknown as Record<string, unknown>)[key];
  return isParts(list) ? list : [];
}
