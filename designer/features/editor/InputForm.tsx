import { useMemo } from "react";
import type { Schema } from "@/core/flow/catalog";
import type { Json, JsonObject } from "@/core/flow/document";
import { SchemaForm } from "@/schema-form/SchemaForm";
import { type FormScope, FormScopeContext } from "@/schema-form/scope";

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

interface InputFormProps {
  schema: Schema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
}

/** The fields of a flow's input, as its schema describes them. The server looks at them again. */
export function InputForm({ schema, value, onChange }: InputFormProps) {
  const scope = useMemo<FormScope>(
    () => ({
      preview: async () => ({ ok: false, pending: true }),
      names: () => undefined,
      look: async () => undefined,
      problems: new Map(),
      readOnly: false,
      plain: true,
      focus: undefined,
      dataMark: "",
    }),
    [],
  );
  return (
    <FormScopeContext.Provider value={scope}>
      <SchemaForm schema={schema} value={value} readOnly={false} onChange={onChange} />
    </FormScopeContext.Provider>
  );
}
