import type { Schema } from "@/core/flow/catalog";
import type { Flow, Json, JsonObject } from "@/core/flow/document";
import { labelOf } from "@/core/flow/problems";
import { isObject } from "@/core/flow/same";

/** The variables that a form can show, as a schema made of their values; all others are named. */
export interface VariableFields {
  schema: Schema;
  others: readonly string[];
}

/** Describes the variables of a flow by what they hold and who reads them. */
export function fieldsOf(flow: Flow): VariableFields {
  const properties: Record<string, JsonObject> = {};
  const others: string[] = [];
  for (const [name, value] of Object.entries(flow.vars ?? {})) {
    const field = fieldOf(value);
    if (field === undefined) others.push(name);
    else
      properties[name] = { ...field, title: labelOf(name), description: toldOf(name, readersOf(flow, name)) };
  }
  return { schema: { type: "object", properties, additionalProperties: false } as Schema, others };
}

/** The schema of a value; nothing where a form would be no easier to read than its JSON. */
function fieldOf(value: Json): JsonObject | undefined {
  const plain = plainOf(value);
  if (plain !== undefined) return plain;
  if (!Array.isArray(value)) return undefined;
  if (value.length === 0) return { type: "array", items: { type: "string" } };
  const items = value.map((item) => plainOf(item) ?? rowOf(item));
  const [first] = items;
  const same = items.every((item) => JSON.stringify(item) === JSON.stringify(first));
  return first !== undefined && same ? { type: "array", items: first } : undefined;
}

function plainOf(value: Json): JsonObject | undefined {
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? { type } : undefined;
}

/** An object of plain values: a row of a list. Its fields are in one order, whatever the file has. */
function rowOf(value: Json): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const fields = Object.keys(value)
    .sort()
    .map((name) => [name, named(name, plainOf(value[name] as Json))] as const);
  if (fields.length === 0 || fields.some(([, field]) => field === undefined)) return undefined;
  return {
    type: "object",
    properties: Object.fromEntries(fields) as JsonObject,
    additionalProperties: false,
  };
}

const named = (name: string, field: JsonObject | undefined) => field && { ...field, title: labelOf(name) };

/** The steps that read a variable, by name. */
export function readersOf(flow: Flow, name: string): string[] {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const read = new RegExp(`\\bvars(\\.${literal}(?![\\w$])|\\[\\\\?["']${literal}\\\\?["']\\])`);
  return flow.nodes.filter((n) => read.test(JSON.stringify(n))).map((n) => n.name ?? n.id);
}

const MOST_READERS = 3;

function toldOf(name: string, readers: readonly string[]): string {
  if (readers.length === 0) return `vars.${name}: no step reads it.`;
  const shown = readers.slice(0, MOST_READERS).join(", ");
  const more = readers.length - MOST_READERS;
  return `vars.${name}, read by ${shown}${more > 0 ? ` and ${more} more` : ""}.`;
}
