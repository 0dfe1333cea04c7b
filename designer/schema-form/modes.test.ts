import { expect, test } from "vitest";
import { withoutBraces } from "./modes";

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
