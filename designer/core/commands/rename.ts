import { type Part, type StepRead, spliced, stepReads, textLike, textOf } from "../expr/reads";
import type { Token } from "../expr/tokens";
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
    renamed: { from, to },
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

/** The field of a step's output, however it is read: behind a dot, in brackets, in has, or before in. */
function inCode(code: string, { node, from, to }: FieldRename): { text: string; count: number } {
  const { tokens, reads } = stepReads(code);
  const pieces = reads.flatMap((read) => {
    const [output, field] = read.path;
    if (read.id.name !== node || output?.name !== "output") return [];
    const asked = field === undefined ? askedOf(tokens, read, from) : undefined;
    if (asked !== undefined) return [{ from: asked.from, to: asked.to, text: textLike(asked, to) }];
    return field?.name === from ? [fieldPiece(code, tokens, read, field, to)] : [];
  });
  return { text: spliced(code, pieces), count: pieces.length };
}

/** The text of "field" in steps.node.output, where it says the field. */
function askedOf(tokens: readonly Token[], read: StepRead, field: string): Token | undefined {
  const text = tokens[read.from - 2];
  return text !== undefined && tokens[read.from - 1]?.text === "in" && textOf(text) === field
    ? text
    : undefined;
}

/** What takes the place of a field that has another name. */
function fieldPiece(
  code: string,
  tokens: readonly Token[],
  read: StepRead,
  { token, open, optional }: Part,
  to: string,
): { from: number; to: number; text: string } {
  if (token.kind === "text") return { from: token.from, to: token.to, text: textLike(token, to) };
  if (/^[A-Za-z_]\w*$/.test(to) && !RESERVED.has(to)) return { from: token.from, to: token.to, text: to };
  const [has, bracket, close] = [tokens[read.from - 2], tokens[read.from - 1], tokens[read.to]];
  // has takes nothing in brackets: the object is asked instead.
  if (has?.text === "has" && bracket?.text === "(" && close?.text === ")" && read.path.length === 2) {
    const object = code.slice(tokens[read.from]?.from, open.from);
    return { from: has.from, to: close.to, text: `(${JSON.stringify(to)} in ${object})` };
  }
  return { from: open.from, to: token.to, text: `[${optional ? "?" : ""}${JSON.stringify(to)}]` };
}
