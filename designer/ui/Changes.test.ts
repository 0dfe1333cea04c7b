import { expect, it } from "vitest";
import { changedPart } from "./Changes";

const part = (text: string, other: string) => text.slice(...changedPart(text, other));

it("marks what differs between two texts", () => {
  expect(part("points: 25, more", "points: 35, more")).toBe("2");
  expect(part("a and b", "a b")).toBe("and ");
  expect(part("a b", "a and b")).toBe("");
  expect(part("aaa", "aa")).toBe("a");
});

it("marks nothing where all of it is new, or nothing", () => {
  expect(part("new", "old!")).toBe("");
  expect(part("same", "same")).toBe("");
});
