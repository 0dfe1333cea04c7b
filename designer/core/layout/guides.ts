import type { Rect } from "./geometry";

/** A line that shows what a dragged part is in line with: across at a y, or down at an x. */
export interface Guide {
  way: "across" | "down";
  at: number;
  from: number;
  to: number;
}

interface Snapped {
  dx: number;
  dy: number;
  guides: Guide[];
}

const NONE: Snapped = { dx: 0, dy: 0, guides: [] };

/**
 * Draws a dragged box to the edges and middles of others that are within a distance of
 * them. It says by how much to move it, and which lines show why.
 */
export function snapToOthers(moving: Rect, others: readonly Rect[], within: number): Snapped {
  const x = nearestLine(moving.x, moving.width, others, (r) => [r.x, r.width], within);
  const y = nearestLine(moving.y, moving.height, others, (r) => [r.y, r.height], within);
  if (x === undefined && y === undefined) return NONE;
  const dx = x?.by ?? 0;
  const dy = y?.by ?? 0;
  const there = { ...moving, x: moving.x + dx, y: moving.y + dy };
  const guides: Guide[] = [];
  if (x !== undefined) guides.push(span("down", x.at, [there, x.of]));
  if (y !== undefined) guides.push(span("across", y.at, [there, y.of]));
  return { dx, dy, guides };
}

interface Line {
  by: number;
  at: number;
  of: Rect;
}

/** Of all pairs of edges and middles the one that is the least apart. */
function nearestLine(
  start: number,
  length: number,
  others: readonly Rect[],
  sideOf: (r: Rect) => [start: number, length: number],
  within: number,
): Line | undefined {
  let best: Line | undefined;
  for (const other of others) {
    const [from, long] = sideOf(other);
    for (const [mine, theirs] of [
      [start, from],
      [start + length / 2, from + long / 2],
      [start + length, from + long],
    ] as const) {
      const by = theirs - mine;
      if (Math.abs(by) <= within && (best === undefined || Math.abs(by) < Math.abs(best.by)))
        best = { by, at: theirs, of: other };
    }
  }
  return best;
}

function span(way: Guide["way"], at: number, boxes: readonly Rect[]): Guide {
  const ends = boxes.flatMap((b) => (way === "down" ? [b.y, b.y + b.height] : [b.x, b.x + b.width]));
  return { way, at, from: Math.min(...ends), to: Math.max(...ends) };
}
