import { renameNodes } from "../merge/twins";
import type { Flow, FlowEdge, Json, JsonObject } from "./document";
import { edgeSource, joinPointer } from "./document";
import { likelyRenamesOf } from "./renamed";
import { isObject, same } from "./same";

/** One difference between two documents, as server/flow's Diff tells it; but a node with another id is one. */
export interface FlowChange {
  kind: "added" | "removed" | "changed" | "moved";
  what: "node" | "edge" | "note" | "group" | "flow";
  id: string;
  name?: string;
  fields?: { pointer: string; before: Json; after: Json }[];
  /** The nodes that an edge joins. */
  ends?: readonly [string, string];
}

/** The keys that say where and how a part is drawn, and nothing of what it does. */
const LAYOUT = new Set(["/position", "/size", "/collapsed"]);

/** Lists what turns one document into another: settings, nodes, edges, notes, groups. */
export function compareFlows(a: Flow, b: Flow): FlowChange[] {
  const renamed = likelyRenamesOf(a, b);
  const before = withIds(a, renamed);
  return [
    ...settings(before, b),
    ...withOldIds(
      parts("node", before.nodes, b.nodes, (n) => n.id),
      b,
      renamed,
    ),
    ...parts("edge", before.edges, b.edges, edgeKey),
    ...parts("note", before.notes ?? [], b.notes ?? [], (n) => n.id),
    ...parts("group", before.groups ?? [], b.groups ?? [], (g) => g.id),
  ];
}

/** The first of two documents as the second calls its nodes. */
export function inWordsOf(a: Flow, b: Flow): Flow {
  return withIds(a, likelyRenamesOf(a, b));
}

/** How much of what differs a person calls a change, and how much of it is only where and how it is drawn. */
export function countOf(changes: readonly FlowChange[]): { changes: number; moved: number } {
  const whole = changes.filter((c) => c.what === "node" && (c.kind === "added" || c.kind === "removed"));
  const come = new Set(whole.map((c) => c.id));
  const moved = changes.filter((c) => c.kind === "moved").length;
  // A wire comes and goes with a node that it leads from or to.
  const wires = changes.filter((c) => c.ends?.some((id) => come.has(id))).length;
  return { changes: changes.length - moved - wires, moved };
}

const RENAMED = new WeakMap<Flow, { ids: string; flow: Flow }>();

/** A document with other ids; the same while it gets the same, so that it is not compared anew. */
function withIds(flow: Flow, ids: ReadonlyMap<string, string>): Flow {
  if (ids.size === 0) return flow;
  const key = JSON.stringify([...ids]);
  const known = RENAMED.get(flow);
  if (known?.ids === key) return known.flow;
  const renamed = renameNodes(flow, ids);
  RENAMED.set(flow, { ids: key, flow: renamed });
  return renamed;
}

/** The changes of nodes, with the id that each had. */
function withOldIds(
  changes: readonly FlowChange[],
  now: Flow,
  renamed: ReadonlyMap<string, string>,
): FlowChange[] {
  if (renamed.size === 0) return [...changes];
  const old = new Map([...renamed].map(([from, to]) => [to, from]));
  const others = new Map(changes.map((c) => [c.id, c]));
  const told = now.nodes.flatMap((node): FlowChange[] => {
    const change = others.get(node.id);
    const was = old.get(node.id);
    if (was === undefined) return change === undefined ? [] : [change];
    const id = { pointer: "/id", before: was, after: node.id };
    const fields = [id, ...(change?.fields ?? [])];
    return [{ kind: "changed", what: "node", id: node.id, ...named(node), fields }];
  });
  return [...told, ...changes.filter((c) => c.kind === "removed")];
}

function edgeKey(edge: FlowEdge): string {
  const { node, port } = edgeSource(edge);
  return `${node}.${port} -> ${edge.to}`;
}

function settings(a: Flow, b: Flow): FlowChange[] {
  const strip = ({ nodes: _n, edges: _e, notes: _o, groups: _g, ...rest }: Flow) =>
    rest as unknown as JsonObject;
  const before = strip(a);
  const after = strip(b);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): FlowChange[] => {
    const fields = differences("", before[key] ?? null, after[key] ?? null);
    return fields.length > 0 ? [{ kind: "changed", what: "flow", id: key, fields }] : [];
  });
}

function parts<T extends object>(
  what: FlowChange["what"],
  a: readonly T[],
  b: readonly T[],
  key: (part: T) => string,
): FlowChange[] {
  const old = new Map(a.map((p) => [key(p), p]));
  const now = new Set(b.map(key));
  const found: FlowChange[] = [];
  for (const part of b) {
    const before = old.get(key(part));
    if (before === undefined)
      found.push({ kind: "added", what, id: key(part), ...named(part), ...ends(part) });
    else if (what !== "edge" && before !== part) {
      const fields = fieldsBetween(before, part);
      const moved = what === "group" || fields.every((f) => LAYOUT.has(f.pointer));
      if (fields.length > 0)
        found.push({ kind: moved ? "moved" : "changed", what, id: key(part), ...named(part), fields });
    }
  }
  for (const part of a)
    if (!now.has(key(part)))
      found.push({ kind: "removed", what, id: key(part), ...named(part), ...ends(part) });
  return found;
}

type Fields = NonNullable<FlowChange["fields"]>;
const COMPARED = new WeakMap<object, { before: object; fields: Fields }>();

/** How a part differs; parts never change, so that those that were compared once need not be again. */
function fieldsBetween(before: object, part: object): Fields {
  const known = COMPARED.get(part);
  if (known?.before === before) return known.fields;
  const fields = differences("", before as unknown as Json, part as unknown as Json);
  COMPARED.set(part, { before, fields });
  return fields;
}

function ends(part: object): { ends?: readonly [string, string] } {
  return "from" in part && "to" in part
    ? { ends: [edgeSource(part as FlowEdge).node, (part as FlowEdge).to] }
    : {};
}

function named(part: object): { name?: string } {
  return "name" in part && typeof part.name === "string" ? { name: part.name } : {};
}

function differences(pointer: string, a: Json, b: Json): { pointer: string; before: Json; after: Json }[] {
  if (same(a, b)) return [];
  if (!isObject(a) || !isObject(b)) return [{ pointer, before: a, after: b }];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys.flatMap((k) => differences(joinPointer(pointer, k), a[k] ?? null, b[k] ?? null));
}
