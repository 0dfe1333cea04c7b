import { expect, test } from "vitest";
import { type JsonShape, jsonHits, jsonRows } from "./jsonRows";

const shape = (more: Partial<JsonShape> = {}): JsonShape => ({
  ...{ folds: new Map(), hits: undefined, compact: false, more: new Map() },
  ...more,
});
const read = (value: unknown, more: Partial<JsonShape> = {}) =>
  jsonRows(value, shape(more)).map((r) =>
    r.kind === "line" ? `${r.level} ${r.at}${r.open === undefined ? "" : r.open ? " -" : " +"}` : "rest",
  );

test("a value stands line by line, what is deep or long is folded", () => {
  const value = { a: { b: { c: { d: 1 } } }, empty: {}, long: Array.from({ length: 31 }, () => 0) };
  expect(read(value)).toEqual(["1 /a -", "2 /a/b -", "3 /a/b/c +", "1 /empty", "1 /long +"]);
});

test("what is opened or folded by hand stays so", () => {
  const folds = new Map([
    ["/a", false],
    ["/x", true],
  ]);
  const value = { a: { b: 1 }, x: Array.from({ length: 31 }, (_, i) => i) };
  expect(read(value, { folds })).toHaveLength(2 + 31);
});

test("keys with slashes and tildes are no ways of their own", () => {
  expect(read({ "a/b": 1, a: { b: 2 }, "~": 3 })).toEqual(["1 /a~1b", "1 /a -", "2 /a/b", "1 /~0"]);
});

test("a search leaves what holds the text, and the way there", () => {
  const value = { mail: { from: "Ada", to: "Bo" }, tags: ["x", "ADA"] };
  // What it is of stands beside it.
  expect(read(value, { hits: jsonHits(value, "ada") })).toEqual([
    "1 /mail -",
    "2 /mail/from",
    "2 /mail/to",
    "1 /tags -",
    "2 /tags/1",
  ]);
});

test("in little room single values come first", () => {
  expect(read({ deep: { a: 1 }, plain: 1 }, { compact: true })).toEqual(["1 /plain", "1 /deep +"]);
});

test("what was cut off is told where it ends", () => {
  const more = new Map([["/rows", { pointer: "/rows", more: 9, of: "items" }]]);
  expect(read({ rows: [1], x: 2 }, { more })).toEqual(["1 /rows -", "2 /rows/0", "rest", "1 /x"]);
});

test("no two rows are called alike", () => {
  const more = new Map([["/a", { pointer: "/a", more: 9, of: "fields" }]]);
  const rows = jsonRows({ a: { "": 1, "rest of ": 2 } }, shape({ more }));
  expect(new Set(rows.map((r) => r.at)).size).toBe(rows.length);
});
