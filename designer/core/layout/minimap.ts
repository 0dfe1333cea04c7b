import type { Rect } from "./geometry";

/** How a flow is drawn small: the scale, and where the canvas's origin lies in the picture. */
export interface MiniView {
  scale: number;
  x: number;
  y: number;
}

/** Fits two areas of the canvas into a picture: the flow, and what is seen of it now. */
export function miniView(bounds: Rect, seen: Rect, width: number, height: number, pad = 8): MiniView {
  const left = Math.min(bounds.x, seen.x);
  const top = Math.min(bounds.y, seen.y);
  const right = Math.max(bounds.x + bounds.width, seen.x + seen.width);
  const bottom = Math.max(bounds.y + bounds.height, seen.y + seen.height);
  const scale = Math.min((width - 2 * pad) / (right - left), (height - 2 * pad) / (bottom - top));
  return {
    scale,
    x: (width - (left + right) * scale) / 2,
    y: (height - (top + bottom) * scale) / 2,
  };
}

/** Whether an area lies wholly within another: then a small picture of it says nothing new. */
export function within(inner: Rect, outer: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
