import { Ellipsis, Plus } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { numberOf, readCondition } from "@/core/expr/condition";
import { readEach, rowsFor, timesEach } from "@/core/expr/decision";
import type { DataField } from "@/core/expr/fields";
import { asSchema, schemaOf } from "@/core/expr/scope";
import { type Json, type JsonObject, joinPointer } from "@/core/flow/document";
import { announce } from "@/ui/announce";
import { Button } from "@/ui/Button";
import { plural } from "@/ui/format";
import { Menu } from "@/ui/Menu";
import { ConditionField } from "./ConditionField";
import { ExpressionField } from "./ExpressionField";
import { FieldProblems } from "./FieldProblems";
import { innerExpression, isTemplate } from "./modes";
import { type FormScope, useFormScope } from "./scope";
import { type FieldSource, useFieldSources } from "./useFieldSources";

interface DecisionTableProps {
  pointer: string;
  rows: readonly JsonObject[];
  onChange: (rows: JsonObject[]) => void;
  /** The rows are added up: what one does not say is nothing. */
  sum: boolean;
  /** A row was added that makes sense only in a sum. */
  onSum: () => void;
}

/** Conditions and the values that they give, a line each; begun from the values that were seen. */
export function DecisionTable({ pointer, rows, onChange, sum, onSum }: DecisionTableProps) {
  const scope = useFormScope();
  const sources = useFieldSources(pointer);
  const table = useRef<HTMLDivElement>(null);
  const put = (at: number, row: JsonObject) => onChange(rows.map((r, i) => (i === at ? row : r)));
  const wanted = useRef<number>(undefined);
  useEffect(() => {
    // The form around may take a while to show what it was given.
    if (wanted.current === undefined || rows.length <= wanted.current) return;
    table.current?.querySelectorAll<HTMLElement>("[data-value]")[wanted.current]?.focus();
    wanted.current = undefined;
  }, [rows.length]);
  const fill = async (field: DataField) => {
    const seen = field.kind === "text" ? await seenOf(scope, pointer, field) : [];
    const fresh = rowsFor(field, seen, sum ? 0 : "");
    wanted.current = rows.length;
    onChange([...rows, ...fresh]);
    if (field.kind === "list") onSum();
    announce(`Added ${plural(fresh.length, "row")} for ${field.label}`);
  };
  const move = (at: number, to: number) => {
    const next = [...rows];
    next.splice(to, 0, ...next.splice(at, 1));
    onChange(next);
  };
  /** Enter goes on to the next row's value, as down a column. */
  const keys = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !target.matches("[data-value]")) return;
    const all = [...(table.current?.querySelectorAll<HTMLElement>("[data-value]") ?? [])];
    all[all.indexOf(target) + (event.shiftKey ? -1 : 1)]?.focus();
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the fields inside
    <div className="decision" ref={table} onKeyDown={keys} data-long={rows.some(isLong) || undefined}>
      {!scope.readOnly && <Fill sources={sources} onFill={(f) => void fill(f)} />}
      {rows.length > 0 && (
        <div className="decision-head" aria-hidden>
          <span>When</span>
          <span>{sum ? "Adds" : "Gives"}</span>
        </div>
      )}
      {rows.map((row, i) => (
        <DecisionRow
          key={i}
          number={i + 1}
          pointer={joinPointer(pointer, String(i))}
          row={row}
          onChange={(next) => put(i, next)}
          onRemove={() => onChange(rows.filter((_, j) => j !== i))}
          onUp={i === 0 ? undefined : () => move(i, i - 1)}
          onDown={i === rows.length - 1 ? undefined : () => move(i, i + 1)}
        />
      ))}
      {!scope.readOnly && (
        <Button
          small
          data-testid="add-row"
          onClick={() => onChange([...rows, { when: "", value: sum ? 0 : blank(rows.at(-1)?.value) }])}
        >
          <Plus size={14} aria-hidden /> Add a row
        </Button>
      )}
    </div>
  );
}

/** What a new row gives: the keys of the one before, whose readers look for them all. */
function blank(before: Json | undefined): Json {
  if (typeof before !== "object" || before === null || Array.isArray(before)) return "";
  return Object.fromEntries(Object.keys(before).map((key) => [key, ""]));
}

/** A value that doesn't fit into a narrow column beside its condition. */
function isLong(row: JsonObject): boolean {
  return readEach(row.value) === undefined && textOf(row.value).length > SHORT;
}

const SHORT = 8;

/** Values of a field in all samples, and those that its schema allows. */
async function seenOf(scope: FormScope, pointer: string, field: DataField): Promise<Json[]> {
  const around = scope.names(pointer);
  const declared = around === undefined ? undefined : asSchema(schemaOf(around, field.path))?.enum;
  if (Array.isArray(declared)) return declared as Json[];
  return [...((await scope.seen?.(field.path)) ?? []), field.value];
}

/** Beyond these a field is chosen in its row. */
const MOST = 10;

function Fill({
  sources,
  onFill,
}: {
  sources: readonly FieldSource[] | undefined;
  onFill: (f: DataField) => void;
}) {
  const fields =
    sources?.[0]?.fields.filter((f) => ["text", "number", "list", "truth"].includes(f.kind)) ?? [];
  if (fields.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out in a row
    <div className="decision-fill" role="group" aria-label="Rows from the values seen in">
      <span className="field-hint">Rows for</span>
      {fields.slice(0, MOST).map((field, i) => (
        <button
          key={field.path}
          type="button"
          className="chip chip-button"
          title={
            field.kind === "list"
              ? `So much for each of ${field.path}`
              : `A row for each value of ${field.path}`
          }
          {...(i === 0 ? { "data-first": true } : {})}
          onClick={() => onFill(field)}
        >
          {field.kind === "list" ? `each of ${field.label}` : field.label}
        </button>
      ))}
    </div>
  );
}

interface DecisionRowProps {
  number: number;
  pointer: string;
  row: JsonObject;
  onChange: (row: JsonObject) => void;
  onRemove: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}

function DecisionRow({ number, pointer, row, onChange, onRemove, onUp, onDown }: DecisionRowProps) {
  const scope = useFormScope();
  const when = typeof row.when === "string" ? row.when : "";
  const [written, setWritten] = useState<boolean>();
  const comparable = when === "" || readCondition(innerExpression(when) ?? "") !== undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of fields
    <div className="decision-row" role="group" aria-label={`Row ${number}`} data-pointer={pointer}>
      <ConditionField
        id={`${pointer}-when`}
        label={`When, row ${number}`}
        pointer={joinPointer(pointer, "when")}
        value={when}
        compact
        written={written}
        onWritten={setWritten}
        onChange={(text) => onChange({ ...row, when: text ?? "" })}
      />
      <RowValue number={number} pointer={joinPointer(pointer, "value")} row={row} onChange={onChange} />
      {!scope.readOnly && (
        <Menu
          trigger={
            <button type="button" className="icon-btn" aria-label={`More for row ${number}`}>
              <Ellipsis size={15} aria-hidden />
            </button>
          }
          entries={[
            {
              label: written === true ? "Compare a field" : "Write an expression",
              disabled: !comparable,
              onSelect: () => setWritten(written !== true),
            },
            { label: "Move up", disabled: onUp === undefined, onSelect: () => onUp?.() },
            { label: "Move down", disabled: onDown === undefined, onSelect: () => onDown?.() },
            { label: "Remove the row", danger: true, onSelect: onRemove },
          ]}
        />
      )}
    </div>
  );
}

interface RowValueProps {
  number: number;
  pointer: string;
  row: JsonObject;
  onChange: (row: JsonObject) => void;
}

function RowValue({ number, pointer, row, onChange }: RowValueProps) {
  const scope = useFormScope();
  const each = readEach(row.value);
  const set = (value: Json) => onChange({ ...row, value });
  // What is being typed stays as it is typed, also where it reads as an object by then.
  const [typed, setTyped] = useState<string>();
  if (each === undefined && isTemplate(row.value)) {
    return (
      <ExpressionField
        label={`Value, row ${number}`}
        pointer={pointer}
        value={typeof row.value === "string" ? row.value : ""}
        onChange={set}
      />
    );
  }
  const typing = typed !== undefined && textOf(typedValue(typed)) === textOf(row.value);
  const shown = each?.each ?? (typing ? typed : textOf(row.value));
  return (
    <div className="decision-value">
      <textarea
        className="textarea mono"
        rows={1}
        data-value
        aria-label={`Value, row ${number}`}
        dir="auto"
        value={shown}
        readOnly={scope.readOnly}
        spellCheck={false}
        autoComplete="off"
        onFocus={(e) => e.currentTarget.select()}
        onChange={(e) => {
          setTyped(e.target.value);
          set(each === undefined ? typedValue(e.target.value) : eachOf(each.path, e.target.value));
        }}
        onBlur={() => setTyped(undefined)}
      />
      {each !== undefined && <span className="field-hint">for each of {each.path.split(".").at(-1)}</span>}
      <FieldProblems pointer={pointer} deep />
    </div>
  );
}

function eachOf(path: string, text: string): Json {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? timesEach(path, number) : timesEach(path, 0);
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  // A field a line: what a row gives is read there.
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

/** A number, a truth, an object or a list where it is one, else a text. */
function typedValue(text: string): Json {
  const number = numberOf(text);
  if (number !== undefined) return number;
  if (text.trim() === "true" || text.trim() === "false") return text.trim() === "true";
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return text; // it is not complete yet
    }
  }
  return text;
}
