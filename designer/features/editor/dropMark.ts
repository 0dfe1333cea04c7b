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
  const wire = onWire ? wireUnder(at, only) : undefined;
  if (wire !== undefined)
    return document.querySelector(`.react-flow__edge[data-id="${CSS.escape(wire)}"]`) ?? undefined;
  return (
    document
      .elementsFromPoint(...at)
      .map((e) =>
        e.closest<HTMLElement>(".react-flow__node-container, .react-flow__node:has(> .collapsed-node)"),
      )
      .find((e) => e !== null && !dragged.has(e.dataset.id ?? "") && !e.classList.contains("dragging")) ??
    undefined
  );
}
