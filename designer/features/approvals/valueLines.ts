import { member } from "@/core/expr/path";
import { type Json, joinPointer, pointerTokens } from "@/core/flow/document";
import { isObject } from "@/core/flow/same";
import type { More } from "@/ui/jsonRows";

/** One value of what a question is about. */
export interface ValueLine {
  /** RFC 6901 pointer. */
  pointer: string;
  /** The way to it, which no other value has: host.name, tags[0], ["a.b"]. */
  label: string;
  value: Json;
}

/** From here on values are read in the tree, not line by line. */
const MOST_LINES = 12;
/** A list is read in a line up to so many characters. */
const LIST_CHARS = 120;

/** A value as lines that are read one by one; undefined where it is too much for that. */
export function linesOf(value: Json, more: readonly More[]): ValueLine[] | undefined {
  const lines: ValueLine[] = [];
  const fits = addLines(lines, value, []);
  const known = new Set(lines.map((l) => l.pointer));
  return fits && more.every((m) => known.has(m.pointer)) ? lines : undefined;
}

function addLines(lines: ValueLine[], value: Json, keys: readonly string[]): boolean {
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value).every(([key, inner]) => addLines(lines, inner as Json, [...keys, key]));
  if (Array.isArray(value) && !fitsLine(value)) return false;
  lines.push({ pointer: joinPointer("", ...keys), label: wayTo(keys), value });
  return lines.length <= MOST_LINES;
}

function fitsLine(list: readonly Json[]): boolean {
  return (
    list.length <= LIST_CHARS &&
    listText(list).length <= LIST_CHARS &&
    !list.some((v) => v !== null && typeof v === "object")
  );
}

/** A list of single values as JSON. */
export function listText(list: readonly Json[]): string {
  return `[${list.map((v) => JSON.stringify(v)).join(", ")}]`;
}

/** The way to a value, as expressions write it. */
function wayTo(keys: readonly string[]): string {
  const way = keys.reduce<string>((of, key) => member(of, key), "");
  return way.startsWith(".") ? way.slice(1) : way || "value";
}

/** The way to what a pointer points at. */
export function wayOf(pointer: string): string {
  return wayTo(pointerTokens(pointer));
}
