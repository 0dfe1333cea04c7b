import { readsOf as placesIn, textOf } from "../expr/reads";
import type { Flow, FlowNode, Json } from "../flow/document";
import { edgeId, edgeSource, joinPointer, nodeById } from "../flow/document";
import { templateParts } from "../flow/references";
import { isObject } from "../flow/same";
import type { Side, Three } from "./values";

/** Who reads what stands at a path, by the ids of nodes; "" is the output of the flow. */
type Readers = Map<string, string[]>;
/** What one side took away and the other begins to read: by the conflict's id, who reads it on that side. */
export type Wanted = Record<Side, Readers>;

const ROOTS = ["steps", "vars", "trigger"];
const OTHER: Record<Side, Side> = { mine: "theirs", theirs: "mine" };

/** The paths that the templates of a value read, and all that those lie in: /steps/a for /steps/a/output. */
function pathsIn(value: Json): string[] {
  if (typeof value === "string")
    return templateParts(value).flatMap((part) => (part.code ? pathsInCode(part.text) : []));
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(pathsIn);
}

function pathsInCode(code: string): string[] {
  const { tokens, reads } = placesIn(code, ROOTS);
  return reads.flatMap(({ root, path, from }) => {
    const names = path.map((part) => part.name);
    // "k" in steps.a.output asks for a field, too.
    const asked = tokens[from - 2];
    const key = tokens[from - 1]?.text === "in" && asked !== undefined ? textOf(asked) : undefined;
    const all = key === undefined ? names : [...names, key];
    return [...all.keys(), all.length].map((n) => joinPointer("", root, ...all.slice(0, n)));
  });
}

/** Everything that a flow reads, in expressions, by wires and as credentials. */
function readsOf(flow: Flow): Readers {
  const readers: Readers = new Map();
  const add = (path: string, reader: string) => {
    const list = readers.get(path) ?? [];
    if (!list.includes(reader)) readers.set(path, [...list, reader]);
  };
  for (const node of flow.nodes) {
    for (const path of pathsIn(node.with ?? null)) add(path, node.id);
    if (node.credential) add(joinPointer("/credentials", node.credential), node.id);
  }
  for (const path of pathsIn(flow.output ?? null)) add(path, "");
  for (const edge of flow.edges) {
    const { node, port } = edgeSource(edge);
    add(joinPointer("/ports", node, port), edge.to);
  }
  return readers;
}

/** What a flow says can be read, each with the id of the conflict that asks for it. */
function definedIn(flow: Flow): Map<string, string> {
  const all = new Map<string, string>();
  const keys = (value: Json | undefined) => (isObject(value) ? Object.keys(value) : []);
  for (const key of ["vars", "credentials"] as const)
    for (const name of keys(flow[key] as Json | undefined))
      all.set(joinPointer(`/${key}`, name), joinPointer(`flow//${key}`, name));
  for (const name of keys(propertiesOf(flow.input)))
    all.set(joinPointer("/trigger/body", name), joinPointer("flow//input/properties", name));
  for (const node of flow.nodes) for (const [path, id] of definedBy(node)) all.set(path, id);
  return all;
}

function definedBy({ id, type, with: fields = {} }: FlowNode): [path: string, conflict: string][] {
  const output = joinPointer("/steps", id, "output");
  const form = Object.keys(propertiesOf(fields.form) ?? {});
  switch (type) {
    case "core.set":
      return Object.keys(fields).map((key) => [
        joinPointer(output, key),
        joinPointer(`node/${id}/with`, key),
      ]);
    case "core.form":
      return form.map((key) => [joinPointer(output, key), `node/${id}/with/form`]);
    case "core.approval":
      return form.map((key) => [joinPointer(output, "form", key), `node/${id}/with/form`]);
    case "core.switch":
      return (Array.isArray(fields.cases) ? fields.cases : []).flatMap((c) =>
        isObject(c) ? [[joinPointer("/ports", id, String(c.port)), `node/${id}/with/cases`]] : [],
      );
    default:
      return [];
  }
}

function propertiesOf(schema: Json | undefined) {
  return isObject(schema) && isObject(schema.properties) ? schema.properties : undefined;
}

/** Who reads something in a flow that did not in another. */
function begins(was: Readers, now: Readers, path: string): string[] {
  const before = was.get(path) ?? [];
  return (now.get(path) ?? []).filter((reader) => !before.includes(reader));
}

/** What each side begins to read of nodes, by their ids, and of what the other took away, by its conflict. */
export function newlyRead(from: Three<Flow>): { nodes: Wanted; fields: Wanted } {
  const [was, defined] = [readsOf(from.base), definedIn(from.base)];
  const nodes: Wanted = { mine: new Map(), theirs: new Map() };
  const fields: Wanted = { mine: new Map(), theirs: new Map() };
  for (const side of ["mine", "theirs"] as const) {
    const now = readsOf(from[side]);
    const left = definedIn(from[OTHER[side]]);
    for (const { id } of from.base.nodes) {
      const readers = begins(was, now, joinPointer("/steps", id));
      if (readers.length > 0) nodes[side].set(id, readers);
    }
    for (const [path, conflict] of defined) {
      const readers = left.has(path) ? [] : begins(was, now, path);
      const known = fields[side].get(conflict) ?? [];
      if (readers.length > 0) fields[side].set(conflict, [...new Set([...known, ...readers])]);
    }
  }
  return { nodes, fields };
}

/** Who a side wires anew to a node, or from it. */
export function newlyWired(base: Flow, flow: Flow, id: string): string[] {
  const was = new Set(base.edges.map(edgeId));
  const ends = flow.edges
    .filter((e) => !was.has(edgeId(e)))
    .map((e): [string, string] => [edgeSource(e).node, e.to])
    .filter((pair) => pair.includes(id) && pair.every((end) => nodeById(flow, end) !== undefined));
  return [...new Set(ends.map(([a, b]) => (a === id ? b : a)))];
}
