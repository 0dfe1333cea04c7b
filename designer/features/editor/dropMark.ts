import type { Point } from "@/core/flow/document";
import { wireUnder } from "./actions";

let marked: Element | undefined;

/** Lights up the one part of the canvas that would take what is dragged over it; nothing takes the light away. */
export function markDrop(part: Element | undefined): void {
  if (part === marked) return;
  marked?.removeAttribute("data-drop");
  part?.setAttribute("data-drop", "");
  marked = part;
}

/** The wire or the container at a place of the screen; of what is dragged itself neither counts. */
export function dropAt(at: Point, dragged: ReadonlySet<string>, onWire: boolean): Element | undefined {
  const [only] = dragged;
  const wire = onWire ? found(() => wireUnder(at, only)) : undefined;
  if (wire !== undefined)
    return document.querySelector(`.react-flow__edge[data-id="${CSS.escape(wire)}"]`) ?? undefined;
  // By their boxes, which costs less than to have the pointer find them.
  const all = document.querySelectorAll<HTMLElement>(
    ".react-flow__node-container, .react-flow__node:has(> .collapsed-node)",
  );
  const under = [...all].filter(
    (e) => !dragged.has(e.dataset.id ?? "") && !e.classList.contains("dragging") && covers(e, at),
  );
  // The innermost is the smallest.
  return under.sort((a, b) => a.offsetWidth * a.offsetHeight - b.offsetWidth * b.offsetHeight)[0];
}

/** Looks for something under the pointer: in a drag nothing of the canvas takes it, nor is found by it. */
function found<T>(look: () => T): T {
  const canvas = document.querySelector("[data-drag]");
  canvas?.removeAttribute("data-drag");
  try {
    return look();
  } finally {
    canvas?.setAttribute("data-drag", "");
  }
}

function covers(element: Element, [x, y]: Point): boolean {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom;
}
