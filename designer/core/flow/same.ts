import { type JsonObject, joinPointer } from "./document";

/** Whether two values are the same, in whatever order their keys stand. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => same(v, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((k) => same(a[k], b[k]));
}

/** The pointer at the innermost value that holds all that differs; at the whole where nothing or its kind does. */
export function changedAt(before: unknown, after: unknown, at = ""): string {
  const lists = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  if (!lists && !(isObject(before) && isObject(after))) return at;
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter((k) => !same(old.get(k), now.get(k)));
  const [key] = changed;
  return key === undefined || changed.length > 1
    ? at
    : changedAt(old.get(key), now.get(key), joinPointer(at, key));
}

export function isObject(v: unknown): v is JsonObject {
  return v !== null && typeof v === "object" && !Array.isArray(v);
}
