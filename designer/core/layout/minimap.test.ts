import { describe, expect, it } from "vitest";
import { miniView, within } from "./minimap";

describe("a minimap", () => {
  const flow = { x: -100, y: 0, width: 2000, height: 400 };

  it("shows the flow and what is seen of it, as large as both fit", () => {
    const seen = { x: 1500, y: -200, width: 800, height: 500 };
    const { scale, x, y } = miniView(flow, seen, 180, 120);
    const at = (px: number, py: number) => [px * scale + x, py * scale + y];
    for (const [px, py] of [at(-100, -200), at(2300, 400)] as [number, number][]) {
      expect(px).toBeGreaterThanOrEqual(7.99);
      expect(px).toBeLessThanOrEqual(172.01);
      expect(py).toBeGreaterThanOrEqual(7.99);
      expect(py).toBeLessThanOrEqual(112.01);
    }
    expect(scale).toBeCloseTo(164 / 2400, 5);
  });

  it("says nothing of what is seen whole", () => {
    expect(within(flow, { x: -120, y: -10, width: 2100, height: 500 })).toBe(true);
    expect(within(flow, { x: 0, y: -10, width: 2100, height: 500 })).toBe(false);
  });
});
