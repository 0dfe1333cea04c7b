import { describe, expect, it } from "vitest";
import { bendOf, laneOf } from "./route";

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

describe("a wire that goes back", () => {
  it("goes halfway where that is free", () => {
    expect(laneOf([1000, 32], [0, 232], [card(792, 0), card(0, 200)])).toBeUndefined();
  });

  it("keeps clear of the cards that it would pass behind or touch", () => {
    const high = { ...card(400, 0), height: 114 };
    expect(laneOf([1000, 32], [0, 168], [card(792, 0), high, card(0, 136), card(400, 136)])).toBe(124);
  });

  it("goes around its own ends where they stand side by side", () => {
    expect(laneOf([500, 32], [0, 32], [card(292, 0), card(0, 0)])).toBe(-10);
  });

  it("takes no crack between cards, and no heed of what lies beside its way", () => {
    expect(laneOf([1000, 32], [0, 110], [card(400, 0), card(400, 68), card(1100, -40)])).toBe(142);
  });
});
