import { useMemo } from "react";
import type { Schema } from "@/core/flow/catalog";
import type { Json, JsonObject, Problem } from "@/core/flow/document";
import { faultsByField } from "@/core/input/faults";
import { FormProblems } from "@/schema-form/FieldProblems";
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
  /** What the server held against it, with pointers into the input. */
  faults: readonly Problem[];
}

/** The fields of a flow's input, as its schema describes them. The server looks at them again. */
export function InputForm({ schema, value, onChange, faults }: InputFormProps) {
  const fields = useMemo(() => faultsByField(schema, faults), [schema, faults]);
  const scope = useMemo<FormScope>(
    () => ({
      preview: async () => ({ ok: false, pending: true }),
      names: () => undefined,
      look: async () => undefined,
      problems: fields,
      readOnly: false,
      plain: true,
      // Those of the whole come first, and have no field.
      focus: [...fields.keys()].find((pointer) => pointer !== ""),
      dataMark: "",
    }),
    [fields],
  );
  return (
    <FormScopeContext.Provider value={scope}>
      <FormProblems />
      <SchemaForm schema={schema} value={value} readOnly={false} onChange={onChange} />
    </FormScopeContext.Provider>
  );
}
