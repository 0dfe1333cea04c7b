import { describe, expect, it } from "vitest";
import { accepting } from "../src/accept.ts";
import { s } from "../src/index.ts";
import { validate } from "../src/validate.ts";

// The quick form must say yes exactly where the telling one finds nothing, and
// must leave the same value. Where a schema is beyond it, it must say so.

const inner = s.object({ n: s.integer({ minimum: 1, maximum: 3 }), t: s.string({ default: "d" }) });
const schemas: Record<string, Record<string, unknown>> = {
  string: s.string(),
  limits: s.string({ minLength: 1, maxLength: 3, pattern: "^a" }),
  enum: s.enum(["a", "b"]),
  number: s.number({ minimum: 0 }),
  integer: s.integer(),
  boolean: s.boolean(),
  any: s.any(),
  text: s.text(),
  bytes: s.bytes(),
  strings: s.list(s.string(), { minItems: 1, maxItems: 2 }),
  anythings: { type: "array" },
  record: s.record(s.number()),
  open: { type: "object", properties: { a: s.string() }, required: ["a"] },
  closed: s.object({}),
  object: s.object({
    a: s.string(),
    b: s.optional(s.number()),
    c: s.any(),
    d: s.list(inner, { default: [{ n: 1 }] }),
    e: s.optional(inner),
    f: s.optional(s.text()),
  }),
};

const values: unknown[] = [
  null,
  true,
  0,
  -1,
  2,
  2.5,
  "",
  "a",
  "abcd",
  "ba",
  [],
  ["a"],
  ["a", 1],
  ["a", "b", "c"],
  {},
  { a: "x" },
  { a: "x", b: null },
  { a: "x", b: 1, c: null },
  { a: "x", b: 1, c: 1, d: [], e: { n: 2 } },
  { a: "x", c: {}, d: [{ n: 9 }] },
  {
    a: "x",
    c: {},
    d: [
      { n: 1, t: null },
      { n: 2, z: 1 },
    ],
  },
  { a: null, c: 1 },
  { a: "x", c: 1, e: null, f: { $blob: { id: "i", size: 1 } } },
  { a: "x", c: 1, zzz: 1 },
  { x: 1, y: 2 },
  { x: 1, y: "2" },
  JSON.parse('{"a":"x","c":1,"__proto__":1}'),
  { a: "x", c: 1, toString: 1 },
  { $blob: { id: "i", size: 1 } },
  { $blob: null },
];

describe("accepting", () => {
  it.each(Object.keys(schemas))("agrees with validate on %s", (name) => {
    const schema = schemas[name] ?? {};
    const accept = accepting(schema);
    expect(accept).toBeDefined();
    for (const value of values) {
      const quick = structuredClone(value);
      const yes = accept?.(quick);
      let told: unknown;
      let fine = true;
      try {
        told = validate(schema, structuredClone(value));
      } catch {
        fine = false;
      }
      expect([value, yes]).toEqual([value, fine]);
      if (fine) expect(quick).toEqual(told);
    }
  });

  it("leaves to validate what it doesn't know", () => {
    for (const schema of [
      { $ref: "#" },
      { anyOf: [] },
      { type: ["string", "null"] },
      { type: "object", properties: { toString: s.string() } },
      { type: "object", properties: { a: s.string() }, additionalProperties: s.number() },
      { type: "object", properties: { a: { const: 1 } } },
      { type: "array", items: { not: {} } },
      { type: "object", required: ["a"] },
    ]) {
      expect(accepting(schema)).toBeUndefined();
    }
  });
});
