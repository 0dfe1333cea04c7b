import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import { linter } from "@codemirror/lint";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, ViewPlugin } from "@codemirror/view";
import { type Choice, choicesAt, fieldMeant, type Look } from "@/core/expr/complete";
import { looksForgotten } from "@/core/expr/forgotten";
import { type ExprScope, inLoop } from "@/core/expr/scope";
import { templateParts } from "@/core/flow/references";
import { insideBraces, OFFERED } from "./modes";

/** What completion and linter ask of the form around; read anew each time. */
export interface Reach {
  /** A text with templates in it, or the inside of one. */
  language: "template" | "expression";
  scope: () => ExprScope | undefined;
  look: Look;
}

/** Names while an expression is typed, and a squiggle under what can't be right. */
export function expressionAssist(reach: Reach): Extension {
  return [
    autocompletion({
      override: [(context) => complete(reach, context)],
      icons: false,
      activateOnTypingDelay: 60,
    }),
    // Tab takes what is chosen while the list is open, and otherwise leaves the field.
    Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
    offering,
    linter((view) => faults(reach, view.state.doc.toString()), { delay: 400 }),
    theme,
  ];
}

/** Names are offered at once between braces that were put in for whoever wants an expression. */
const offering = ViewPlugin.define((view) => {
  const soon = setTimeout(() => {
    if (view.hasFocus && view.state.doc.toString() === OFFERED) startCompletion(view);
  });
  return { destroy: () => clearTimeout(soon) };
});

/** The expression around a place: all of a bare field, or the template that the place lies in. */
export function expressionAround(
  text: string,
  at: number,
  language: Reach["language"],
): { code: string; start: number } | undefined {
  if (language === "expression") return insideBraces(text);
  let start = 0;
  for (const part of templateParts(text)) {
    const end = start + part.text.length;
    if (part.code && at >= start + 2 && at <= end - 2)
      return { code: part.text.slice(2, -2), start: start + 2 };
    // A template that is being typed is not closed yet.
    const open = part.code ? -1 : part.text.indexOf("{{");
    if (open >= 0 && at >= start + open + 2 && at <= end)
      return { code: part.text.slice(open + 2), start: start + open + 2 };
    start = end;
  }
  return undefined;
}

/** A text in which a misspelt field is written as the one that was meant, if one was. */
export async function correctedField(
  text: string,
  missing: string,
  scope: ExprScope,
  look: Look,
): Promise<{ name: string; text: string } | undefined> {
  let at = 0;
  for (const part of templateParts(text)) {
    const start = at;
    at += part.text.length;
    const found = part.code ? await fieldMeant(part.text.slice(2, -2), missing, scope, look) : undefined;
    if (found !== undefined)
      return { name: found.name, text: `${text.slice(0, start + 2)}${found.code}${text.slice(at - 2)}` };
  }
  return undefined;
}

async function complete(reach: Reach, context: CompletionContext): Promise<CompletionResult | null> {
  const scope = reach.scope();
  const around = expressionAround(context.state.doc.toString(), context.pos, reach.language);
  if (scope === undefined || around === undefined) return null;
  if (!context.explicit && context.matchBefore(/(?:\w|\.\??)$/) === null) return null;
  const found = await choicesAt(around.code, context.pos - around.start, scope, reach.look);
  if (found === undefined || found.all.length === 0) return null;
  return {
    from: around.start + found.from,
    // The order given is the order of nearness; among equal matches the library would sort by name.
    options: found.all.map((choice, i) => optionOf(choice, around.start + found.dot, 99 - i)),
    validFor: /^\w*$/,
  };
}

function optionOf(choice: Choice, dot: number, nearness: number): Completion {
  return {
    label: choice.label,
    type: choice.kind,
    boost: choice.kind === "function" ? -50 : Math.max(-49, nearness),
    ...(choice.detail === undefined ? {} : { detail: choice.detail }),
    ...(choice.doc === undefined ? {} : { info: choice.doc }),
    apply(view, completion, from, to) {
      const called = choice.kind === "function" && view.state.sliceDoc(to, to + 1) === "(";
      const insert = called ? choice.label : (choice.insert ?? choice.label);
      const start = choice.overDot ? dot : from;
      const back = called ? 0 : (choice.back ?? 0);
      view.dispatch({
        changes: { from: start, to, insert },
        selection: { anchor: start + insert.length - back },
        annotations: pickedCompletion.of(completion),
        userEvent: "input.complete",
        scrollIntoView: true,
      });
    },
  };
}

/** The parser comes when the first expression is looked at: nothing else needs it. */
async function faults(reach: Reach, text: string) {
  if (text.trim() === "") return [];
  const scope = reach.scope();
  if (reach.language === "template" && looksForgotten(text, scope !== undefined && inLoop(scope))) {
    const message = `This is taken as text, and not computed: write {{ ${text.trim()} }}`;
    return [{ from: 0, to: text.length, message, severity: "warning" as const }];
  }
  const { faultsOfExpression, faultsOfTemplate } = await import("@/core/expr/check");
  const found =
    reach.language === "template" ? faultsOfTemplate(text, reach.scope()) : inner(text, faultsOfExpression);
  return found.map((f) => ({ ...f, severity: "error" as const }));

  function inner(typed: string, check: typeof faultsOfExpression) {
    const { code, start } = insideBraces(typed);
    if (code.trim() === "") return [];
    return check(code, reach.scope()).map((f) => ({ ...f, from: f.from + start, to: f.to + start }));
  }
}

const theme = EditorView.theme({
  ".cm-tooltip": {
    zIndex: "60",
    border: "1px solid var(--line2)",
    borderRadius: "var(--r-md)",
    backgroundColor: "var(--raise)",
    boxShadow: "var(--shadow2)",
    color: "var(--ink)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    padding: "4px",
    maxWidth: "380px",
    minWidth: "220px",
    maxHeight: "220px",
    fontFamily: "var(--mono)",
    fontSize: "12px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "10px",
    padding: "2px 8px",
    borderRadius: "4px",
    lineHeight: "20px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--ink)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": {
    flex: "1",
    overflow: "hidden",
    marginLeft: "auto",
    color: "var(--ink2)",
    fontStyle: "normal",
    textAlign: "right",
    textOverflow: "ellipsis",
  },
  ".cm-tooltip.cm-completionInfo": {
    padding: "6px 10px",
    maxWidth: "240px",
    fontFamily: "var(--font)",
    fontSize: "12px",
    lineHeight: "17px",
  },
  ".cm-tooltip-lint": { padding: "2px" },
  ".cm-diagnostic": {
    padding: "4px 8px",
    borderLeft: "0",
    fontFamily: "var(--font)",
    fontSize: "12px",
  },
  // The library draws its squiggle with a data: image, which the page's policy forbids.
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--fail)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--wait)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--fail)" },
});
