import { expect, it } from "vitest";
import type { ImportPlan, Problem } from "@/api/types";
import { filesOf, summary } from "./plan";

const error = (file?: string) =>
  ({
    code: "x",
    severity: "error",
    pointer: "",
    message: "m",
    ...(file === undefined ? {} : { file }),
  }) as Problem;
const plan = (applicable: boolean, ...files: string[]) =>
  ({ id: "p", applicable, items: files.map((file) => ({ file })) }) as ImportPlan;

it("never says that files can be imported where something else than they keeps them from it", () => {
  const files = filesOf(["a", "b"], plan(false, "a", "b"), [error()]);
  expect(summary(files, false)).toMatch(/^Nothing can be imported yet/);
  expect(summary(files, true)).toBe("Both files can be imported.");
  // A file that is in the way is named as before.
  const faulty = filesOf(["a", "b"], plan(false, "a"), [error("b"), error()]);
  expect(summary(faulty, false)).toMatch(/^Nothing is imported as long as 1 of the 2 files can’t be/);
});

it("tells each of two files of one name, and once what only a problem names", () => {
  expect(filesOf(["a", "a"], plan(true, "a", "a"), []).map((f) => f.name)).toEqual(["a", "a"]);
  const files = filesOf(["a"], plan(false, "a"), [error("c"), error("c")]);
  expect(files.map((f) => [f.name, f.errors])).toEqual([
    ["a", 0],
    ["c", 2],
  ]);
});
