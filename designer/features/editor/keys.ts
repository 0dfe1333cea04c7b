import { useEffect } from "react";
import { focusNode, focusRegion, WALKS, walked } from "@/canvas/going";
import { addNextTo } from "./actions";
import type { EditorSession } from "./session";

/** The regions of the editor that F6 goes through, in the order in which they stand. */
const REGIONS = [
  ...[".topbar", ".tour", ".palette", ".canvas", ".pane-input", ".pane-parameters", ".pane-output"],
  ...[".side-panel", ".runbar"],
];

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
        nextRegion(event.shiftKey ? -1 : 1);
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

/** The next part of the editor. The head of the inspector belongs to no pane: from there one goes on as from the canvas before it. */
function nextRegion(step: 1 | -1): void {
  const head = document.activeElement?.closest(".inspector-head, .inspector:focus") != null;
  focusRegion(REGIONS, step, { from: head ? ".canvas" : undefined, first: FIRST_FIELD });
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

/** Page Down and Page Up go through all nodes as one reads them, also those that are out of view. */
export function walk(session: EditorSession, key: string): boolean {
  if (!WALKS.has(key)) return false;
  const next = walked(session.shown.flow, key, session.anchor()?.id);
  if (next === undefined) return true;
  session.select([next]);
  session.reveal(next);
  focusNode(next);
  return true;
}

/** Shows the outline and its search. */
export function findInFlow(session: EditorSession): void {
  session.view.setState({ left: "outline", leftOpen: true });
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="outline-search"]')?.focus());
}
