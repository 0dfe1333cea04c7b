import { expect, it } from "vitest";
import { pathFrom, sourceOf } from "./source";

const parameters = {
  raw: "{{ trigger.body.?raw }}",
  urls: "{{ steps.parse.output.links }}",
  text: "{{ steps.parse.output.subject + '!' }}",
  greeting: "Hello {{ vars.name }}",
  fixed: "as it is",
  nested: { list: [{ when: "{{ steps.a.output }}" }] },
};

it("a path names fields as expressions do", () => {
  const of = pathFrom("steps.parse.output");
  expect(of(["subject"])).toBe("{{ steps.parse.output.subject }}");
  expect(of(["headers", "x-mailer", 0])).toBe('{{ steps.parse.output.headers["x-mailer"][0] }}');
  expect(of(["in"])).toBe('{{ steps.parse.output["in"] }}');
});

it("a received value is what its parameter computes, and the way on", () => {
  expect(sourceOf(parameters, ["urls"])).toBe("{{ steps.parse.output.links }}");
  expect(sourceOf(parameters, ["urls", 0, "url"])).toBe("{{ steps.parse.output.links[0].url }}");
  expect(sourceOf(parameters, ["text"])).toBe("{{ steps.parse.output.subject + '!' }}");
  expect(sourceOf(parameters, ["text", "x"])).toBe("{{ (steps.parse.output.subject + '!').x }}");
  expect(sourceOf(parameters, ["nested", "list", 0, "when", "k"])).toBe("{{ steps.a.output.k }}");
  expect(sourceOf(parameters, ["greeting"])).toBe("Hello {{ vars.name }}");
});

it("a fixed value has no expression", () => {
  expect(sourceOf(parameters, ["fixed"])).toBeUndefined();
  expect(sourceOf(parameters, ["nested"])).toBeUndefined();
  expect(sourceOf(parameters, ["absent", "x"])).toBeUndefined();
  expect(sourceOf(undefined, ["x"])).toBeUndefined();
});
