import type { JSONSchema } from "./schema.ts";

/**
 * Says whether a value fits, and fills defaults into it. It tells no places: where
 * it says no, validate is asked, which takes ten times as long.
 */
export type Accept = (v: unknown) => boolean;

const known = new Set(
  "type properties required additionalProperties items enum minimum maximum minLength maxLength minItems maxItems pattern default title description examples format contentMediaType contentEncoding $schema $id $comment deprecated readOnly writeOnly".split(
    " ",
  ),
);

/** Makes the quick form of a schema; undefined where the schema has what it doesn't know. */
export function accepting(schema: unknown): Accept | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const of = schema as JSONSchema;
  if (Object.keys(of).some((k) => !known.has(k)) || Array.isArray(of.type)) return undefined;
  const base = byType(of);
  const { contentMediaType, enum: values } = of;
  if (base === undefined) return undefined;
  if (Array.isArray(values)) return (v) => base(v) && values.includes(v);
  if (contentMediaType !== undefined) return (v) => base(v) || isBlob(v);
  return base;
}

function isBlob(v: unknown): boolean {
  const blob = typeof v === "object" && v !== null ? (v as { $blob?: unknown }).$blob : undefined;
  return typeof blob === "object" && blob !== null;
}

function byType(of: JSONSchema): Accept | undefined {
  switch (of.type) {
    case "string":
      return text(of);
    case "number":
    case "integer":
      return number(of);
    case "boolean":
      return (v) => typeof v === "boolean";
    case "array":
      return list(of);
    case "object":
      return object(of);
    case undefined:
      return "properties" in of || "items" in of ? undefined : () => true;
    default:
      return undefined;
  }
}

function text(of: JSONSchema): Accept {
  const {
    minLength: least = 0,
    maxLength: most = Number.POSITIVE_INFINITY,
    pattern,
  } = of as Record<string, number>;
  if (pattern === undefined && least === 0 && most === Number.POSITIVE_INFINITY)
    return (v) => typeof v === "string";
  const match = pattern === undefined ? undefined : new RegExp(String(pattern), "u");
  return (v) =>
    typeof v === "string" && v.length >= least && v.length <= most && (match === undefined || match.test(v));
}

function number(of: JSONSchema): Accept {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = of as Record<
    string,
    number
  >;
  const whole = of.type === "integer";
  return (v) => typeof v === "number" && v >= minimum && v <= maximum && (!whole || Number.isInteger(v));
}

function list(of: JSONSchema): Accept | undefined {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = of as Record<string, number>;
  const item = of.items === undefined ? () => true : accepting(of.items);
  if (item === undefined) return undefined;
  const plain = plainType(of.items);
  return (v) => {
    if (!Array.isArray(v) || v.length < minItems || v.length > maxItems) return false;
    const n = v.length;
    if (plain !== "") for (let i = 0; i < n; i++) if (typeof v[i] !== plain) return false;
    if (plain === "") for (let i = 0; i < n; i++) if (!item(v[i])) return false;
    return true;
  };
}

/** What typeof answers for every value of a schema and for no other; else "". */
function plainType(schema: unknown): string {
  const of = schema as JSONSchema | undefined;
  const limits = ["enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "contentMediaType"];
  if (of === undefined || limits.some((k) => k in of)) return "";
  return of.type === "string" || of.type === "number" || of.type === "boolean" ? of.type : "";
}

function object(of: JSONSchema): Accept | undefined {
  const properties = Object.entries((of.properties as Record<string, JSONSchema> | undefined) ?? {});
  const required = new Set((of.required as string[] | undefined) ?? []);
  const rest = of.additionalProperties ?? true;
  const open = typeof rest === "boolean";
  const other = open ? undefined : accepting(rest);
  // Names that the prototype of objects has too, and fields beside others, are
  // for validate: they are rare.
  if ((!open && (other === undefined || properties.length > 0)) || properties.some(([name]) => name in {})) {
    return undefined;
  }
  const accepts = properties.map(([, schema]) => accepting(schema));
  const names = properties.map(([name]) => name);
  if (accepts.includes(undefined) || [...required].some((name) => !names.includes(name))) return undefined;
  // Lists beside each other, because this is what most of a call's time is spent on.
  const plain = properties.map(([, schema]) => plainType(schema));
  const whenAbsent = properties.map(([name, schema]) => absent(name, schema, required.has(name)));
  const count = names.length;
  return (v) => {
    if (typeof v !== "object" || v === null || Array.isArray(v)) return false;
    const value = v as Record<string, unknown>;
    if (other !== undefined) return Object.values(value).every(other);
    let own = count;
    for (let i = 0; i < count; i++) {
      const field = value[names[i] as string];
      const type = plain[i];
      if (type !== "" && typeof field === type) continue;
      if (field !== undefined && field !== null) {
        if (!(accepts[i] as Accept)(field)) return false;
      } else if (!(whenAbsent[i] as Accept)(value)) return false;
      else if (value[names[i] as string] === undefined) own--;
    }
    return rest === true || Object.keys(value).length === own;
  };
}

/** Deals with a field that isn't given: fills the default in, or says whether it may lack. */
function absent(name: string, schema: JSONSchema, required: boolean): Accept {
  const nullable = schema.type === undefined;
  const fallback = "default" in schema ? JSON.stringify(schema.default) : undefined;
  const accept = accepting(schema) as Accept;
  return (v) => {
    const of = v as Record<string, unknown>;
    if (nullable && of[name] === null) return accept(null);
    if (fallback !== undefined) {
      of[name] = JSON.parse(fallback);
      return accept(of[name]);
    }
    if (required) return false;
    delete of[name];
    return true;
  };
}
