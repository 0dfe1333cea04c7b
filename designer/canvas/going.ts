import type { Flow } from "@/core/flow/document";
import { absolutePosition } from "@/core/layout/geometry";

/** How one goes about a page with a canvas by keys. */

const FOCUSABLE =
  'button:not(:disabled), input, select, textarea, a[href], [contenteditable="true"], [tabindex="0"]';

interface From {
  /** The region that one stands in, where that is not told by what has the focus. */
  from?: string | undefined;
  /** What of a region takes the focus first. */
  first?: string;
}

/** Goes to the next of a page's regions, or the one before, in the order in which they stand. */
export function focusRegion(names: readonly string[], step: 1 | -1, { from, first }: From = {}): void {
  const regions = names.flatMap((r) => document.querySelector<HTMLElement>(r) ?? []);
  regions.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  // A panel may lie in the canvas: the innermost is where one is.
  const at = regions.findLastIndex((r) => (from ? r.matches(from) : r.contains(document.activeElement)));
  const next = regions[at < 0 ? 0 : (at + step + regions.length) % regions.length];
  if (next === undefined) return;
  // The canvas and the panels take the focus themselves; of the parameters the first one does, and of
  // what stands beside the canvas its search.
  const into = next.hasAttribute("tabindex")
    ? next
    : ((first === undefined ? null : next.querySelector<HTMLElement>(first)) ??
      next.querySelector<HTMLElement>("input[type=search]") ??
      next.querySelector<HTMLElement>(FOCUSABLE));
  into?.focus({ preventScroll: true });
  into?.scrollIntoView({ block: "nearest" });
}

/** The keys that go through all nodes. */
export const WALKS: ReadonlySet<string> = new Set(["PageDown", "PageUp", "Home", "End"]);

/** The node that such a key goes to, as one reads them, from the chosen one or the one that has the focus. */
export function walked(shown: Flow, key: string, chosen?: string): string | undefined {
  const places = shown.nodes.map((n) => ({ id: n.id, at: absolutePosition(shown, n) }));
  places.sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]);
  // Escape lets go of a card, and one stands on it all the same.
  const here = document.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  const from = places.findIndex((p) => p.id === (chosen ?? here));
  const last = places.length - 1;
  const to = { PageDown: Math.min(from + 1, last), PageUp: Math.max(from - 1, 0), Home: 0, End: last }[key];
  return places[to ?? 0]?.id;
}

let wanted: symbol | undefined;

/**
 * Gives the focus to a node's card. Until the camera has brought it into view the canvas has it, so
 * that no key is lost; whoever goes elsewhere meanwhile, or to another node, is not called back.
 */
export function focusNode(id: string, frames = 30): void {
  const mine = Symbol(id);
  wanted = mine;
  const find = (left: number) => {
    if (wanted !== mine) return;
    const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`);
    const canvas = document.querySelector<HTMLElement>('[data-testid="canvas"]');
    (card ?? canvas)?.focus({ preventScroll: true });
    if (card !== null || left === 0) return;
    requestAnimationFrame(() => document.activeElement === canvas && find(left - 1));
  };
  find(frames);
}
