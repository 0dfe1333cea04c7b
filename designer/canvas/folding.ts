import { useMemo, useState } from "react";
import type { Flow } from "@/core/flow/document";
import { PLAIN, type Shown, shownOf, type Viewpoint, viewpointOf } from "@/core/flow/shown";
import { announce } from "@/ui/announce";

/** Which containers a canvas shows open, and which one it shows the inside of. */
export interface Folding {
  shown: Shown;
  /** Collapses a container, or opens it. */
  fold: (id: string, collapsed: boolean) => void;
  /** Brings a node to light, by opening what it lies in, and shows it. */
  lead: (id: string) => void;
}

/** Of a flow that can't be changed containers are opened and collapsed for the eye alone. */
export function useFolding(flow: Flow, start: () => Viewpoint = () => PLAIN) {
  const [view, setView] = useState(start);
  const shown = useMemo(() => shownOf(flow, view), [flow, view]);
  const bring = (id: string): Shown => {
    const next = viewpointOf(flow, view, id);
    if (next !== view) setView(next);
    return shownOf(flow, next);
  };
  const fold = (id: string, collapsed: boolean) => {
    setView((v) => ({ ...v, folds: new Map([...v.folds, [id, collapsed]]) }));
    focusFold(id);
    tellFold(flow, id, collapsed);
  };
  return { shown, view, setView, bring, fold };
}

/** A container that is drawn otherwise has another button: it takes the focus that the old one had. */
export function focusFold(id: string): void {
  const refocus = () => {
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>(`[data-fold="${id}"]`)?.focus({ preventScroll: true });
  };
  requestAnimationFrame(() => requestAnimationFrame(refocus));
}

export function tellFold(flow: Flow, id: string, collapsed: boolean): void {
  const name = flow.nodes.find((n) => n.id === id)?.name ?? id;
  announce(collapsed ? `${name} is collapsed.` : `${name} is open.`);
}
