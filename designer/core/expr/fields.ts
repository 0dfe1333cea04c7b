import type { Json } from "../flow/document";
import { member } from "./path";

export type FieldKind = "text" | "number" | "truth" | "list" | "object" | "nothing";

/** One value inside real data, as forms offer it. */
export interface DataField {
  /** The expression that reads it. */
  path: string;
  /** The way to it below its source, in words: host.name. */
  label: string;
  /** What a new field of it is called. */
  name: string;
  kind: FieldKind;
  value: Json;
}

/** The kind of a value; of one that is too large to be looked at nothing is known. */
export function kindOf(value: Json | undefined): FieldKind {
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "truth";
  if (Array.isArray(value)) return "list";
  return value === null || value === undefined ? "nothing" : "object";
}

const MOST = 200;
const DEEPEST = 6;

/** The single values and lists inside a value, as one reads it; the value itself where it has none. */
export function fieldsOf(value: Json, root: string): DataField[] {
  const found: DataField[] = [];
  const visit = (v: Json | undefined, path: string, keys: readonly string[]) => {
    if (found.length >= MOST) return;
    if (kindOf(v) === "object" && keys.length < DEEPEST && Object.keys(v as object).length > 0) {
      for (const [key, inner] of Object.entries(v as Record<string, Json | undefined>))
        visit(inner, member(path, key), [...keys, key]);
      return;
    }
    const label = keys.length === 0 ? root : keys.join(".");
    found.push({ path, label, name: nameOf(keys, root), kind: kindOf(v), value: v ?? null });
  };
  visit(value, root, []);
  return found;
}

/** Names that say nothing without what they are the name of. */
const BARE = new Set(["name", "value", "id", "type", "text", "address", "result", "output", "body"]);

/** What a field of a value is best called: host.name is the host, user.email is the email. */
function nameOf(keys: readonly string[], root: string): string {
  const last = keys.at(-1) ?? root.split(".").at(-1) ?? root;
  const before = keys.at(-2);
  if (!BARE.has(last.toLowerCase())) return last;
  if (before === undefined)
    return keys.length === 0 || last.toLowerCase() === "value" ? stepName(root) : last;
  return last.toLowerCase() === "name" ? before : `${before}_${last}`;
}

/** The step that a path reads: steps.score.output is score. */
function stepName(root: string): string {
  const [first, id] = root.split(".");
  return first === "steps" && id !== undefined ? id : (root.split(".").at(-1) ?? root);
}

/** A name that no field has yet. */
export function freeName(wanted: string, taken: (name: string) => boolean): string {
  let name = wanted;
  for (let n = 2; taken(name); n++) name = `${wanted}_${n}`;
  return name;
}
