import { Plus, X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { type DataField, freeName } from "@/core/expr/fields";
import { TRANSFORMS } from "@/core/expr/transform";
import type { Json, JsonObject } from "@/core/flow/document";
import { joinPointer } from "@/core/flow/document";
import { Button, IconButton } from "@/ui/Button";
import { ExpressionField } from "./ExpressionField";
import { FieldPicker } from "./FieldPicker";
import { FieldProblems } from "./FieldProblems";
import { ModeToggle } from "./ModeToggle";
import { useFault } from "./modeContext";
import { innerExpression, isTemplate, templateOf, toExpression, toFixed } from "./modes";
import { useFormScope } from "./scope";
import { useEntry } from "./useEntry";

interface KeyValueTableProps {
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  pointer: string;
  /** What one row is called. */
  noun?: string;
  /** Values are texts: what looks like a number or like JSON is none. */
  texts?: boolean;
  /** Its rows may be picked from data. */
  picked?: boolean;
}

/** An object whose keys are free: a row for each, its value a text, an expression or JSON. */
export function KeyValueTable({
  value,
  onChange,
  pointer,
  noun = "field",
  texts = false,
  picked = true,
}: KeyValueTableProps) {
  const scope = useFormScope();
  const rows = Object.entries(value);
  const [fresh, setFresh] = useState<string>();
  const replace = (index: number, key: string, next: Json) => {
    onChange(Object.fromEntries(rows.map((r, i) => (i === index ? [key, next] : r))));
  };
  const add = () => {
    const key = freeName(noun, (name) => name in value);
    setFresh(key);
    onChange({ ...value, [key]: "" });
  };
  const [begunEmpty] = useState(rows.length === 0);
  return (
    <div className="keys">
      {!scope.readOnly && !scope.plain && !texts && picked && (
        <FieldPicker
          pointer={pointer}
          open={begunEmpty}
          picked={(field) => rows.some(([, v]) => readsField(v, field.path))}
          onPick={(fields) => onChange(withFields(value, fields))}
          onDrop={(fields) =>
            onChange(Object.fromEntries(rows.filter(([, v]) => !fields.some((f) => readsField(v, f.path)))))
          }
        />
      )}
      {rows.map(([key, item], i) => (
        <Row
          key={i}
          name={key}
          value={item}
          fresh={key === fresh}
          texts={texts}
          pointer={joinPointer(pointer, key)}
          taken={(k) => k !== key && k in value}
          onChange={(k, v) => replace(i, k, v)}
          onRemove={() => onChange(Object.fromEntries(rows.filter((_, j) => j !== i)))}
        />
      ))}
      {!scope.readOnly && (
        <Button small onClick={add} data-testid="add-field">
          <Plus size={14} aria-hidden /> Add {noun}
        </Button>
      )}
    </div>
  );
}

/** Whether a value is made of a field: the field itself, or what a transform makes of it. */
function readsField(value: Json, path: string): boolean {
  const code = innerExpression(value);
  if (code === undefined) return false;
  return code === path || TRANSFORMS.some((t) => t.write(path) === code);
}

function withFields(value: JsonObject, fields: readonly DataField[]): JsonObject {
  const next = { ...value };
  for (const field of fields) next[freeName(field.name, (name) => name in next)] = templateOf(field.path);
  return next;
}

interface RowProps {
  name: string;
  value: Json;
  fresh: boolean;
  texts: boolean;
  pointer: string;
  taken: (key: string) => boolean;
  onChange: (key: string, value: Json) => void;
  onRemove: () => void;
}

function Row({ name, value, fresh, texts, pointer, taken, onChange, onRemove }: RowProps) {
  const scope = useFormScope();
  const [key, setKey] = useState<string>();
  // A new row begins as an expression: that is what most fields are for. The choice then
  // stays while typing, whatever the text looks like half-way.
  const [mode, setMode] = useState<"expression" | "fixed">(
    value === "" || isTemplate(value) ? "expression" : "fixed",
  );
  const shown = scope.plain ? "fixed" : isTemplate(value) ? "expression" : mode;
  const control = useId();
  const entry = useEntry(control);
  const clash = key !== undefined && key !== name && (key.trim() === "" || taken(key.trim()));
  const commit = () => {
    if (key !== undefined && key.trim() !== "" && !clash) onChange(key.trim(), value);
    setKey(undefined);
  };
  return (
    <div className="keys-row" data-pointer={pointer}>
      <div className="keys-head">
        <input
          className="input keys-name mono"
          aria-label="Name of the field"
          data-testid="field-name"
          value={key ?? name}
          readOnly={scope.readOnly}
          aria-invalid={clash}
          spellCheck={false}
          autoFocus={fresh}
          // A name is replaced more often than mended.
          onFocus={(e) => e.currentTarget.select()}
          onChange={(e) => setKey(e.target.value)}
          onBlur={commit}
          onKeyDown={(e) => e.key === "Enter" && !e.ctrlKey && !e.metaKey && enterValue(e)}
        />
        {!scope.plain && (
          <ModeToggle
            mode={shown}
            label={name}
            disabled={scope.readOnly}
            onChange={(next) => {
              setMode(next);
              entry.enter(next === "expression" && value === "");
              if (next === "expression" && typeof value !== "string") onChange(name, toExpression(value));
              if (next === "fixed" && isTemplate(value)) onChange(name, toFixed(value) ?? "");
            }}
          />
        )}
        {!scope.readOnly && (
          <IconButton label={`Remove ${name}`} onClick={onRemove}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      {clash && (
        <p className="field-error">
          {key?.trim() === "" ? "A field needs a name." : "There is a field of that name."}
        </p>
      )}
      {shown === "expression" ? (
        <ExpressionField
          id={control}
          label={name}
          pointer={pointer}
          value={typeof value === "string" ? value : toExpression(value)}
          onChange={(v) => {
            setMode("expression");
            onChange(name, v);
          }}
          {...entry.into}
        />
      ) : (
        <>
          <FixedValue
            id={control}
            label={name}
            value={value}
            text={texts}
            onChange={(v) => {
              const becomes = !scope.plain && isTemplate(v);
              if (becomes) setMode("expression");
              onChange(name, becomes ? entry.typed(v) : v);
            }}
          />
          <FieldProblems pointer={pointer} deep />
        </>
      )}
    </div>
  );
}

/** Enter goes on from the name to the value. */
function enterValue(event: KeyboardEvent<HTMLInputElement>): void {
  event.preventDefault();
  const row = event.currentTarget.closest(".keys-row");
  const control = row?.querySelector<HTMLElement>(".cm-content, textarea");
  if (control) control.focus();
  else event.currentTarget.blur();
}

interface FixedValueProps {
  label: string;
  value: Json;
  onChange: (value: Json) => void;
  id?: string;
  /** It is a text, whatever it looks like. */
  text?: boolean;
}

/** A value of any type: JSON where it is JSON, else text. A text that would read as JSON is quoted. */
export function FixedValue({ label, value, onChange, id, text: only = false }: FixedValueProps) {
  const scope = useFormScope();
  const [text, setText] = useState<string>();
  const fault = useFault();
  const plain = only && typeof value === "string";
  const shown = text ?? (plain ? value : fixedText(value));
  const broken = !only && /^\s*[[{](?!\{)/.test(shown) && typeof fixedValue(shown) === "string";
  return (
    <>
      <textarea
        {...fault}
        id={id}
        className="textarea mono"
        aria-label={label}
        rows={Math.min(8, Math.max(1, shown.split("\n").length))}
        spellCheck={false}
        readOnly={scope.readOnly}
        value={shown}
        onChange={(e) => {
          setText(e.target.value);
          onChange(only ? e.target.value : fixedValue(e.target.value));
        }}
        onBlur={() => setText(undefined)}
      />
      {broken && <p className="field-hint">This is not JSON yet, and kept as a text.</p>}
    </>
  );
}

function fixedText(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2) ?? "";
  return typeof fixedValue(value) === "string" && !/^\s*"/.test(value) ? value : JSON.stringify(value);
}

function fixedValue(text: string): Json {
  try {
    // .5 is a number to whoever types it.
    return JSON.parse(text.replace(/^(\s*-?)\.(?=\d)/, "$10.")) as Json;
  } catch {
    return text;
  }
}
