import { expect, it } from "vitest";
import { bendOf } from "./route";

const card = (x: number, y: number) => ({ x, y, width: 208, height: 64 });

it("leaves a wire alone that nothing lies in the way of", () => {
  expect(bendOf([208, 32], [256, 32], [card(0, 300)])).toBeUndefined();
  expect(bendOf([208, 32], [900, 200], [])).toBeUndefined();
  expect(bendOf([208, 32], [900, 200], [card(400, 400)])).toBeUndefined();
});

it("turns before a card that the curve would pass behind, or after it", () => {
  // As in the library's flow: the card beside the source, the target below and beyond.
  expect(bendOf([488, 92], [1016, 212], [card(560, 60)])).toBe(540);
  // The other way round: the card lies before the target.
  expect(bendOf([208, 32], [900, 200], [card(640, 168)])).toBe(868);
});

it("never goes back to the left", () => {
  expect(bendOf([500, 32], [300, 200], [card(350, 60)])).toBeUndefined();
});
