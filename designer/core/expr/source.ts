import type { Json, JsonObject } from "../flow/document";
import { templateParts } from "../flow/references";
import { member } from "./path";
import { isOperand } from "./place";

export type Key = string | number;

/** The template of a value inside another: a path that every expression knows. */
export function pathFrom(root: string): (keys: readonly Key[]) => string {
  return (keys) => `{{ ${keys.reduce<string>((path, key) => member(path, key), root)} }}`;
}

/**
 * The template that computes a value which a step received: the one of its
 * parameter, and the way on from there. Undefined where the value was fixed.
 */
export function sourceOf(parameters: JsonObject | undefined, keys: readonly Key[]): string | undefined {
  let at: Json | undefined = parameters;
  let used = 0;
  for (; used < keys.length && at !== null && typeof at === "object"; used++)
    at = (at as Record<Key, Json>)[keys[used] ?? ""];
  if (typeof at !== "string" || !at.includes("{{")) return undefined;
  const rest = keys.slice(used);
  if (rest.length === 0) return at;
  const [only, more] = templateParts(at.trim());
  if (!only?.code || more !== undefined) return undefined;
  const code = only.text.slice(2, -2).trim();
  return pathFrom(isOperand(code) ? code : `(${code})`)(rest);
}
