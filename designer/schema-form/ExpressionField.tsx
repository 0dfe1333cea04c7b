import { useEffect, useId, useRef, useState } from "react";
import type { Preview, Problem } from "@/api/types";
import type { Json } from "@/core/flow/document";
import { CodeField } from "./CodeField";
import { innerExpression, isTemplate, templateOf, withoutBraces } from "./modes";
import { useFormScope } from "./scope";

interface ExpressionFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** The field takes one expression alone: its braces are given and only the inside is written. */
  only?: boolean;
  id?: string;
  autoFocus?: boolean;
}

/** A text with expressions, its value over real data beneath. */
export function ExpressionField({
  label,
  value,
  onChange,
  only = false,
  id,
  autoFocus,
}: ExpressionFieldProps) {
  const scope = useFormScope();
  // Fixed while the field is open: typing braces must not swap the editor under the cursor.
  const [bare] = useState(() => only && (innerExpression(value) !== undefined || !isTemplate(value)));
  const written = useInner(value, onChange);
  const preview = usePreview(value);
  const failed = preview !== undefined && !preview.ok && !preview.pending;
  const below = useId();
  const shared = {
    label,
    invalid: failed,
    readOnly: scope.readOnly,
    describedBy: below,
    ...(id ? { id } : {}),
    ...(autoFocus ? { autoFocus } : {}),
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
      <PreviewLine id={below} preview={preview} template={value} />
    </div>
  );
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
  return { text, write };
}

const DEBOUNCE_MS = 250;

/** The value of a template by the server's own engine; the last answer stays until the next one. */
function usePreview(template: string): Preview | undefined {
  const scope = useFormScope();
  const [preview, setPreview] = useState<Preview>();
  const ask = useRef(scope.preview);
  ask.current = scope.preview;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new data behind the same template asks anew
  useEffect(() => {
    if (!isTemplate(template)) {
      setPreview(undefined);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask.current(template, abort.signal).then(
        (answer) => !abort.signal.aborted && setPreview(answer),
        // A preview that can't be had is not an error of what was typed.
        () => !abort.signal.aborted && setPreview({ ok: false, pending: true }),
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [template, scope.dataMark]);
  return preview;
}

interface PreviewLineProps {
  id: string;
  preview: Preview | undefined;
  template: string;
}

function PreviewLine({ id, preview, template }: PreviewLineProps) {
  if (preview === undefined) return <span id={id} />;
  if (preview.ok) {
    return (
      <output id={id} className="preview" data-testid="preview">
        {shownValue(preview.value)}
        {preview.truncated && " …"}
      </output>
    );
  }
  if (preview.pending) {
    return (
      <span id={id} className="preview preview-pending">
        No data for this yet: run the flow to see its value.
      </span>
    );
  }
  return (
    <div id={id} className="preview preview-error" role="alert">
      {preview.problems.map((p, i) => (
        <PreviewProblem key={i} problem={p} template={template} />
      ))}
    </div>
  );
}

/** The message, with a caret under the place in what was typed. */
function PreviewProblem({ problem, template }: { problem: Problem; template: string }) {
  const line = problem.line ? template.split("\n")[problem.line - 1] : undefined;
  const column = problem.column ?? 0;
  return (
    <>
      <span>{problem.message}</span>
      {line !== undefined && column > 0 && !problem.message.includes("^") && (
        <pre className="caret">{`${line}\n${" ".repeat(Math.min(column - 1, line.length))}^`}</pre>
      )}
    </>
  );
}

function shownValue(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" ? "(empty text)" : text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
