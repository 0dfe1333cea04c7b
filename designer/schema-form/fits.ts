import type { RJSFSchema } from "@rjsf/utils";
import type { Json } from "@/core/flow/document";
import { same } from "@/core/flow/same";

/** The JSON types that a schema takes; none where it takes any, or says it by alternatives. */
function typesOf(schema: RJSFSchema): readonly string[] {
  if (schema.oneOf !== undefined || schema.anyOf !== undefined) return [];
  const type = schema.type;
  return type === undefined ? [] : Array.isArray(type) ? type : [type];
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isOfType(types: readonly string[], value: Json): boolean {
  const type = typeOf(value);
  return types.length === 0 || types.some((t) => t === type || (t === "integer" && type === "number"));
}

/**
 * Whether the control that a schema asks for can show a value. What is out of bounds it can; a text where a
 * number belongs, or what is not among its choices, it can't. A computed value is not known before it runs.
 */
export function fits(schema: RJSFSchema, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (typeof value === "string" && value.includes("{{")) return true;
  const choices = typesOf(schema).length === 0 ? undefined : schema.enum;
  return isOfType(typesOf(schema), value) && (choices === undefined || choices.some((c) => same(c, value)));
}

/** The same value as a schema takes it, where it can be told: 5 of "5", ["a"] of "a". */
export function asWanted(schema: RJSFSchema, value: Json): Json | undefined {
  const tries = typesOf(schema).flatMap((type): Json[] => {
    if (type === "array") return [[value]];
    if (typeof value === "object" && value !== null) return [];
    if (type === "string") return [String(value)];
    return typeof value === "string" ? read(value.trim()) : [];
  });
  const { items } = schema;
  return tries.find((v) => fits(schema, v) && itemsFit(items as RJSFSchema | undefined, v));
}

function read(text: string): Json[] {
  try {
    return [JSON.parse(text) as Json];
  } catch {
    return [];
  }
}

function itemsFit(items: RJSFSchema | undefined, value: Json): boolean {
  return !Array.isArray(value) || items === undefined || value.every((v) => fits(items, v));
}
