import { expect, test } from "vitest";
import { fitted, pickOf, same } from "./filter";

const fields = { q: true, severity: ["low", "high"] } as const;

test("a view keeps what its list has, and says what it has no longer", () => {
  const filter = { q: "a", severity: "grave", colour: "red", constructor: "x", empty: "" };
  expect(fitted(filter, fields)).toEqual({
    kept: { q: "a" },
    dropped: ["severity: grave", "colour: red", "constructor: x"],
  });
});

test("what is open beside a list is no part of a view", () => {
  expect(pickOf({ q: "a", severity: undefined, alert: "7", saved: "x" }, fields)).toEqual({ q: "a" });
});

test("two filters are the same in any order", () => {
  expect(same({ a: "1", b: "2" }, { b: "2", a: "1" })).toBe(true);
  expect(same({ a: "1" }, { a: "1", b: "2" })).toBe(false);
  expect(same({ a: "1" }, { b: "1" })).toBe(false);
});
