import { describe, expect, test } from "vitest";
import { type Condition, readCondition, writeCondition } from "./condition";

const READABLE: [string, Condition][] = [
  ["steps.score.output.value >= 80", { path: "steps.score.output.value", op: "≥", value: "80", text: false }],
  ["trigger.body.severity == 'high'", { path: "trigger.body.severity", op: "is", value: "high", text: true }],
  ["trigger.body.severity != ''", { path: "trigger.body.severity", op: "is not", value: "", text: true }],
  ["trigger.body.id == '007'", { path: "trigger.body.id", op: "is", value: "007", text: true }],
  ["item.name.startsWith('it\\'s')", { path: "item.name", op: "starts with", value: "it's", text: true }],
  [
    "trigger.body.a in ['x', 'y z']",
    { path: "trigger.body.a", op: "is one of", value: "x, y z", text: true },
  ],
  ["trigger.body.a in [1, 2]", { path: "trigger.body.a", op: "is one of", value: "1, 2", text: false }],
  ["'10' in trigger.body.tags", { path: "trigger.body.tags", op: "contains", value: "'10'", text: false }],
  ["'vip' in trigger.body.tags", { path: "trigger.body.tags", op: "contains", value: "vip", text: false }],
  [
    "size(trigger.body.tags) >= 3",
    { path: "trigger.body.tags", op: "has at least", value: "3", text: false },
  ],
  ["size(trigger.body.tags) == 0", { path: "trigger.body.tags", op: "is empty", value: "", text: false }],
  ["!trigger.body.test", { path: "trigger.body.test", op: "does not hold", value: "", text: false }],
  [
    'steps.a.output["two words"] == true',
    { path: 'steps.a.output["two words"]', op: "is", value: "true", text: false },
  ],
];

describe("a condition", () => {
  test.each(READABLE)("%s is read and written the same", (expression, condition) => {
    expect(readCondition(expression)).toEqual(condition);
    expect(writeCondition(condition)).toBe(expression);
  });

  test.each([
    "a.b > 1 && c",
    "a.b.orValue('x') == 'y'",
    "a.b == c.d",
    "size(a) > size(b)",
    "true",
    "a.b in ['x,y', 'z']",
    "a.b in ['x', 1]",
    "now() > x",
    "x == 'a\\nb'",
    "x == '\\u0041'",
    "null",
    "",
  ])("%s is more than one, and stays an expression", (expression) => {
    expect(readCondition(expression)).toBeUndefined();
  });

  test.each([
    ["1e5", "1e5"],
    [".5", "0.5"],
    ["-.5e-3", "-0.5e-3"],
    [" 2.5E+3 ", "2.5E+3"],
    ["-7", "-7"],
  ])("%s is a number", (value, written) => {
    const condition = { path: "a.n", op: "≥", value, text: false } as const;
    expect(writeCondition(condition)).toBe(`a.n >= ${written}`);
    expect(readCondition(`a.n >= ${written}`)).toEqual({ ...condition, value: written });
    expect(writeCondition({ ...condition, op: "is one of", value: `${value}, 1` })).toBe(
      `a.n in [${written}, 1]`,
    );
    expect(writeCondition({ ...condition, text: true })).toBe(`a.n >= '${value}'`);
  });

  test.each(["1e", "e5", ".", "1e999", "1.2.3", "0x1F", "1_000"])("%s is no number", (value) => {
    expect(writeCondition({ path: "a.n", op: "is", value, text: false })).toBe(`a.n == '${value}'`);
  });

  test("a size is a whole number", () => {
    const size = { path: "a.list", op: "has at least", text: false } as const;
    expect(writeCondition({ ...size, value: "1e3" })).toBe("size(a.list) >= 1000");
    expect(writeCondition({ ...size, value: ".5" })).toBeUndefined();
  });

  test.each(["a.b in [' a', 'b']", "a.b in ['a ']", "a.b in ['', 'x']", "a.b in ['\\'q\\'', 'x']"])(
    "%s keeps the spaces of its texts",
    (expression) => {
      const read = readCondition(expression);
      expect(read?.op).toBe("is one of");
      expect(read && writeCondition(read)).toBe(expression);
    },
  );

  test("a text of a list is quoted where its spaces count", () => {
    const list = { path: "a.b", op: "is one of", text: true } as const;
    expect(writeCondition({ ...list, value: "' a', b , c d" })).toBe("a.b in [' a', 'b', 'c d']");
    expect(readCondition("a.b in [' a', 'b']")?.value).toBe("' a', b");
  });

  test("is not written before it has what it needs", () => {
    const half = { path: "trigger.body.n", op: "≥", value: "", text: false } as const;
    expect(writeCondition(half)).toBeUndefined();
    expect(writeCondition({ ...half, path: "" })).toBeUndefined();
    expect(writeCondition({ ...half, op: "has at least", value: "many" })).toBeUndefined();
    expect(writeCondition({ ...half, op: "contains", text: true })).toBeUndefined();
  });
});
