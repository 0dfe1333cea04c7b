import { tokensOf } from "../expr/tokens";
import type { Flow, FlowNode, Json, JsonObject } from "../flow/document";
import { edgeSource, nodeById } from "../flow/document";
import { ID_PATTERN, RESERVED, takenIds } from "../flow/ids";
import { renameReferences, templateParts } from "../flow/references";
import { same } from "../flow/same";
import type { Command } from "../history/history";

/** Why a node can't have an id; undefined where it can. */
export function whyNotId(flow: Flow, from: string, to: string): string | undefined {
  if (to === from) return undefined;
  if (!ID_PATTERN.test(to)) return "An id begins with a small letter; small letters, digits and _ follow.";
  if (RESERVED.has(to)) return `“${to}” is a word of the expression language.`;
  return takenIds(flow).has(to) ? `“${to}” is taken.` : undefined;
}

/** Gives a node another id, and follows it wherever the flow names it. */
export function renameId(from: string, to: string): Command {
  const renamed = new Map([[from, to]]);
  return {
    label: `Rename ${from} to ${to}`,
    change(draft) {
      for (const node of draft.nodes) {
        if (node.id === from) node.id = to;
        if (node.parent === from) node.parent = to;
        if (node.with !== undefined) node.with = renameReferences(node.with, renamed) as JsonObject;
      }
      for (const edge of draft.edges) {
        const { node, port } = edgeSource(edge);
        if (node === from) edge.from = edge.from.includes(".") ? `${to}.${port}` : to;
        if (edge.to === from) edge.to = to;
      }
      if (draft.output !== undefined) draft.output = renameReferences(draft.output, renamed);
      // Parts of the canvas name nodes too.
      for (const note of draft.notes ?? []) if (note.parent === from) note.parent = to;
      for (const group of draft.groups ?? []) group.nodes = group.nodes.map((id) => (id === from ? to : id));
    },
  };
}

/** A field of a step's output that was renamed. */
export interface FieldRename {
  node: string;
  from: string;
  to: string;
}

/** The one key of an object that has another name than before, its value and its place the same. */
export function renamedKey(before: JsonObject, after: JsonObject): { from: string; to: string } | undefined {
  const old = Object.keys(before);
  const now = Object.keys(after);
  if (old.length !== now.length) return undefined;
  const changed = old.flatMap((key, i) => (key === now[i] ? [] : [[key, now[i] ?? ""] as const]));
  const [only, more] = changed;
  if (only === undefined || more !== undefined) return undefined;
  const [from, to] = only;
  return same(before[from], after[to]) ? { from, to } : undefined;
}

/** Follows a field that was renamed in all expressions that read it, and says how many there were. */
function followField(
  flow: Flow,
  field: FieldRename,
): { nodes: FlowNode[]; output: Json | undefined; count: number } {
  let count = 0;
  const follow = (value: Json): Json => {
    if (typeof value === "string") {
      const next = inText(value, field);
      count += next.count;
      return next.text;
    }
    if (Array.isArray(value)) return value.map(follow);
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, follow(v)]));
    return value;
  };
  const nodes = flow.nodes.map((n) =>
    n.with === undefined ? n : { ...n, with: follow(n.with) as JsonObject },
  );
  const output = flow.output === undefined ? undefined : follow(flow.output);
  return { nodes, output, count };
}

/** Replaces a node's parameters in which one field has another name, and follows it. */
export function renameField(
  flow: Flow,
  field: FieldRename,
  value: JsonObject,
): { command: Command; count: number } {
  const { count } = followField(flow, field);
  return {
    count,
    command: {
      label: `Rename the field ${field.from} to ${field.to}`,
      change(draft) {
        const own = nodeById(draft, field.node);
        if (own !== undefined) own.with = value;
        const followed = followField(draft, field);
        for (const [i, node] of draft.nodes.entries()) {
          const next = followed.nodes[i]?.with;
          if (next !== undefined && !same(next, node.with)) node.with = next;
        }
        if (followed.output !== undefined) draft.output = followed.output;
      },
    },
  };
}

function inText(text: string, field: FieldRename): { text: string; count: number } {
  if (!text.includes("steps")) return { text, count: 0 };
  let count = 0;
  const parts = templateParts(text).map((part) => {
    if (!part.code) return part.text;
    const next = inCode(part.text, field);
    count += next.count;
    return next.text;
  });
  return { text: parts.join(""), count };
}

/** steps.<node>.output.<from>, with or without the question mark of an optional field. */
function inCode(code: string, { node, from, to }: FieldRename): { text: string; count: number } {
  const tokens = tokensOf(code).filter((t) => t.kind !== "comment");
  const is = (i: number, text: string) => tokens[i]?.text === text;
  let text = code;
  let count = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    if (
      !is(i, "steps") ||
      is(i - 1, ".") ||
      !is(i + 1, ".") ||
      !is(i + 2, node) ||
      !is(i + 3, ".") ||
      !is(i + 4, "output")
    )
      continue;
    const dotted = is(i + 5, ".");
    const at = i + 6 + (is(i + 6, "?") ? 1 : 0);
    const name = tokens[at];
    if (name === undefined || !(dotted || is(i + 5, "["))) continue;
    if (dotted && name.kind === "name" && name.text === from) {
      const plain = /^[A-Za-z_]\w*$/.test(to) && !RESERVED.has(to);
      const optional = is(i + 6, "?") ? "?" : "";
      const begin = tokens[i + 5]?.from ?? name.from;
      text = plain
        ? text.slice(0, name.from) + to + text.slice(name.to)
        : `${text.slice(0, begin)}[${optional}${JSON.stringify(to)}]${text.slice(name.to)}`;
      count++;
    } else if (!dotted && name.kind === "text" && name.text.slice(1, -1) === from) {
      text = text.slice(0, name.from) + JSON.stringify(to) + text.slice(name.to);
      count++;
    }
  }
  return { text, count };
}
