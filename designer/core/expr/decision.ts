import type { Json, JsonObject } from "../flow/document";
import { literal } from "./condition";
import type { DataField } from "./fields";

/** Words that people rank, the least first: rows of a table stand in this order, not in the one they were seen in. */
const LADDER = ["none", "info", "informational", "low", "moderate", "medium", "high", "critical"];

/** Rows of a decision table for the values that a field was seen to have. */
export function rowsFor(field: DataField, seen: readonly Json[], value: Json): JsonObject[] {
  const template = (when: string) => ({ when: `{{ ${when} }}`, value });
  if (field.kind === "list")
    return [{ when: `{{ size(${field.path}) >= 1 }}`, value: timesEach(field.path, 0) }];
  if (field.kind === "truth") return [template(field.path)];
  if (field.kind === "number")
    return [template(`${field.path} >= ${typeof field.value === "number" ? field.value : 0}`)];
  const texts = [...new Set(seen.filter((v): v is string => typeof v === "string" && v !== ""))];
  return inOrder(texts).map((text) => template(`${field.path} == ${literal(text, true)}`));
}

function inOrder(texts: string[]): string[] {
  const rank = (text: string) => LADDER.indexOf(text.toLowerCase());
  return texts.every((t) => rank(t) >= 0) ? texts.sort((a, b) => rank(a) - rank(b)) : texts;
}

/** So much for each item of a list. */
export function timesEach(path: string, each: number): string {
  return `{{ ${each} * size(${path}) }}`;
}

/** Reads what [timesEach] writes. */
export function readEach(value: Json | undefined): { path: string; each: string } | undefined {
  if (typeof value !== "string") return undefined;
  const found = /^\{\{\s*(-?\d+(?:\.\d+)?)\s*\*\s*size\(([^()]+)\)\s*\}\}$/.exec(value);
  return found === null ? undefined : { each: found[1] ?? "", path: found[2] ?? "" };
}
