import { expect, test } from "vitest";
import type { Flow, JsonObject } from "@/core/flow/document";
import { fieldsOf, readersOf } from "./variables";

const flow = (vars: JsonObject, ...nodes: Flow["nodes"]): Flow => ({
  format: "drawbridge/v1",
  name: "Certificates",
  vars,
  nodes,
  edges: [],
});

const node = (id: string, text: string, name?: string) =>
  ({
    id,
    type: "core.set",
    ...(name === undefined ? {} : { name }),
    position: [0, 0],
    with: { text },
  }) as never;

test("variables that a form can show have a field of their type, and others are named", () => {
  const { schema, others } = fieldsOf(
    flow({
      channel: "#soc",
      caseFrom: 600,
      ask: true,
      rules: ["a", "b"],
      none: [],
      ports: [25, 587],
      endpoints: [
        { host: "a.example", port: 443 },
        { port: 993, host: "b.example" },
      ],
      mixed: ["a", 1],
      uneven: [{ host: "a.example" }, { port: 1 }],
      deep: { a: { b: 1 } },
      nothing: null,
    }),
  );
  const fields = (schema as { properties: Record<string, JsonObject> }).properties;
  const types = Object.fromEntries(
    Object.entries(fields).map(([name, { type, items }]) => [
      name,
      items === undefined ? type : [(items as JsonObject).type],
    ]),
  );
  expect(types).toEqual({
    channel: "string",
    caseFrom: "number",
    ask: "boolean",
    rules: ["string"],
    none: ["string"],
    ports: ["number"],
    endpoints: ["object"],
  });
  expect(others).toEqual(["mixed", "uneven", "deep", "nothing"]);
});

test("who reads a variable is found in every way to write it, and nobody else", () => {
  const of = flow(
    { "case-from": 1, caseFrom: 2 },
    node("a", "{{ vars.caseFrom }}", "Judge it"),
    node("b", "{{ vars.caseFromNow + 1 }}"),
    node("c", '{{ vars["case-from"] }}'),
    node("d", "{{ vars['caseFrom'] > 1 }}"),
    node("e", "no vars at all: caseFrom"),
  );
  expect(readersOf(of, "caseFrom")).toEqual(["Judge it", "d"]);
  expect(readersOf(of, "case-from")).toEqual(["c"]);
  const { schema } = fieldsOf(of);
  expect((schema as { properties: Record<string, JsonObject> }).properties.caseFrom?.description).toBe(
    "vars.caseFrom, read by Judge it, d.",
  );
});
