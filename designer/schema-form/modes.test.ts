import { expect, test } from "vitest";
import { closedAt, hasBlank, innerExpression, insideBraces, withoutBraces } from "./modes";

test.each([
  ["a + 1", "a + 1"],
  ["{{ a + 1 }}", "a + 1"],
  ["{{ a + ", "a +"],
  ["{'a': {'b': 1}}", "{'a': {'b': 1}}"],
  ["{{ {'a': {'b': 1}} }}", "{'a': {'b': 1}}"],
  ["{{", ""],
])("braces around %s", (typed, inner) => {
  expect(withoutBraces(typed)).toBe(inner);
});

test.each([
  ["{{ a }}", "a"],
  ["{{ a }} ", "a"],
  ["\n {{ a }}\n", "a"],
  ['{{ "{{" }}', '"{{"'],
  ["{{ '}}' }}", "'}}'"],
  ["{{ {'a': {'b': 1}} }}", "{'a': {'b': 1}}"],
  ["{{ a }} {{ b }}", undefined],
  ["x {{ a }}", undefined],
  ["{{ a }}.", undefined],
  ["{{ a ", undefined],
  ["", undefined],
])("what %j computes, blanks around it aside", (text, inner) => {
  expect(innerExpression(text)).toBe(inner);
});

test.each([
  ["a|{{", "a{{"],
  ["a {{|", "a {{}}"],
  ["{{| b", "{{}} b"],
  ["{{|}}", "{{}}"],
  ["{{| }}", "{{ }}"],
])("a template begun at %j is closed", (marked, closed) => {
  expect(closedAt(marked.replace("|", ""), marked.indexOf("|"))).toBe(closed);
});

test("an expression lies behind the braces that were typed around it", () => {
  expect(insideBraces("{{ a }}")).toEqual({ code: " a ", start: 2 });
  expect(insideBraces("{'a': {'b': 1}}")).toEqual({ code: "{'a': {'b': 1}}", start: 0 });
});

test("a blank template is one in which nothing is written", () => {
  expect(hasBlank("a {{ }}")).toBe(true);
  expect(hasBlank("a {{ b }}")).toBe(false);
  expect(hasBlank("a {{")).toBe(false);
});
