import type { Extension } from "@codemirror/state";
import { Wand } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Preview, Problem } from "@/api/types";
import { kindOf } from "@/core/expr/fields";
import { likelyTransform, type Transform, transformsOf } from "@/core/expr/transform";
import type { Json } from "@/core/flow/document";
import { Menu } from "@/ui/Menu";
import { CodeField } from "./CodeField";
import { ProblemList, useFieldProblems } from "./FieldProblems";
import { hasBlank, innerExpression, isBegun, isTemplate, OFFERED, templateOf, withoutBraces } from "./modes";
import { useFormScope } from "./scope";

interface ExpressionFieldProps {
  label: string;
  /** The field's place inside the parameters. */
  pointer: string;
  value: string;
  onChange: (value: string) => void;
  /** The field takes one expression alone: its braces are given and only the inside is written. */
  only?: boolean;
  id?: string;
  autoFocus?: boolean;
  /** Where the cursor stands at first. */
  caret?: number | undefined;
  /** An empty field is given braces to write between. */
  offer?: boolean;
}

/** A text with expressions, its value over real data beneath. */
export function ExpressionField({
  label,
  pointer,
  value: given,
  onChange: give,
  only = false,
  id,
  autoFocus,
  caret,
  offer = false,
}: ExpressionFieldProps) {
  const scope = useFormScope();
  // Braces with nothing between them are no value yet: they are here alone, and go where the field is left so.
  const [begun, setBegun] = useState(offer ? OFFERED : "");
  const value = given === "" ? begun : given;
  const onChange = (text: string) => {
    const blank = isBegun(text);
    setBegun(blank ? text : "");
    if (!blank || given !== "") give(blank ? "" : text);
  };
  // Fixed while the field is open: typing braces must not swap the editor under the cursor.
  const [bare] = useState(() => only && (innerExpression(value) !== undefined || !isTemplate(value)));
  const written = useInner(value, onChange);
  const [focused, setFocused] = useState(false);
  const preview = usePreview(value, focused);
  const failed = preview !== undefined && !preview.ok && !preview.pending;
  const below = useId();
  const extra = useAssist(pointer, bare ? "expression" : "template");
  const shared = {
    label,
    invalid: failed,
    readOnly: scope.readOnly,
    describedBy: below,
    ...(extra ? { extra } : {}),
    ...(id ? { id } : {}),
    ...(autoFocus ? { autoFocus, caret } : {}),
    onFocusChange: (now: boolean) => {
      setFocused(now);
      if (now) return;
      written.tidy();
      setBegun("");
    },
  };
  return (
    <div className="expression">
      {bare ? (
        <div className="expression-bare">
          <span className="expression-brace" aria-hidden>
            {"{{"}
          </span>
          <CodeField
            {...shared}
            language="expression"
            value={written.text}
            placeholder="an expression"
            onChange={written.write}
          />
          <span className="expression-brace" aria-hidden>
            {"}}"}
          </span>
        </div>
      ) : (
        <CodeField
          {...shared}
          language="template"
          value={value}
          placeholder="text, with {{ expressions }}"
          onChange={onChange}
        />
      )}
      <Below
        id={below}
        label={label}
        preview={preview}
        pointer={pointer}
        blank={focused && (value.trim() === "" || hasBlank(value))}
        text={value}
        onChange={onChange}
      />
    </div>
  );
}

interface ExpressionValueProps {
  pointer: string;
  value: string;
  onChange: (value: string | undefined) => void;
}

/** The value of a template that is written elsewhere than in an expression's editor, and what is wrong with it. */
export function ExpressionValue({ pointer, value, onChange }: ExpressionValueProps) {
  const preview = usePreview(value, false);
  return (
    <Below id={useId()} preview={preview} pointer={pointer} blank={false} text={value} onChange={onChange} />
  );
}

/** Completion and linter. They come once an expression is shown, and read the form around as it is by then. */
function useAssist(pointer: string, language: "template" | "expression"): Extension | undefined {
  const scope = useFormScope();
  const latest = useRef({ scope, pointer });
  latest.current = { scope, pointer };
  const [extra, setExtra] = useState<Extension>();
  useEffect(() => {
    let gone = false;
    void import("./assist").then(({ expressionAssist }) => {
      if (gone) return;
      const look = (expression: string) => latest.current.scope.look(expression);
      const names = () => latest.current.scope.names(latest.current.pointer);
      setExtra(expressionAssist({ language, scope: names, look }));
    });
    return () => {
      gone = true;
    };
  }, [language]);
  return extra;
}

/** The inside of a template as it is being typed: spaces and braces stay until the field is left. */
function useInner(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(innerExpression(value) ?? value);
  const emitted = useRef(value);
  useEffect(() => {
    if (value === emitted.current) return;
    emitted.current = value;
    setText(innerExpression(value) ?? value);
  }, [value]);
  const write = (next: string) => {
    setText(next);
    const inner = withoutBraces(next);
    emitted.current = inner === "" ? "" : templateOf(inner);
    onChange(emitted.current);
  };
  /** Braces that were typed around the inside go once the field is left. */
  const tidy = () => setText((now) => withoutBraces(now));
  return { text, write, tidy };
}

const DEBOUNCE_MS = 250;
/** What is half-written is wrong most of the time: it is called wrong once the typing has paused. */
const PATIENCE_MS = 900;

/** The value of a template by the server's own engine; the last answer stays until the next one. */
function usePreview(template: string, typing: boolean): Preview | undefined {
  const scope = useFormScope();
  const [preview, setPreview] = useState<Preview>();
  const ask = useRef(scope.preview);
  ask.current = scope.preview;
  const busy = useRef(typing);
  busy.current = typing;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new data behind the same template asks anew
  useEffect(() => {
    // An expression that was only opened has no value, and is no mistake yet.
    if (!isTemplate(template) || isBegun(template) || (busy.current && hasBlank(template))) {
      setPreview(undefined);
      return;
    }
    const abort = new AbortController();
    let late: ReturnType<typeof setTimeout> | undefined;
    const timer = setTimeout(() => {
      ask.current(template, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          const wrong = !answer.ok && !answer.pending;
          if (!wrong || !busy.current) return setPreview(answer);
          // While names are offered the word is not finished.
          const say = () => {
            if (document.querySelector(".cm-tooltip-autocomplete") === null) setPreview(answer);
            else late = setTimeout(say, DEBOUNCE_MS);
          };
          late = setTimeout(say, PATIENCE_MS - DEBOUNCE_MS);
        },
        // A preview that can't be had is not an error of what was typed.
        () => !abort.signal.aborted && setPreview({ ok: false, pending: true }),
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      clearTimeout(late);
      abort.abort();
    };
  }, [template, scope.dataMark]);
  return preview;
}

interface BelowProps {
  id: string;
  /** The field's name; without it its value is not changed from here. */
  label?: string;
  preview: Preview | undefined;
  pointer: string;
  /** It was only begun: what it lacks is about to be typed. */
  blank: boolean;
  text: string;
  onChange: (text: string) => void;
}

/**
 * The value, or else what is wrong. The server says so twice, of what was saved and
 * of what is typed: the latter is newer, and shown alone.
 */
function Below({ id, label, preview, pointer, blank, text, onChange }: BelowProps) {
  const found = useFieldProblems(pointer, true);
  const saved = blank ? [] : found;
  const failed = preview !== undefined && !preview.ok && !preview.pending;
  const typed = failed ? preview.problems : [];
  const beginning = preview?.ok && isCut(preview) ? String(preview.value) : undefined;
  const shown = [...typed, ...saved.filter((p) => !failed || !p.code.startsWith("expr."))];
  return (
    <div id={id} className="expression-below">
      {/* The value's place is kept while it is asked for: what lies below must not move under the pointer. */}
      {preview === undefined && isTemplate(text) && !isBegun(text) && <div className="preview-line" />}
      {preview?.ok && (
        <div className="preview-line">
          <output className="preview" data-testid="preview" dir="auto">
            {beginning ?? shownValue(preview.value)}
            {preview.truncated && " …"}
          </output>
          <TransformMenu text={text} value={standIn(preview)} label={label} onChange={onChange} />
        </div>
      )}
      {preview?.ok && preview.type === "string" && looksLikeObject(text) && (
        <p className="field-hint" data-testid="text-hint">
          This is a text. For an object or a list write one expression: <code>{EXAMPLE}</code>
        </p>
      )}
      {preview !== undefined && !preview.ok && preview.pending && shown.length === 0 && (
        <div className="preview-line">
          <span className="preview preview-pending">
            No data for this yet: run the flow to see its value.
          </span>
        </div>
      )}
      <div role={failed ? "alert" : undefined}>
        <ProblemList problems={shown} />
        <Meant problems={typed} pointer={pointer} text={text} onChange={onChange} />
      </div>
    </div>
  );
}

type Known = Extract<Preview, { ok: true }>;

/** Whether what came is the beginning of a list or object as text, because the whole is too large. */
function isCut({ truncated, type }: Known): boolean {
  return truncated === true && type !== "string";
}

/** A value of the same kind as the whole, where that is too large to come. */
function standIn(preview: Known): Json {
  if (!isCut(preview)) return preview.value;
  return preview.type === "list" ? [] : {};
}

interface TransformMenuProps {
  text: string;
  value: Json;
  label: string | undefined;
  onChange: (text: string) => void;
}

/** What can be made of a value by one click, which writes the expression. */
function TransformMenu({ text, value, label, onChange }: TransformMenuProps) {
  const { readOnly } = useFormScope();
  const code = innerExpression(text);
  const fitting = transformsOf(kindOf(value));
  if (readOnly || label === undefined || code === undefined || fitting.length === 0) return null;
  const apply = (t: Transform) => onChange(templateOf(t.write(code)));
  const likely = likelyTransform(value);
  return (
    <span className="transforms">
      {likely !== undefined && (
        <button
          type="button"
          className="mode transform"
          aria-label={`${likely.label}: ${label}`}
          title={`${likely.label}: writes ${likely.write(code)}`}
          onClick={() => apply(likely)}
        >
          {likely.label}
        </button>
      )}
      <Menu
        trigger={
          <button
            type="button"
            className="mode transform"
            aria-label={`Transform ${label}`}
            title="Transform the value"
          >
            <Wand size={12} aria-hidden />
          </button>
        }
        entries={fitting.map((t) => ({ label: t.label, onSelect: () => apply(t) }))}
      />
    </span>
  );
}

interface MeantProps {
  problems: readonly Problem[];
  pointer: string;
  text: string;
  onChange: (text: string) => void;
}

/** The field that was meant by a misspelt one, on a button that puts it in. */
function Meant({ problems, pointer, text, onChange }: MeantProps) {
  const { names, look, readOnly } = useFormScope();
  const [meant, setMeant] = useState<{ name: string; text: string }>();
  const missing = problems.map((p) => /there is no field (\w+) here/.exec(p.message)?.[1]).find(Boolean);
  useEffect(() => {
    setMeant(undefined);
    const scope = names(pointer);
    if (missing === undefined || scope === undefined) return;
    let gone = false;
    void import("./assist")
      .then(({ correctedField }) => correctedField(text, missing, scope, look))
      .then((found) => !gone && setMeant(found));
    return () => {
      gone = true;
    };
  }, [missing, text, pointer, names, look]);
  if (meant === undefined || readOnly) return null;
  return (
    <p className="field-hint">
      Did you mean{" "}
      <button type="button" className="link" onClick={() => onChange(meant.text)}>
        {meant.name}
      </button>
      ?
    </p>
  );
}

const EXAMPLE = "{{ {'a': 1} }}";

/** Whether a text with templates in it was meant to be JSON. */
function looksLikeObject(text: string): boolean {
  return innerExpression(text) === undefined && /^\s*(?:\{(?!\{)[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text);
}

const LONGEST = 400;
const MOST_LINES = 7;

/** Texts in quotes, so that they are told from what only looks like them; of much only the beginning. */
function shownValue(value: Json): string {
  if (typeof value !== "string") return cut(JSON.stringify(value));
  return `"${cut(value)}"`;
}

function cut(text: string): string {
  const lines = text.slice(0, LONGEST).split("\n");
  const kept = lines.slice(0, MOST_LINES).join("\n");
  return kept.length < text.length ? `${kept}…` : kept;
}
