import type { Point } from "../flow/document";
import type { Rect } from "./geometry";

/** How far a wire keeps from the cards that it goes around. */
const CLEAR = 20;
const SAMPLES = 24;
/** How far a wire that goes back stands out from its ends. */
export const BACK = 26;

/**
 * Where a wire that goes to the right turns down or up, when the plain curve would pass behind other
 * cards: the x of its vertical part. Undefined where the curve is free, or nothing does better.
 */
export function bendOf(from: Point, to: Point, near: readonly Rect[]): number | undefined {
  if (to[0] - from[0] <= 2 * CLEAR) return undefined;
  if (near.length === 0) return undefined;
  const curve = hidden(curvePoints(from, to), near);
  if (curve === 0) return undefined;
  const left = Math.min(...near.map((r) => r.x)) - CLEAR;
  const right = Math.max(...near.map((r) => r.x + r.width)) + CLEAR;
  const turns = [left, right, from[0] + CLEAR, to[0] - CLEAR].filter(
    (x) => x >= from[0] + CLEAR / 2 && x <= to[0] - CLEAR / 2,
  );
  let best: number | undefined;
  let least = curve;
  for (const x of turns) {
    const n = hidden(stepPoints(from, to, x), near);
    if (n < least) [best, least] = [x, n];
  }
  return best;
}

/**
 * The y along which a wire goes back to the left where halfway between its ends cards lie, the two at its
 * ends among them: the free place that is nearest. Undefined where halfway is free.
 */
export function laneOf(from: Point, to: Point, cards: readonly Rect[]): number | undefined {
  const middle = (from[1] + to[1]) / 2;
  const [left, right] = [to[0] - BACK, from[0] + BACK];
  const across = cards.filter((r) => r.x + r.width > left && r.x < right).sort((a, b) => a.y - b.y);
  let best: number | undefined;
  const offer = (top: number, bottom: number) => {
    const margin = Math.min(CLEAR / 2, (bottom - top) / 2);
    const y = Math.max(top + margin, Math.min(bottom - margin, middle));
    if (best === undefined || Math.abs(y - middle) < Math.abs(best - middle)) best = y;
  };
  let free = Number.NEGATIVE_INFINITY;
  for (const r of across) {
    // A crack between cards is no way.
    if (r.y - free >= CLEAR / 2) offer(free, r.y);
    free = Math.max(free, r.y + r.height);
  }
  offer(free, Number.POSITIVE_INFINITY);
  return best === middle ? undefined : best;
}

function hidden(points: readonly Point[], rects: readonly Rect[]): number {
  return points.filter(([x, y]) =>
    rects.some((r) => x > r.x && x < r.x + r.width && y > r.y && y < r.y + r.height),
  ).length;
}

function curvePoints([x1, y1]: Point, [x2, y2]: Point): Point[] {
  const reach = (x2 - x1) / 2;
  return Array.from({ length: SAMPLES - 1 }, (_, i) => {
    const t = (i + 1) / SAMPLES;
    const u = 1 - t;
    const at = (a: number, b: number, c: number, d: number) =>
      u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
    return [at(x1, x1 + reach, x2 - reach, x2), at(y1, y1, y2, y2)];
  });
}

/** As many points as the curve has, so that the two can be weighed against each other. */
function stepPoints([x1, y1]: Point, [x2, y2]: Point, turn: number): Point[] {
  const legs: [Point, Point][] = [
    [
      [x1, y1],
      [turn, y1],
    ],
    [
      [turn, y1],
      [turn, y2],
    ],
    [
      [turn, y2],
      [x2, y2],
    ],
  ];
  const length = ([[a, b], [c, d]]: [Point, Point]) => Math.abs(c - a) + Math.abs(d - b);
  const whole = legs.reduce((sum, leg) => sum + length(leg), 0);
  return Array.from({ length: SAMPLES - 1 }, (_, i) => {
    let left = (whole * (i + 1)) / SAMPLES;
    for (const leg of legs) {
      const l = length(leg);
      if (left <= l) {
        const t = l === 0 ? 0 : left / l;
        const [[a, b], [c, d]] = leg;
        return [a + (c - a) * t, b + (d - b) * t];
      }
      left -= l;
    }
    return [x2, y2];
  });
}
