import type { Point } from "../flow/document";
import type { Rect } from "./geometry";

/** Where the camera stands: what xyflow calls a viewport. */
export interface View {
  x: number;
  y: number;
  zoom: number;
}

/** Air between what is shown and the edge of the free area, in pixels of the screen. */
const AIR = 24;

/** What is left of a stage when panels lie over its left and right side, or over the foot of it. */
export function freeArea(stage: Rect, panels: readonly Rect[]): Rect {
  let left = stage.x;
  let right = stage.x + stage.width;
  let foot = stage.y + stage.height;
  for (const panel of panels) {
    if (panel.width >= stage.width) {
      foot = Math.min(foot, panel.y);
      continue;
    }
    const onRight = panel.x + panel.width / 2 > stage.x + stage.width / 2;
    if (onRight) right = Math.min(right, panel.x);
    else left = Math.max(left, panel.x + panel.width);
  }
  return { x: left, y: stage.y, width: Math.max(0, right - left), height: Math.max(0, foot - stage.y) };
}

/**
 * The smallest move of the picture that brings a box wholly into the free area:
 * nothing where it is there already. Of a box that is larger the beginning counts.
 */
export function panToShow(box: Rect, free: Rect): Point {
  return [shift(box.x, box.width, free.x, free.width), shift(box.y, box.height, free.y, free.height)];
}

function shift(at: number, size: number, from: number, room: number): number {
  const first = from + AIR;
  const last = from + room - AIR;
  if (at >= first && at + size <= last) return 0;
  // One that is larger than the room and fills it is as well seen as it can be.
  if (size > last - first && at <= first && at + size >= last) return 0;
  if (at < first || size > last - first) return first - at;
  return last - (at + size);
}

/** Shows all of the bounds, centred; where that would be too small to read, their beginning. */
export function fitView(bounds: Rect, free: Rect, zooms: { min: number; max: number }): View {
  const room = { width: Math.max(1, free.width - 2 * AIR), height: Math.max(1, free.height - 2 * AIR) };
  const whole = Math.min(room.width / bounds.width, room.height / bounds.height);
  const zoom = Math.min(zooms.max, Math.max(zooms.min, whole));
  const place = (from: number, size: number, space: number, begin: number) =>
    from + AIR + Math.max(0, (space - size * zoom) / 2) - begin * zoom;
  return {
    x: place(free.x, bounds.width, room.width, bounds.x),
    y: place(free.y, bounds.height, room.height, bounds.y),
    zoom,
  };
}

/** From this zoom on the text of notes is as large as it is drawn. */
const LEGIBLE = 0.75;
/** Beyond it a word no longer fits into a note. */
const MOST_HELD = 3;

/** How much larger the text of a note is drawn so that it can be read at a zoom, in few steps. */
export function heldScale(zoom: number): number {
  if (zoom >= LEGIBLE) return 1;
  return Math.min(MOST_HELD, Math.ceil((4 * 0.92) / zoom) / 4);
}
