import { useEffect, useState } from "react";
import { type DataField, type FieldKind, fieldsOf } from "@/core/expr/fields";
import { asSchema, type Source, schemaOf, sourcesOf } from "@/core/expr/scope";
import type { Schema } from "@/core/flow/catalog";
import { type FormScope, useFormScope } from "./scope";

/** Data that a field may read, with the values inside it. */
export interface FieldSource extends Source {
  fields: readonly DataField[];
}

/** Sources further away than these are written as expressions. */
const NEAREST = 6;
const NONE: readonly FieldSource[] = [];

/**
 * What a field's expressions can read, the nearest first: real data where there is some, and
 * else what is declared. Undefined until it is known; empty where nothing is.
 */
export function useFieldSources(pointer: string): readonly FieldSource[] | undefined {
  const scope = useFormScope();
  const { names, look, plain, dataMark } = scope;
  const [found, setFound] = useState<readonly FieldSource[] | undefined>(plain ? NONE : undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other data has other fields
  useEffect(() => {
    if (plain) return;
    let gone = false;
    void sourcesFor({ names, look }, pointer).then((all) => gone || setFound(all));
    return () => {
      gone = true;
    };
  }, [names, look, plain, pointer, dataMark]);
  return found;
}

async function sourcesFor(
  { names, look }: Pick<FormScope, "names" | "look">,
  pointer: string,
): Promise<readonly FieldSource[]> {
  const scope = names(pointer);
  if (scope === undefined) return NONE;
  const all = await Promise.all(
    sourcesOf(scope)
      .slice(0, NEAREST)
      .map(async (source) => {
        const value = await look(source.path);
        const fields =
          value === undefined || value === null
            ? declaredFields(schemaOf(scope, source.path), source.path)
            : fieldsOf(value, source.path);
        return { ...source, fields };
      }),
  );
  return all.filter((s) => s.fields.length > 0);
}

const KINDS: Record<string, FieldKind> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "truth",
  array: "list",
};

/** The fields that a schema declares, without values. */
function declaredFields(schema: Schema | undefined, root: string): DataField[] {
  const made = exampleOf(schema, 0);
  if (made === undefined) return [];
  const kinds = new Map<string, FieldKind>();
  const visit = (s: Schema | undefined, path: string) => {
    kinds.set(path, KINDS[String(s?.type)] ?? "nothing");
    for (const [key, inner] of Object.entries(asSchema(s?.properties) ?? {}))
      visit(asSchema(inner), `${path}.${key}`);
  };
  visit(schema, root);
  return fieldsOf(made, root).map((f) => ({ ...f, kind: kinds.get(f.path) ?? f.kind, value: null }));
}

/** A value of the shape that a schema describes, its single values left out. */
function exampleOf(schema: Schema | undefined, depth: number): Record<string, null> | undefined {
  const properties = asSchema(schema?.properties);
  if (properties === undefined || depth > 4) return undefined;
  return Object.fromEntries(
    Object.entries(properties).map(([key, inner]) => [key, exampleOf(asSchema(inner), depth + 1) ?? null]),
  ) as Record<string, null>;
}

/** A field by the expression that reads it. */
export function fieldAt(sources: readonly FieldSource[] | undefined, path: string): DataField | undefined {
  for (const source of sources ?? NONE) {
    const field = source.fields.find((f) => f.path === path);
    if (field !== undefined) return field;
  }
  return undefined;
}
