import { expect, it } from "vitest";
import { expressionAround } from "./assist";

/** What completion sees at the | of a text. */
const around = (marked: string, language: "template" | "expression" = "template") =>
  expressionAround(marked.replace("|", ""), marked.indexOf("|"), language)?.code;

it("completes inside of templates alone", () => {
  expect(around("Hello {{ vars.|name }} and {{ x }}")).toBe(" vars.name ");
  expect(around("Hello {{ vars.name }} and {{ x| }}")).toBe(" x ");
  expect(around("Hel|lo {{ vars.name }}")).toBeUndefined();
  expect(around("{{ vars.name }}|")).toBeUndefined();
  expect(around("{|{ vars.name }}")).toBeUndefined();
});

it("completes in a template that is not closed yet", () => {
  expect(around("Hello {{ va|")).toBe(" va");
  expect(around("He|llo {{ va")).toBeUndefined();
});

it("takes all of a bare field for the expression", () => {
  expect(around("a + b|", "expression")).toBe("a + b");
  expect(around("{{ a + b| }}", "expression")).toBe(" a + b ");
});
