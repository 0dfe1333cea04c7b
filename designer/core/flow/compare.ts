import type { Flow, FlowEdge, Json, JsonObject } from "./document";
import { edgeSource, joinPointer } from "./document";
import { isObject, same } from "./same";

/** One difference between two documents, as server/flow's Diff tells it. */
export interface FlowChange {
  kind: "added" | "removed" | "changed" | "moved";
  what: "node" | "edge" | "note" | "group" | "flow";
  id: string;
  name?: string;
  fields?: { pointer: string; before: Json; after: Json }[];
}

/** The keys that say where and how a part is drawn, and nothing of what it does. */
const LAYOUT = new Set(["/position", "/size", "/collapsed"]);

/** Lists what turns one document into another: settings, nodes, edges, notes, groups. */
export function compareFlows(a: Flow, b: Flow): FlowChange[] {
  return [
    ...settings(a, b),
    ...parts("node", a.nodes, b.nodes, (n) => n.id),
    ...parts("edge", a.edges, b.edges, edgeKey),
    ...parts("note", a.notes ?? [], b.notes ?? [], (n) => n.id),
    ...parts("group", a.groups ?? [], b.groups ?? [], (g) => g.id),
  ];
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
    if (before === undefined) found.push({ kind: "added", what, id: key(part), ...named(part) });
    else if (what !== "edge" && before !== part) {
      const fields = fieldsBetween(before, part);
      const moved = what === "group" || fields.every((f) => LAYOUT.has(f.pointer));
      if (fields.length > 0)
        found.push({ kind: moved ? "moved" : "changed", what, id: key(part), ...named(part), fields });
    }
  }
  for (const part of a)
    if (!now.has(key(part))) found.push({ kind: "removed", what, id: key(part), ...named(part) });
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

function named(part: object): { name?: string } {
  return "name" in part && typeof part.name === "string" ? { name: part.name } : {};
}

function differences(pointer: string, a: Json, b: Json): { pointer: string; before: Json; after: Json }[] {
  if (same(a, b)) return [];
  if (!isObject(a) || !isObject(b)) return [{ pointer, before: a, after: b }];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys.flatMap((k) => differences(joinPointer(pointer, k), a[k] ?? null, b[k] ?? null));
}
