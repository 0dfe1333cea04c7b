import { useMemo, useState } from "react";
import { type Flow, isContainer, nodeById } from "@/core/flow/document";
import { containersAround, PLAIN, type Shown, shownOf, type Viewpoint, viewpointOf } from "@/core/flow/shown";
import { announce } from "@/ui/announce";
import { focusNode } from "./going";

/** Which containers a canvas shows open, and which one it shows the inside of. */
export interface Folding {
  shown: Shown;
  /** Collapses a container, or opens it. */
  fold: (id: string, collapsed: boolean) => void;
  /** Goes into a container, so that its inside alone is seen; with undefined, back to the whole flow. */
  enter: (id: string | undefined) => void;
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
  const enter = (id: string | undefined) => {
    setView((v) => ({ ...v, inside: id }));
    followInto(flow, view.inside, id);
  };
  return { shown, view, bring, fold, enter };
}

/** A container that is drawn otherwise has another button: it takes the focus that the old one had. */
export function focusFold(id: string): void {
  const refocus = () => {
    // With the button goes its card, in whose place the canvas stands in.
    if (document.activeElement?.matches("body, [data-testid=canvas]"))
      document.querySelector<HTMLElement>(`[data-fold="${id}"]`)?.focus({ preventScroll: true });
  };
  requestAnimationFrame(() => requestAnimationFrame(refocus));
}

/** After going into a container, or out of it: the focus, and what is said. */
export function followInto(flow: Flow, from: string | undefined, to: string | undefined): void {
  const name = (id: string) => nodeById(flow, id)?.name ?? id;
  if (to === undefined) announce("Back in the whole flow.");
  else announce(`Inside ${name(to)}. Escape goes back.`);
  // Coming out, one stands where one went in.
  const out = from !== undefined && (to === undefined || !containersAround(flow, to).includes(from));
  if (out) focusNode(from);
  else document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus({ preventScroll: true });
}

/** The keys that go into the container that has the focus, and out of the one that is seen into. */
export function insideKeys(
  folding: Folding,
  event: { key: string; shiftKey: boolean; target: EventTarget },
): boolean {
  const { flow, inside } = folding.shown;
  const card = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node");
  const node = nodeById(flow, card?.dataset.id ?? "");
  if (event.key === "Enter" && event.shiftKey && node !== undefined && isContainer(node.type))
    folding.enter(node.id);
  else if (event.key === "Escape" && inside !== undefined) folding.enter(inside.parent);
  else return false;
  return true;
}

export function tellFold(flow: Flow, id: string, collapsed: boolean): void {
  const name = nodeById(flow, id)?.name ?? id;
  announce(collapsed ? `${name} is collapsed.` : `${name} is open.`);
}
