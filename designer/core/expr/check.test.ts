import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { Catalog } from "../flow/catalog";
import type { Flow } from "../flow/document";
import { faultsOfExpression, faultsOfTemplate } from "./check";
import { outputScope, scopeOf } from "./scope";

interface Vector {
  name: string;
  template: string;
  error?: { code: string; message: string; column?: number };
  browser?: boolean;
}

const file = resolve(import.meta.dirname, "../../../flows/vectors/expr.json");
const vectors = (JSON.parse(readFileSync(file, "utf8")) as Vector[]).filter(
  (v) => !v.template.startsWith("@"),
);
const marked = vectors.filter((v) => v.browser);

describe("the vectors that are marked for the browser", () => {
  it("are there", () => expect(marked.length).toBeGreaterThan(20));

  it.each(marked)("$name", ({ template, error }) => {
    const faults = faultsOfTemplate(template);
    if (error === undefined) return expect(faults).toEqual([]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toContain(error.message);
    if (error.column === undefined) return;
    // The server names one column; the squiggle covers the whole name.
    expect(faults[0]?.from).toBeLessThanOrEqual(error.column - 1);
    expect(faults[0]?.to).toBeGreaterThanOrEqual(error.column - 1);
  });
});

describe("all other vectors", () => {
  it.each(vectors.filter((v) => !v.browser))("raise no alarm: $name", ({ template }) => {
    expect(faultsOfTemplate(template)).toEqual([]);
  });
});

describe("what this parser lacks", () => {
  it.each(["{?'a': trigger.?b}", "[?trigger.?a]", "trigger.body.`x-y`", "type(trigger.body) == map"])(
    "raises no alarm: %s",
    (code) => expect(faultsOfExpression(code)).toEqual([]),
  );
});

describe("references", () => {
  const flow: Flow = {
    format: "drawbridge.flow/1",
    name: "f",
    nodes: [
      { id: "a", type: "core.set", position: [0, 0] },
      { id: "each", type: "core.foreach", position: [0, 0] },
      { id: "inner", type: "core.set", parent: "each", position: [0, 0] },
      { id: "b", type: "core.set", position: [0, 0] },
      { id: "apart", type: "core.set", position: [0, 0] },
    ],
    edges: [
      { from: "a", to: "each" },
      { from: "each.out", to: "b" },
    ],
  };
  const at = (id: string, pointer: string, code: string) => {
    const node = flow.nodes.find((n) => n.id === id);
    if (node === undefined) throw new Error(id);
    return faultsOfExpression(code, scopeOf(flow, new Catalog([]), node, pointer)).map((f) => f.message);
  };

  it("are those that edges lead from", () => {
    expect(at("b", "/x", "steps.a.output + steps.each.output")).toEqual([]);
    expect(at("inner", "/x", "steps.a.output + item")).toEqual([]);
    expect(at("each", "/result", "steps.inner.output + index")).toEqual([]);
  });

  it("are all of the flow's own steps in its output", () => {
    const output = (code: string) =>
      faultsOfExpression(code, outputScope(flow, new Catalog([]))).map((f) => f.message);
    expect(output("[steps.a.output, steps.apart.output, steps.each.output]")).toEqual([]);
    expect(output("steps.inner.output")).toEqual([
      'the step "inner" lies in a container: outside sees only the output of "each"',
    ]);
    expect(output("item")).toEqual(["item exists only inside a container"]);
  });

  it("are corrected where one was meant", () => {
    expect(at("b", "/x", "steps.eahc.output")).toEqual([
      'the step "eahc" does not exist; did you mean each?',
    ]);
  });

  it("say why they can't be read", () => {
    expect(at("b", "/x", "steps.nope.output")).toEqual(['the step "nope" does not exist']);
    expect(at("b", "/x", "steps['apart'].output")).toEqual([
      'the step "apart" can\'t have run before this one: no edges lead from it to here',
    ]);
    expect(at("b", "/x", "steps.inner.output")).toEqual([
      'the step "inner" lies in a container: outside sees only the output of "each"',
    ]);
    expect(at("inner", "/x", "steps.each.output")).toEqual([
      'the container "each" has not ended while its nodes run',
    ]);
    expect(at("each", "/items", "item")).toEqual(["item exists only inside a container"]);
    expect(at("b", "/x", "attempt")).toEqual(["attempt exists only inside a container"]);
  });
});

describe("what was meant", () => {
  it.each([
    ["stpes.a", "steps"],
    ["trigger.body.raw.lowerASCII()", "lowerAscii"],
    ["trigger.body.raw.startWith('a')", "startsWith"],
    ["hash.sah256('a')", "sha256"],
    ["degang('a')", "defang"],
    ["[1].map(link, lnik)", "link"],
  ])("is named beside what is unknown: %s", (code, meant) => {
    expect(faultsOfExpression(code)[0]?.message).toMatch(
      new RegExp(`is unknown here; did you mean ${meant}\\?$`),
    );
  });

  it("is not guessed where nothing is near", () => {
    expect(faultsOfExpression("fetch('x')")[0]?.message).toMatch(/unknown here$/);
  });
});
