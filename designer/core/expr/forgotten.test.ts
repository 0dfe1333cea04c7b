import { expect, test } from "vitest";
import { looksForgotten } from "./forgotten";

// The texts are those of server/check/forgotten_internal_test.go.
test.each([
  ["steps.parse.output.text", true, true],
  [" steps.parse.output\n", true, true],
  ["steps.parse.output.links[0].url", true, true],
  ["trigger.body", true, true],
  ["trigger.body['from'].?address", true, true],
  ["vars.threshold", true, true],
  ["run.id", true, true],
  ["flow.name", true, true],
  ["item", false, true],
  ["item.value", false, true],
  ["steps", false, false],
  ["run", false, false],
  ["vars.", false, false],
  ["vars.json", false, false],
  ["run.sh", false, false],
  ["flow.json", false, false],
  ["run.example.com", false, false],
  ["flow.example.com/a", false, false],
  ["https://steps.example.com/x", false, false],
  ["items.first", false, false],
  ["item. That is all", false, false],
  ["steps.parse failed", false, false],
  ["trigger.happy", false, false],
  ["flow.name is what it is called", false, false],
  ["{{ steps.parse.output }}", false, false],
])("%j: an expression without braces outside of a loop %s, inside %s", (text, outside, inside) => {
  expect([looksForgotten(text, false), looksForgotten(text, true)]).toEqual([outside, inside]);
});
