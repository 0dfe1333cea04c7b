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

/** One edge or middle of a box that lies still. */
interface Line {
  at: number;
  of: Rect;
}

/** Of the boxes that lie still their first edges, middles and last edges, each in order of place. */
type Lines = readonly [starts: Line[], middles: Line[], ends: Line[]];

/** What a dragged box may be drawn to; made once for a drag. */
export interface GuideIndex {
  x: Lines;
  y: Lines;
}

export function indexGuides(others: readonly Rect[]): GuideIndex {
  const sorted = (at: (r: Rect) => number) =>
    others.map((of) => ({ at: at(of), of })).sort((a, b) => a.at - b.at);
  return {
    x: [sorted((r) => r.x), sorted((r) => r.x + r.width / 2), sorted((r) => r.x + r.width)],
    y: [sorted((r) => r.y), sorted((r) => r.y + r.height / 2), sorted((r) => r.y + r.height)],
  };
}

/**
 * Draws a dragged box to the edges and middles of others that are within a distance of
 * them. It says by how much to move it, and which lines show why.
 */
export function snapToOthers(moving: Rect, others: GuideIndex, within: number): Snapped {
  const x = nearestLine(moving.x, moving.width, others.x, within);
  const y = nearestLine(moving.y, moving.height, others.y, within);
  if (x === undefined && y === undefined) return NONE;
  const dx = x?.by ?? 0;
  const dy = y?.by ?? 0;
  const there = { ...moving, x: moving.x + dx, y: moving.y + dy };
  const guides: Guide[] = [];
  if (x !== undefined) guides.push(span("down", x.at, [there, x.of]));
  if (y !== undefined) guides.push(span("across", y.at, [there, y.of]));
  return { dx, dy, guides };
}

/** Of all pairs of edges and middles the one that is the least apart. */
function nearestLine(
  start: number,
  length: number,
  lines: Lines,
  within: number,
): (Line & { by: number }) | undefined {
  let best: (Line & { by: number }) | undefined;
  lines.forEach((sorted, i) => {
    const mine = start + (i * length) / 2;
    const next = firstFrom(sorted, mine);
    for (const line of [sorted[next - 1], sorted[next]]) {
      if (line === undefined) continue;
      const by = line.at - mine;
      if (Math.abs(by) <= within && (best === undefined || Math.abs(by) < Math.abs(best.by)))
        best = { ...line, by };
    }
  });
  return best;
}

/** Where in sorted lines the first one stands that is not before a place. */
function firstFrom(sorted: readonly Line[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function span(way: Guide["way"], at: number, boxes: readonly Rect[]): Guide {
  const ends = boxes.flatMap((b) => (way === "down" ? [b.y, b.y + b.height] : [b.x, b.x + b.width]));
  return { way, at, from: Math.min(...ends), to: Math.max(...ends) };
}
