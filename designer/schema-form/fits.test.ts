import { expect, it } from "vitest";
import { asWanted, fits } from "./fits";

it("tells which values a control can show", () => {
  expect(fits({ type: "integer" }, 1.5)).toBe(true);
  expect(fits({ type: "integer" }, true)).toBe(false);
  expect(fits({ type: ["string", "null"] }, 5)).toBe(false);
  expect(fits({ type: "string", enum: ["low"] }, "high")).toBe(false);
  expect(fits({ type: "string", enum: ["low"] }, "low")).toBe(true);
  expect(fits({ type: "number" }, "{{ vars.n }}")).toBe(true);
  expect(fits({ type: "object" }, ["a"])).toBe(false);
  expect(fits({ oneOf: [{ type: "string" }] }, 5)).toBe(true);
  for (const nothing of [undefined, null, ""]) expect(fits({ type: "array" }, nothing)).toBe(true);
});

it("offers a value as it is wanted, where that can be told", () => {
  expect(asWanted({ type: "integer" }, "5")).toBe(5);
  expect(asWanted({ type: "boolean" }, "true")).toBe(true);
  expect(asWanted({ type: "string" }, 5)).toBe("5");
  expect(asWanted({ type: "array", items: { type: "string" } }, "a")).toEqual(["a"]);
  expect(asWanted({ type: "array", items: { type: "integer" } }, "a")).toBeUndefined();
  expect(asWanted({ type: "integer" }, true)).toBeUndefined();
  expect(asWanted({ type: "string" }, { a: 1 })).toBeUndefined();
  expect(asWanted({ type: "string", enum: ["low"] }, 5)).toBeUndefined();
});
