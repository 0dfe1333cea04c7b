import { useId, useRef, useState } from "react";
import {
  type Condition,
  needsValue,
  type Operator,
  operatorsOf,
  readCondition,
  writeCondition,
} from "@/core/expr/condition";
import type { DataField } from "@/core/expr/fields";
import { plainly } from "@/ui/Named";
import { ExpressionField, ExpressionValue } from "./ExpressionField";
import { FieldProblems } from "./FieldProblems";
import { innerExpression, templateOf } from "./modes";
import { useFormScope } from "./scope";
import { type FieldSource, fieldAt, useFieldSources } from "./useFieldSources";

interface ConditionFieldProps {
  id: string;
  label: string;
  pointer: string;
  value: string;
  onChange: (value: string | undefined) => void;
  /** The value typed takes the focus when the form is entered. */
  first?: boolean;
  /** One of many: its value is not said, only what is wrong with it. */
  compact?: boolean;
  /** It is written as an expression where one could compare; undefined is what fits what it says. */
  written?: boolean | undefined;
  onWritten: (written: boolean) => void;
}

/**
 * A condition: a field, how it is compared, and with what. What can't be said so, and what
 * somebody rather writes, is an expression.
 */
export function ConditionField(props: ConditionFieldProps) {
  const { value, onChange, pointer, label, id, written, onWritten: setWritten } = props;
  const scope = useFormScope();
  const sources = useFieldSources(pointer);
  const read = readCondition(innerExpression(value) ?? "");
  const comparable = read !== undefined || (value === "" && (sources === undefined || sources.length > 0));
  const asExpression = written ?? !comparable;
  // What was typed so far stays the field's own kind of control, whatever it reads like half-way.
  return (
    <div className="condition">
      {asExpression ? (
        <ExpressionField
          id={id}
          label={label}
          pointer={pointer}
          value={value}
          only
          onChange={(text) => {
            setWritten(true);
            onChange(text === "" ? undefined : text);
          }}
        />
      ) : (
        <Comparison {...props} read={read} sources={sources} />
      )}
      {!scope.readOnly && !props.compact && (read !== undefined || value === "") && (
        <button
          type="button"
          className="link condition-mode"
          aria-label={`${label}: ${asExpression ? "compare a field instead" : "write an expression instead"}`}
          onClick={() => setWritten(!asExpression)}
        >
          {asExpression ? "Compare a field" : "Write an expression"}
        </button>
      )}
    </div>
  );
}

const NOTHING: Partial<Condition> = {};

interface ComparisonProps extends ConditionFieldProps {
  read: Condition | undefined;
  sources: readonly FieldSource[] | undefined;
}

function Comparison({ id, label, pointer, value, onChange, read, sources, first, compact }: ComparisonProps) {
  const { readOnly } = useFormScope();
  const [written, setDraft] = useState<Partial<Condition>>({});
  // What is typed here holds as long as nobody else gave another value: the next key would take that away.
  const emitted = useRef(value);
  const draft = (value || "") === (emitted.current || "") ? written : NOTHING;
  const seen = useId();
  const path = read?.path ?? draft.path ?? likeliest(sources) ?? "";
  const field = fieldAt(sources, path);
  const kind = field?.kind ?? "nothing";
  const known = operatorsOf(kind);
  const op = read?.op ?? draft.op ?? known[0] ?? "is";
  const operators = known.includes(op) ? known : [...known, op];
  const typed = draft.value ?? read?.value ?? "";
  const change = (next: Partial<Condition>) => {
    const all: Condition = { path, op, value: typed, text: isText(kind, read), ...next };
    setDraft(all);
    const expression = writeCondition(all);
    const template = expression === undefined ? undefined : templateOf(expression);
    emitted.current = template ?? "";
    onChange(template);
  };
  return (
    <>
      <div className="condition-row">
        <select
          id={id}
          className="select condition-field"
          aria-label={`${label}: field`}
          value={path}
          disabled={readOnly || sources === undefined}
          onChange={(e) => {
            const chosen = fieldAt(sources, e.target.value);
            const fitting = operatorsOf(chosen?.kind ?? "nothing");
            change({
              path: e.target.value,
              // How it is compared stays where somebody chose it.
              op: (read ?? draft).op !== undefined && fitting.includes(op) ? op : (fitting[0] ?? "is"),
              text: isText(chosen?.kind ?? "nothing", undefined),
            });
          }}
        >
          {field === undefined && <option value={path}>{path || "Choose a field…"}</option>}
          {sources?.map((source) => (
            <optgroup key={source.path} label={plainly(source.name)}>
              {source.fields.map((f) => (
                <option key={f.path} value={f.path}>
                  {labelled(source, f)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        {/* Before there is a field to compare, what is typed would be lost. */}
        <select
          className="select condition-op"
          aria-label={`${label}: how it is compared`}
          value={op}
          disabled={readOnly || path === ""}
          onChange={(e) => change({ op: e.target.value as Operator })}
        >
          {operators.map((o) => (
            <option key={o} value={o}>
              {o}
            </option>
          ))}
        </select>
        {needsValue(op) && path !== "" && (
          <input
            className="input condition-value"
            aria-label={`${label}: value`}
            list={seen}
            dir="auto"
            value={typed}
            readOnly={readOnly}
            spellCheck={false}
            autoComplete="off"
            {...(first ? { "data-first": true } : {})}
            onChange={(e) => change({ value: e.target.value })}
            // What can't be written yet stays to be mended.
            onBlur={() => read !== undefined && setDraft({})}
          />
        )}
        <Seen id={seen} field={field} />
      </div>
      {compact ? (
        <FieldProblems pointer={pointer} deep />
      ) : (
        <ExpressionValue pointer={pointer} value={value} onChange={onChange} />
      )}
    </>
  );
}

/** What is offered first: of a truth nothing would be left to say, so that it would look as if it had been said. */
function likeliest(sources: readonly FieldSource[] | undefined): string | undefined {
  const nearest = sources?.[0]?.fields[0];
  return nearest === undefined || nearest.kind === "truth" ? undefined : nearest.path;
}

function isText(kind: DataField["kind"], read: Condition | undefined): boolean {
  if (kind === "text") return true;
  return kind === "nothing" || kind === "object" ? (read?.text ?? false) : false;
}

/** Under its source a field is known by its own name. */
function labelled(source: FieldSource, field: DataField): string {
  return source.fields.length === 1 ? `${source.name}: ${field.label.split(".").at(-1)}` : field.label;
}

/** Values that were seen, to choose from while one types. */
function Seen({ id, field }: { id: string; field: DataField | undefined }) {
  const value = field?.value;
  if (typeof value !== "string" && typeof value !== "number") return null;
  return (
    <datalist id={id}>
      <option value={String(value)} />
    </datalist>
  );
}
