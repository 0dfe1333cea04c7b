import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder as placeholderText } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { templateParts } from "@/core/flow/references";
import { pageNonce } from "@/ui/nonce";
import { expressionLanguage, highlight, scriptLanguage, templateLanguage } from "./language";
import { closedAt, innerExpression } from "./modes";

const LANGUAGES: Record<string, Extension> = {
  template: templateLanguage,
  expression: expressionLanguage,
  json: json(),
  script: scriptLanguage,
};

interface CodeFieldProps {
  value: string;
  onChange: (value: string) => void;
  language: "template" | "expression" | "json" | "script";
  label: string;
  id?: string;
  placeholder?: string;
  invalid?: boolean;
  readOnly?: boolean;
  autoFocus?: boolean;
  /** Where the cursor stands at first; without it, at the end where the field takes the focus. */
  caret?: number | undefined;
  /** Called on Ctrl/Cmd-Enter. */
  onDone?: () => void;
  onFocusChange?: (focused: boolean) => void;
  describedBy?: string;
  /** What the editor can besides; it may come later. */
  extra?: Extension;
}

const theme = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontVariantLigatures: "none",
    lineHeight: "18px",
    maxHeight: "240px",
    overflow: "auto",
  },
  ".cm-content": { padding: "6px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 10px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-placeholder": { color: "var(--ink3)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
});

/** A code editor of a few lines, styled through the page's nonce. Tab leaves it, as in any field. */
export function CodeField(props: CodeFieldProps) {
  const { value, language, label, invalid = false, readOnly = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  const attributes = useRef(new Compartment()).current;
  const extra = useRef(new Compartment()).current;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once a language; other props reach it below
  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    const editor = new EditorView({
      parent,
      state: EditorState.create({ doc: value, extensions: extensionsOf(latest, attributes, extra) }),
    });
    view.current = editor;
    if (latest.current.autoFocus) {
      const end = editor.state.doc.length;
      editor.dispatch({ selection: { anchor: Math.min(latest.current.caret ?? end, end) } });
      editor.focus();
    }
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [language, readOnly]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are the props that the attributes are made from
  useEffect(() => {
    view.current?.dispatch({ effects: attributes.reconfigure(contentAttributes(latest.current)) });
  }, [label, invalid, attributes]);
  useEffect(() => {
    view.current?.dispatch({ effects: extra.reconfigure(props.extra ?? []) });
  }, [props.extra, extra]);
  return (
    <div ref={host} className="code-field" data-invalid={invalid || undefined} data-language={language} />
  );
}

/** The second { of a template brings its }}, and those that are typed all the same go over them. */
const closingBraces = EditorView.inputHandler.of((view, from, to, text) => {
  const doc = view.state.doc.toString();
  if (text === "{" && from === to) {
    const typed = `${doc.slice(0, from)}{${doc.slice(to)}`;
    const closed = closedAt(typed, from + 1);
    // Within an expression two braces open a map inside of a map.
    if (closed === typed || inTemplate(doc, from)) return false;
    view.dispatch({
      changes: { from, insert: "{}}" },
      selection: { anchor: from + 1 },
      userEvent: "input.type",
    });
    return true;
  }
  if (text === "}" && from === to && doc[from] === "}" && endsTemplate(doc, from)) {
    view.dispatch({ selection: { anchor: from + 1 }, userEvent: "input.type" });
    return true;
  }
  return false;
});

/** Whether a place lies behind the {{ of a template, closed or not. */
function inTemplate(doc: string, at: number): boolean {
  let start = 0;
  for (const part of templateParts(doc)) {
    const end = start + part.text.length;
    const open = part.code ? 0 : part.text.indexOf("{{");
    if (open >= 0 && at >= start + open + 2 && (at < end || !part.code)) return true;
    start = end;
  }
  return false;
}

/** Whether one of the two braces that end a template stands at a place. */
function endsTemplate(doc: string, at: number): boolean {
  let end = 0;
  for (const part of templateParts(doc)) {
    end += part.text.length;
    if (part.code && (at === end - 2 || at === end - 1)) return true;
  }
  return false;
}

/** A field that is an expression already takes what is pasted into it without the braces around. */
const pastedBraces = EditorView.clipboardInputFilter.of((text) => innerExpression(text) ?? text);

/** Takes the key, which would insert a line; the panel around sees it all the same. */
function finish(props: CodeFieldProps): boolean {
  props.onDone?.();
  return true;
}

function contentAttributes(props: CodeFieldProps): Extension {
  return EditorView.contentAttributes.of({
    "aria-label": props.label,
    // Editable content takes the focus by itself; axe looks for the attribute.
    tabindex: "0",
    "aria-invalid": String(props.invalid ?? false),
    ...(props.id ? { id: props.id } : {}),
    ...(props.describedBy ? { "aria-describedby": props.describedBy } : {}),
  });
}

function extensionsOf(
  latest: { current: CodeFieldProps },
  attributes: Compartment,
  extra: Compartment,
): Extension[] {
  const props = latest.current;
  const nonce = pageNonce();
  return [
    ...(nonce === "" ? [] : [EditorView.cspNonce.of(nonce)]),
    history(),
    keymap.of([{ key: "Mod-Enter", run: () => finish(latest.current) }, ...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    bracketMatching(),
    LANGUAGES[props.language] ?? [],
    syntaxHighlighting(highlight),
    theme,
    attributes.of(contentAttributes(props)),
    extra.of(props.extra ?? []),
    EditorState.readOnly.of(props.readOnly ?? false),
    EditorView.editable.of(!(props.readOnly ?? false)),
    ...(props.placeholder ? [placeholderText(props.placeholder)] : []),
    ...(props.language === "template" ? [closingBraces] : []),
    ...(props.language === "expression" ? [pastedBraces] : []),
    EditorView.focusChangeEffect.of((_, focused) => {
      latest.current.onFocusChange?.(focused);
      return null;
    }),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const text = update.state.doc.toString();
      if (text !== latest.current.value) latest.current.onChange(text);
    }),
  ];
}
