import { badInputs, type Problem } from "./error.ts";
import type { JSONSchema } from "./schema.ts";

/**
 * Checks an input against its schema and answers it with defaults filled in.
 * All faults are told at once. null stands for "not given": a template in a flow
 * whose source is absent yields null, and can't leave the key out.
 */
export function validate(schema: JSONSchema, input: unknown): unknown {
  const problems: Problem[] = [];
  const value = new Validator(schema, problems).value("", schema, input, 0);
  if (problems.length > 0) throw badInputs(problems);
  return value;
}

const names: Record<string, string> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

function is(type: string, v: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(v);
    case "array":
      return Array.isArray(v);
    case "object":
      return isObject(v);
    case "null":
      return v === null;
    default:
      return typeof v === type;
  }
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

class Validator {
  constructor(
    readonly root: JSONSchema,
    readonly problems: Problem[],
  ) {}

  private fail(pointer: string, message: string): void {
    this.problems.push({ pointer, message });
  }

  value(at: string, schema: unknown, v: unknown, depth: number): unknown {
    if (!isObject(schema) || depth > 64) return v;
    if (typeof schema.$ref === "string") return this.value(at, this.resolve(schema.$ref), v, depth + 1);
    if ("contentMediaType" in schema && isObject(v) && isObject(v.$blob)) return v;
    const types = schema.type === undefined ? [] : [schema.type].flat();
    if (types.length > 0 && !types.some((t) => is(String(t), v))) {
      this.fail(at, `must be ${types.map((t) => names[String(t)] ?? String(t)).join(" or ")}`);
      return v;
    }
    if (Array.isArray(schema.enum) && !schema.enum.includes(v)) {
      this.fail(at, `must be one of ${schema.enum.join(", ")}`);
    }
    if ("const" in schema && schema.const !== v) this.fail(at, `must be ${JSON.stringify(schema.const)}`);
    if (typeof v === "number") this.number(at, schema, v);
    if (typeof v === "string") this.string(at, schema, v);
    if (Array.isArray(v)) return this.list(at, schema, v, depth);
    if (isObject(v)) return this.object(at, schema, v, depth);
    return v;
  }

  private resolve(ref: string): unknown {
    let at: unknown = this.root;
    for (const part of ref.replace(/^#\/?/, "").split("/")) {
      if (part !== "") at = isObject(at) ? at[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    }
    return at;
  }

  private number(at: string, schema: JSONSchema, v: number): void {
    const { minimum, maximum } = schema;
    if (typeof minimum === "number" && v < minimum) this.fail(at, `must be at least ${minimum}`);
    if (typeof maximum === "number" && v > maximum) this.fail(at, `must be at most ${maximum}`);
  }

  private string(at: string, schema: JSONSchema, v: string): void {
    const { minLength, maxLength, pattern } = schema;
    if (typeof minLength === "number" && v.length < minLength) {
      this.fail(at, minLength === 1 ? "must not be empty" : `must have at least ${minLength} characters`);
    }
    if (typeof maxLength === "number" && v.length > maxLength) {
      this.fail(at, `must have at most ${maxLength} characters`);
    }
    if (typeof pattern === "string" && !new RegExp(pattern, "u").test(v)) {
      this.fail(at, `must match ${pattern}`);
    }
  }

  private list(at: string, schema: JSONSchema, v: unknown[], depth: number): unknown {
    const { minItems, maxItems, items } = schema;
    if (typeof minItems === "number" && v.length < minItems) {
      this.fail(at, `must have at least ${minItems} items`);
    }
    if (typeof maxItems === "number" && v.length > maxItems) {
      this.fail(at, `must have at most ${maxItems} items`);
    }
    return items === undefined ? v : v.map((item, i) => this.value(`${at}/${i}`, items, item, depth + 1));
  }

  private object(at: string, schema: JSONSchema, v: Record<string, unknown>, depth: number): unknown {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(properties)) {
      const field = properties[name];
      let given = Object.hasOwn(v, name) ? v[name] : undefined;
      if (given === null && !takesNull(field)) given = undefined;
      if (given === undefined && isObject(field) && "default" in field)
        given = structuredClone(field.default);
      if (given !== undefined) set(out, name, this.value(pointer(at, name), field, given, depth + 1));
      else if (required.includes(name)) this.fail(pointer(at, name), "is required");
    }
    this.others(at, schema.additionalProperties, properties, v, out, depth);
    return out;
  }

  private others(
    at: string,
    rule: unknown,
    properties: Record<string, unknown>,
    v: Record<string, unknown>,
    out: Record<string, unknown>,
    depth: number,
  ): void {
    for (const name of Object.keys(v).sort()) {
      if (Object.hasOwn(properties, name)) continue;
      if (rule === false) this.fail(pointer(at, name), `unknown field ${JSON.stringify(name)}`);
      else set(out, name, this.value(pointer(at, name), rule, v[name], depth + 1));
    }
  }
}

function takesNull(field: unknown): boolean {
  return isObject(field) && (field.type === undefined || [field.type].flat().includes("null"));
}

/** Sets a field of any name, __proto__ among them, as one of the object's own. */
function set(out: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true });
  } else out[name] = value;
}

function pointer(at: string, name: string): string {
  return `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
