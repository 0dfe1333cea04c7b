import type { Schema } from "@/core/flow/catalog";
import type { Json } from "@/core/flow/document";

/** Whether a flow's input is described well enough to be filled in field by field. */
export function formOf(input: Json | undefined): Schema | undefined {
  if (input === null || typeof input !== "object" || Array.isArray(input)) return undefined;
  const { type, properties } = input as { type?: Json; properties?: Json };
  const fields = properties !== null && typeof properties === "object" ? Object.keys(properties) : [];
  return type === "object" && fields.length > 0 ? (input as Schema) : undefined;
}

/** Whether a flow can't begin without input. */
export function needsInput(input: Json | undefined): boolean {
  const schema = formOf(input);
  return Array.isArray(schema?.required) && schema.required.length > 0;
}

/** Whether the input is a mail, which is chosen, dropped or pasted whole. */
export function takesMail(schema: Schema): boolean {
  return "raw" in ((schema.properties ?? {}) as object);
}
