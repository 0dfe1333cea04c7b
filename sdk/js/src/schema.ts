/** A JSON Schema; T is the type of the values it describes, for TypeScript alone. */
export type Schema<T = unknown> = JSONSchema & { readonly [type]?: T };
/** The type of the values that a schema describes. */
export type Infer<S> = S extends Schema<infer T> ? T : unknown;

export type JSONSchema = Record<string, unknown>;
declare const type: unique symbol;
const isOptional = Symbol("optional");

/** The schema of a field that may be left out. */
export type Optional<T> = Schema<T> & { readonly [isOptional]: true };

type Fields = Record<string, Schema<unknown>>;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
  [K in OptionalKeys<F>]?: Infer<F[K]>;
};
/** A value that may be a blob: the text or base64, or a reference. Read it by ctx.blobs. */
export type Stored = string | { $blob: BlobReference };
export interface BlobReference {
  id: string;
  size: number;
  mediaType?: string;
}

function made<T>(base: JSONSchema, more: JSONSchema | string | undefined): Schema<T> {
  return { ...base, ...(typeof more === "string" ? { description: more } : more) } as Schema<T>;
}

/** What a helper takes beside: a description, or any keywords of JSON Schema. */
export type More = JSONSchema | string;

/** Short ways to write schemas. A field with a default is optional by itself. */
export const s = {
  string: (more?: More) => made<string>({ type: "string" }, more),
  number: (more?: More) => made<number>({ type: "number" }, more),
  integer: (more?: More) => made<number>({ type: "integer" }, more),
  boolean: (more?: More) => made<boolean>({ type: "boolean" }, more),
  any: (more?: More) => made<unknown>({}, more),
  enum: <const V extends readonly string[]>(values: V, more?: More) =>
    made<V[number]>({ type: "string", enum: values }, more),
  list: <S extends Schema<unknown>>(items: S, more?: More) =>
    made<Infer<S>[]>({ type: "array", items }, more),
  record: <S extends Schema<unknown>>(values: S, more?: More) =>
    made<Record<string, Infer<S>>>({ type: "object", additionalProperties: values }, more),
  /** Text that may be large, so that it may come as a blob. */
  text: (mediaType = "text/plain", more?: More) =>
    made<Stored>({ type: "string", contentMediaType: mediaType }, more),
  /** Bytes that may be large: base64, or a blob. */
  bytes: (mediaType = "application/octet-stream", more?: More) =>
    made<Stored>({ type: "string", contentEncoding: "base64", contentMediaType: mediaType }, more),
  /** Marks a field that may be left out. */
  optional: <S extends Schema<unknown>>(schema: S) =>
    ({ ...schema, [isOptional]: true }) as unknown as Optional<Infer<S>>,
  /** An object with these fields and no others. */
  object: <F extends Fields>(fields: F, more?: More): Schema<ObjectOf<F>> => {
    const required = Object.keys(fields).filter((k) => {
      const field = fields[k] as JSONSchema & { [isOptional]?: true };
      return !field[isOptional] && !("default" in field);
    });
    const base: JSONSchema = { type: "object", properties: fields };
    if (required.length > 0) base.required = required;
    return made({ ...base, additionalProperties: false }, more);
  },
};
