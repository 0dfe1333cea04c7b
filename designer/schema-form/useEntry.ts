import { useEffect, useRef, useState } from "react";
import { closedAt, OFFERED_CARET } from "./modes";

/** How the focus goes into a control that takes another's place. */
export interface Entry {
  /** The next control takes the focus, its cursor at the end; an expression that has no text yet is given braces. */
  enter: (empty?: boolean) => void;
  /** A text that has just become an expression under the cursor: closed behind it, where one goes on typing. */
  typed: (text: string) => string;
  /** For the expression editor. */
  into: { autoFocus?: boolean; caret?: number | undefined; offer?: boolean };
}

/** Whoever types `{{`, or presses the word beside a field, goes on in the control that comes instead. */
export function useEntry(id: string): Entry {
  const [at, setAt] = useState<{ caret: number | undefined; offer: boolean }>();
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    // The expression editor focuses itself; other controls are found by their id.
    const control = document.getElementById(id);
    if (control !== null && !control.closest(".cm-editor")) control.focus();
  });
  const into = at === undefined ? {} : { autoFocus: true, caret: at.caret, offer: at.offer };
  return {
    enter(empty = false) {
      wanted.current = true;
      setAt({ caret: empty ? OFFERED_CARET : undefined, offer: empty });
    },
    typed(text) {
      const caret = caretOf(document.activeElement) ?? text.length;
      setAt({ caret, offer: false });
      return closedAt(text, caret);
    },
    into,
  };
}

function caretOf(element: Element | null): number | undefined {
  const text = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  return text ? (element.selectionStart ?? undefined) : undefined;
}
