import { useCallback, useEffect, useRef } from "react";

const ROWS = "tr, li";
const FOCUSABLE = `a[href], button:not(:disabled), input:not(:disabled, [type="checkbox"]), select:not(:disabled),
  textarea, [contenteditable="true"], [tabindex="0"]`;

/** Where an element stands within its page: what is around it, and beside its row what follows and precedes that. */
export function placeOf(element: Element): Element[] {
  const place: Element[] = [];
  for (let at: Element | null = element; at !== null && !at.matches("main, body"); at = at.parentElement) {
    place.push(at);
    if (!at.matches(ROWS)) continue;
    for (const beside of [at.nextElementSibling, at.previousElementSibling]) if (beside) place.push(beside);
  }
  return place;
}

/** What takes the focus of an element that is gone: the first control of the nearest that is left of its place. */
export function heirOf(place: readonly Element[]): HTMLElement | undefined {
  for (const around of place) {
    if (!around.isConnected) continue;
    const all = [...around.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const heir = all.find((control) => control.checkVisibility());
    if (heir !== undefined) return heir;
  }
  return undefined;
}

/**
 * Where what a control does takes the control itself away, what stands there then takes its focus.
 * The answer is the `ref` of the frame around; `shows` tells that another thing is shown in it.
 */
export function useHeir(shows: unknown): (frame: HTMLElement | null) => (() => void) | undefined {
  const last = useRef<{ control: Element; place: Element[] }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at when something else is shown
  useEffect(() => {
    if (last.current?.control.isConnected !== false || document.activeElement !== document.body) return;
    heirOf(last.current.place)?.focus({ preventScroll: true });
  }, [shows]);
  return useCallback((frame) => {
    const note = ({ target }: FocusEvent) => {
      if (target instanceof Element) last.current = { control: target, place: placeOf(target) };
    };
    frame?.addEventListener("focusin", note);
    return () => frame?.removeEventListener("focusin", note);
  }, []);
}
