import { describe, expect, it } from "vitest";
import { fitView, freeArea, heldScale, panToShow } from "./camera";

const stage = { x: 0, y: 0, width: 1300, height: 800 };
const inspector = { x: 854, y: 14, width: 432, height: 772 };
const problems = { x: 14, y: 14, width: 432, height: 300 };

describe("the free area", () => {
  it("is what panels at either side leave", () => {
    expect(freeArea(stage, [])).toEqual(stage);
    expect(freeArea(stage, [inspector])).toEqual({ ...stage, width: 854 });
    expect(freeArea(stage, [inspector, problems])).toEqual({ ...stage, x: 446, width: 408 });
    // On a phone it comes from below, as wide as the screen.
    const sheet = { x: 0, y: 120, width: 1300, height: 500 };
    expect(freeArea(stage, [sheet])).toEqual({ ...stage, height: 120 });
  });
});

describe("showing a node", () => {
  const free = freeArea(stage, [inspector]);
  const node = { width: 208, height: 64 };

  it("leaves the camera where the node can be seen", () => {
    expect(panToShow({ x: 24, y: 24, ...node }, free)).toEqual([0, 0]);
    expect(panToShow({ x: 622, y: 400, ...node }, free)).toEqual([0, 0]);
  });

  it("pans just as far as a node under the inspector needs", () => {
    expect(panToShow({ x: 700, y: 400, ...node }, free)).toEqual([-78, 0]);
    expect(panToShow({ x: 1040, y: 770, ...node }, free)).toEqual([-418, -58]);
    expect(panToShow({ x: -100, y: -10, ...node }, free)).toEqual([124, 34]);
  });

  it("shows the head of a container that is larger than the room", () => {
    expect(panToShow({ x: 600, y: 100, width: 1200, height: 200 }, free)).toEqual([-576, 0]);
    expect(panToShow({ x: -200, y: 100, width: 1200, height: 200 }, free)).toEqual([0, 0]);
  });
});

describe("fitting a flow", () => {
  it("uses the free area alone", () => {
    const free = freeArea(stage, [inspector]);
    const view = fitView({ x: -100, y: 50, width: 1612, height: 300 }, free, { min: 0.25, max: 1 });
    expect(view.zoom).toBe(0.5);
    expect(-100 * view.zoom + view.x).toBe(24);
    expect(1512 * view.zoom + view.x).toBe(830);
  });

  it("does not blow up a small flow", () => {
    expect(fitView({ x: 0, y: 0, width: 208, height: 64 }, stage, { min: 0.5, max: 1 })).toEqual({
      x: 546,
      y: 368,
      zoom: 1,
    });
  });

  it("begins with the beginning where the whole would be too small to read", () => {
    const view = fitView({ x: 0, y: 0, width: 9000, height: 600 }, stage, { min: 0.5, max: 1 });
    expect(view).toMatchObject({ x: 24, zoom: 0.5 });
  });
});

describe("the text of a note", () => {
  it("is as large as it is drawn where it can be read, and held there from afar", () => {
    for (const zoom of [2, 1, 0.75]) expect(heldScale(zoom)).toBe(1);
    for (let zoom = 0.74; zoom >= 0.3; zoom -= 0.01) {
      expect(12 * heldScale(zoom) * zoom).toBeGreaterThan(10.5);
      expect(12 * heldScale(zoom) * zoom).toBeLessThan(14);
    }
    expect(heldScale(0.08)).toBe(3);
  });

  it("takes few sizes, so that a zoom draws few notes anew", () => {
    const sizes = new Set(Array.from({ length: 200 }, (_, i) => heldScale(i / 100)));
    expect(sizes.size).toBeLessThan(10);
  });
});
