import { EditorView } from "@codemirror/view";
import { type RefObject, useCallback, useRef } from "react";
import { innerExpression } from "@/schema-form/modes";
import { announce } from "@/ui/announce";
import { toast } from "@/ui/Toasts";
import { FIRST_FIELD } from "../keys";

const FIELD = ".cm-content, textarea, input:not([type=checkbox], [type=radio], [type=file])";

/**
 * Puts an expression where it is wanted: into the parameter that was worked in last, or else the
 * first. A fixed field that takes braces becomes an expression by itself, as when they are typed.
 */
export function useTake(panel: RefObject<HTMLElement | null>) {
  const last = useRef<HTMLElement | undefined>(undefined);
  const remember = useCallback((target: EventTarget) => {
    if ((target as HTMLElement).matches(FIELD)) last.current = target as HTMLElement;
  }, []);
  const take = useCallback(
    (template: string) => {
      const first = panel.current?.querySelector<HTMLElement>(FIRST_FIELD);
      const field = last.current?.isConnected ? last.current : (first ?? undefined);
      if (field === undefined || !field.matches(FIELD)) {
        toast("info", "Click into a parameter first: what is taken goes there.");
        return;
      }
      insert(field, template);
      announce(`Inserted ${template}`);
    },
    [panel],
  );
  return { take, remember };
}

function insert(field: HTMLElement, template: string): void {
  const view = EditorView.findFromDOM(field);
  if (view !== null && field.matches(".cm-content")) {
    // In an expression already, the braces around are there.
    const text = field.closest("[data-language=expression]")
      ? (innerExpression(template) ?? template)
      : template;
    view.focus();
    view.dispatch(view.state.replaceSelection(text), { userEvent: "input.paste", scrollIntoView: true });
    return;
  }
  field.focus();
  // Unlike a new value, what is inserted can be undone and is heard by the form.
  document.execCommand("insertText", false, template);
}
