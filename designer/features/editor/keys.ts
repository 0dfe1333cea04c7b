import { useEffect } from "react";
import { absolutePosition } from "@/core/layout/geometry";
import { addNextTo } from "./actions";
import type { EditorSession } from "./session";

/** The regions of the editor that F6 goes through, in the order in which they stand. */
const REGIONS = [
  ...[".topbar", ".tour", ".palette", ".canvas", ".pane-input", ".pane-parameters", ".pane-output"],
  ...[".side-panel", ".runbar"],
];
const FOCUSABLE =
  'button:not(:disabled), input, select, textarea, a[href], [contenteditable="true"], [tabindex="0"]';

/** The first parameter of a node: what one comes to its inspector for. */
export const FIRST_FIELD =
  ".pane-parameters .pane-body :is(input, textarea, select, button, .cm-content, [tabindex='0']):not(:disabled, .mode, .node-credential *)";

/** What a form marks as where most begin; else its first parameter. */
const BEGIN = "[data-first]:not(:disabled)";

/**
 * Goes into an inspector: at once to its first parameter, and on to what its form marks as the
 * beginning when that comes with the data, unless somebody went on or typed meanwhile.
 */
export function focusFirst(frame: HTMLElement, tries = 16): () => void {
  let mine: HTMLElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    for (const event of ["keydown", "pointerdown"]) frame.removeEventListener(event, stop, true);
  };
  const step = (left: number) => {
    if (mine?.isConnected && document.activeElement !== mine) return stop();
    const best = frame.querySelector<HTMLElement>(BEGIN);
    const kept = mine?.isConnected ? mine : undefined;
    mine = best ?? kept ?? frame.querySelector<HTMLElement>(FIRST_FIELD) ?? frame;
    mine.focus({ preventScroll: true });
    // Where the panes follow each other in one scroll it may lie below.
    mine.scrollIntoView({ block: "nearest" });
    if (best !== null || left === 0) return stop();
    timer = setTimeout(() => step(left - 1), 50);
  };
  for (const event of ["keydown", "pointerdown"]) frame.addEventListener(event, stop, true);
  step(tries);
  return stop;
}

/** Keys that work anywhere in the editor; text fields keep their own undo. */
export function useEditorKeys(session: EditorSession): void {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const target = event.target as HTMLElement | null;
      const dialog = target?.closest?.("[role=dialog], [role=menu]");
      if (event.key === "F6" && !dialog) {
        focusRegion(event.shiftKey ? -1 : 1);
        event.preventDefault();
        return;
      }
      if (!(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key === "enter" && event.shiftKey && !dialog) {
        const from = session.view.getState().open ?? session.anchor()?.id;
        if (from === undefined) return;
        event.preventDefault();
        addNextTo(session, from);
        return;
      }
      if (key === "s") {
        event.preventDefault();
        void session.saver.flush();
        return;
      }
      if (dialog || target?.closest?.("input, textarea, select, [contenteditable=true]")) return;
      if (key === "z") session[event.shiftKey ? "redo" : "undo"]();
      else if (key === "y") session.redo();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, [session]);
}

function focusRegion(step: 1 | -1): void {
  const regions = REGIONS.flatMap((r) => document.querySelector<HTMLElement>(r) ?? []);
  regions.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  // The head of the inspector belongs to no pane: from there one goes on as from the canvas before it.
  const here = document.activeElement?.closest(".inspector-head, .inspector:focus") ? ".canvas" : undefined;
  const at = regions.findIndex((r) => r.contains(document.activeElement) || (here && r.matches(here)));
  const next = regions[at < 0 ? 0 : (at + step + regions.length) % regions.length];
  if (next === undefined) return;
  // The canvas and the panels take the focus themselves; of the parameters the first one does, and of
  // what stands beside the canvas its search.
  const into = next.hasAttribute("tabindex")
    ? next
    : (next.querySelector<HTMLElement>(FIRST_FIELD) ??
      next.querySelector<HTMLElement>("input[type=search]") ??
      next.querySelector<HTMLElement>(FOCUSABLE));
  into?.focus({ preventScroll: true });
  into?.scrollIntoView({ block: "nearest" });
}

/** Focuses what a change brings, once it is there. */
export function focusSoon(find: () => HTMLElement | null | undefined, tries = 80): void {
  const found = find();
  if (found) {
    found.scrollIntoView({ block: "nearest" });
    found.focus();
    if (found instanceof HTMLTextAreaElement) found.select();
  } else if (tries > 0) setTimeout(() => focusSoon(find, tries - 1), 25);
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

/** Page Down and Page Up go through all nodes as one reads them, also those that are out of view. */
export function walk(session: EditorSession, key: string): boolean {
  if (!["PageDown", "PageUp", "Home", "End"].includes(key)) return false;
  const shown = session.shown.flow;
  const places = shown.nodes.map((n) => ({ id: n.id, at: absolutePosition(shown, n) }));
  places.sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]);
  // Escape lets go of a card, and one stands on it all the same.
  const here = document.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  const from = places.findIndex((p) => p.id === (session.anchor()?.id ?? here));
  const last = places.length - 1;
  const to = { PageDown: Math.min(from + 1, last), PageUp: Math.max(from - 1, 0), Home: 0, End: last }[key];
  const next = places[to ?? 0];
  if (next === undefined) return true;
  session.select([next.id]);
  session.reveal(next.id);
  focusNode(next.id);
  return true;
}

/** Shows the outline and its search. */
export function findInFlow(session: EditorSession): void {
  session.view.setState({ left: "outline", leftOpen: true });
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="outline-search"]')?.focus());
}
