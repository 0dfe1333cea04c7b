import { useStore } from "@xyflow/react";
import { type FocusEvent, type KeyboardEvent, useEffect, useRef } from "react";

/** The parts of the canvas that take the focus and may go: cards, wires, and the heads of groups. */
const LAYERS = ".react-flow__nodes, .react-flow__edges, .react-flow__viewport-portal";
const PARTS = ".react-flow__node, .react-flow__edge";

/** Gives the focus to a card that is drawn, else to the canvas around it. */
function focusOn(canvas: HTMLElement, ids: Iterable<string>): void {
  const cards = [...ids].map((id) =>
    canvas.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`),
  );
  const heir = cards.find((card) => card !== null) ?? canvas.closest<HTMLElement>("[tabindex]");
  heir?.focus({ preventScroll: true });
}

/** When a part goes that has the focus, a chosen card takes it, or the canvas: the next key acts here still. */
export function useCanvasHeir(selected: ReadonlySet<string>): (event: FocusEvent) => void {
  const canvas = useStore((s) => s.domNode);
  const chosen = useRef(selected);
  chosen.current = selected;
  const last = useRef<Element>(undefined);
  useEffect(() => {
    if (canvas === null) return;
    const watch = new MutationObserver(() => {
      if (document.activeElement !== document.body || last.current?.isConnected !== false) return;
      last.current = undefined;
      focusOn(canvas, chosen.current);
    });
    for (const layer of canvas.querySelectorAll(LAYERS)) watch.observe(layer, { childList: true });
    return () => watch.disconnect();
  }, [canvas]);
  return (event) => {
    last.current = event.target;
  };
}

/**
 * The library lets go of a card or a wire that Escape, or Enter with Shift, is pressed on, and takes
 * the focus from it a frame later. The focus stays: keys go on from there.
 */
export function useKeptFocus() {
  const kept = useRef<{ part: Element }>(undefined);
  return {
    onKeyDownCapture(event: KeyboardEvent) {
      const target = event.target as Element;
      if ((event.key !== "Escape" && event.key !== "Enter") || !target.matches(PARTS)) return;
      // Each key keeps it for itself: the end of an earlier one on the same card is not the end of this one.
      const mine = { part: target };
      kept.current = mine;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (kept.current === mine) kept.current = undefined;
        }),
      );
    },
    onBlur(event: FocusEvent<HTMLElement>) {
      if (event.target !== kept.current?.part || event.relatedTarget !== null || !event.target.isConnected)
        return;
      event.target.focus({ preventScroll: true });
    },
  };
}
