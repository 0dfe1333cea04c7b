import { useMemo } from "react";
import type { Schema } from "@/core/flow/catalog";
import type { JsonObject, Problem } from "@/core/flow/document";
import { faultsByField } from "@/core/input/faults";
import { FormProblems } from "./FieldProblems";
import { SchemaForm } from "./SchemaForm";
import { BARE_SCOPE, type FormScope, FormScopeContext } from "./scope";

interface PlainFormProps {
  schema: Schema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  /** What the server held against it, with pointers into the value. */
  faults: readonly Problem[];
}

/** Plain values, field by field as a schema describes them, with what the server held against them. The first faulty field takes the focus. */
export function PlainForm({ schema, value, onChange, faults }: PlainFormProps) {
  const fields = useMemo(() => faultsByField(schema, faults), [schema, faults]);
  const scope = useMemo<FormScope>(
    () => ({
      ...BARE_SCOPE,
      problems: fields,
      readOnly: false,
      plain: true,
      // Those of the whole come first, and have no field.
      focus: [...fields.keys()].find((pointer) => pointer !== ""),
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
