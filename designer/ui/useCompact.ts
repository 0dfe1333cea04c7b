import { useSyncExternalStore } from "react";

/** A small window, or a larger one at 200 % zoom; the style sheets ask for the same. */
const COMPACT = matchMedia("(max-width: 900px), (max-height: 620px)");

function watch(changed: () => void): () => void {
  COMPACT.addEventListener("change", changed);
  return () => COMPACT.removeEventListener("change", changed);
}

/** Whether there is so little room that panels lie over the canvas, and open when they are asked for. */
export function useCompact(): boolean {
  return useSyncExternalStore(watch, () => COMPACT.matches);
}
