import { expect, test } from "vitest";
import { changedAt } from "./same";

test("a change is at the innermost value that holds all of it", () => {
  const all: [unknown, unknown, string][] = [
    [{ a: "x" }, { a: "xy" }, "/a"],
    [{}, { a: "x" }, "/a"],
    [{ t: {} }, { t: { host: "p" } }, "/t/host"],
    [{ t: { network: "n", depth: 3 } }, { t: {} }, "/t"],
    [{ t: { network: "n" } }, { t: { host: "h" } }, "/t"],
    [{ rows: [{ a: 1 }, { a: 2 }] }, { rows: [{ a: 1 }, { a: 3 }] }, "/rows/1/a"],
    [{ rows: [1] }, { rows: [1, 2] }, "/rows"],
    [{ "a/b": "x" }, { "a/b": "" }, "/a~1b"],
    [{ a: "x" }, { a: ["x"] }, "/a"],
    [{ a: 1, b: 1 }, { a: 2, b: 2 }, ""],
    [{ a: 1 }, { a: 1 }, ""],
  ];
  for (const [before, after, at] of all)
    expect([before, after, changedAt(before, after)]).toEqual([before, after, at]);
});
