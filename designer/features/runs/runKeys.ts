import { type KeyboardEvent as KeyPress, useEffect } from "react";
import { type Folding, insideKeys } from "@/canvas/folding";
import { focusNode, focusRegion, WALKS, walked } from "@/canvas/going";

/** The parts of the page that F6 goes through. */
const REGIONS = [".topbar", ".canvas", ".inspector", ".runbar"];

/** F6 goes round the page. */
export function useRegionKeys(): void {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const over = (event.target as HTMLElement | null)?.closest?.("[role=dialog], [role=menu]");
      if (event.key !== "F6" || event.defaultPrevented || over) return;
      focusRegion(REGIONS, event.shiftKey ? -1 : 1);
      event.preventDefault();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, []);
}

/** Keys that act on the canvas: into containers and out of them, and through all nodes. */
export function canvasKeys(folding: Folding, event: KeyPress, reveal: (id: string) => void): void {
  const target = event.target as HTMLElement;
  // A panel and a long note are scrolled by them.
  if (target.closest(".inspector, .note-body") !== null) return;
  if (!insideKeys(folding, event)) {
    if (!WALKS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = walked(folding.shown.flow, event.key);
    if (next === undefined) return;
    reveal(next);
    focusNode(next);
  }
  event.preventDefault();
}
