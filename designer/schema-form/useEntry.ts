import { useEffect, useRef, useState } from "react";
import { closedAt } from "./modes";

/** How the focus goes into a control that takes another's place. */
export interface Entry {
  /** The next control takes the focus, its cursor at the end. */
  enter: () => void;
  /** A text that has just become an expression under the cursor: closed behind it, where one goes on typing. */
  typed: (text: string) => string;
  /** For the expression editor. */
  into: { autoFocus?: boolean; caret?: number | undefined };
}

/** Whoever types `{{`, or presses the word beside a field, goes on in the control that comes instead. */
export function useEntry(id: string): Entry {
  const [at, setAt] = useState<{ caret: number | undefined }>();
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    // The expression editor focuses itself; other controls are found by their id.
    const control = document.getElementById(id);
    if (control !== null && !control.closest(".cm-editor")) control.focus();
  });
  const into = at === undefined ? {} : { autoFocus: true, caret: at.caret };
  return {
    enter() {
      wanted.current = true;
      setAt({ caret: undefined });
    },
    typed(text) {
      const caret = caretOf(document.activeElement) ?? text.length;
      setAt({ caret });
      return closedAt(text, caret);
    },
    into,
  };
}

function caretOf(element: Element | null): number | undefined {
  const text = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  return text ? (element.selectionStart ?? undefined) : undefined;
}
