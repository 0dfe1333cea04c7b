import type { WidgetProps } from "@rjsf/utils";
import { X } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { Switch } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { useFault } from "./modeContext";

/** The controls of fixed values. An emptied control removes its key from the document. */

export function TextWidget(props: WidgetProps) {
  // rjsf asks for a text widget for numbers too; a number's own control keeps them numbers.
  const number = props.schema.type === "integer" || props.schema.type === "number";
  return number ? <NumberWidget {...props} /> : <PlainTextWidget {...props} />;
}

function PlainTextWidget({ id, value, required, readonly, disabled, onChange, schema, label }: WidgetProps) {
  const fault = useFault();
  const long =
    schema["x-multiline" as keyof typeof schema] === true ||
    (typeof value === "string" && (value.includes("\n") || value.length > 60));
  const shared = {
    id,
    value: value ?? "",
    "aria-label": plainly(label),
    required: required === true,
    readOnly: readonly || disabled || false,
    spellCheck: false,
    placeholder: placeholderOf(schema),
    ...fault,
  };
  const change = (text: string) => onChange(text === "" ? undefined : text);
  return long ? (
    <textarea {...shared} className="textarea" rows={3} onChange={(e) => change(e.target.value)} />
  ) : (
    <input {...shared} className="input" type="text" onChange={(e) => change(e.target.value)} />
  );
}

export function NumberWidget({
  id,
  value,
  required,
  readonly,
  disabled,
  onChange,
  schema,
  label,
}: WidgetProps) {
  const [text, setText] = useState<string>();
  const brace = useRef(false);
  const fault = useFault();
  return (
    <input
      {...fault}
      id={id}
      className="input"
      type="number"
      // A number's control takes no braces: two of them ask for an expression instead.
      onKeyDown={(e) => {
        if (e.key === "{" && brace.current) {
          // What takes its place has the focus by the time the key would type.
          e.preventDefault();
          onChange("{{");
        }
        brace.current = e.key === "{" || (brace.current && e.key === "Shift");
      }}
      aria-label={plainly(label)}
      value={text ?? value ?? ""}
      required={required === true}
      readOnly={readonly || disabled || false}
      min={schema.minimum}
      max={schema.maximum}
      step={schema.type === "integer" ? 1 : "any"}
      placeholder={placeholderOf(schema)}
      onChange={(e) => {
        setText(e.target.value);
        onChange(e.target.value === "" ? undefined : Number(e.target.value));
      }}
      onBlur={() => setText(undefined)}
    />
  );
}

export function CheckboxWidget({ id, value, onChange, label, readonly, disabled, schema }: WidgetProps) {
  const on = typeof value === "boolean" ? value : schema.default === true;
  return (
    <Switch id={id} checked={on} label={label} disabled={readonly || disabled || false} onChange={onChange} />
  );
}

export function SelectWidget({
  id,
  value,
  options,
  onChange,
  required,
  readonly,
  disabled,
  schema,
  label,
  multiple,
}: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const fault = useFault();
  if (multiple) {
    const chosen: unknown[] = Array.isArray(value) ? value : [];
    return (
      <fieldset className="chips" aria-label={plainly(label)}>
        {choices.map((c) => (
          <label key={String(c.value)} className="chip" data-on={chosen.includes(c.value) || undefined}>
            <input
              type="checkbox"
              checked={chosen.includes(c.value)}
              disabled={readonly || disabled || false}
              onChange={(e) =>
                onChange(e.target.checked ? [...chosen, c.value] : chosen.filter((v) => v !== c.value))
              }
            />
            {c.label}
          </label>
        ))}
      </fieldset>
    );
  }
  const at = choices.findIndex((c) => c.value === value);
  // The branches of a oneOf come with a default of their own making.
  const fallback =
    schema.default === undefined || schema.enum === undefined
      ? "Not set"
      : `Default: ${choices.find((c) => c.value === schema.default)?.label ?? String(schema.default)}`;
  return (
    <select
      {...fault}
      id={id}
      className="select"
      aria-label={plainly(label)}
      value={at < 0 ? "" : String(at)}
      disabled={readonly || disabled || false}
      onChange={(e) => onChange(e.target.value === "" ? undefined : choices[Number(e.target.value)]?.value)}
    >
      {(!required || at < 0) && <option value="">{fallback}</option>}
      {choices.map((c, i) => (
        <option key={String(c.value)} value={String(i)}>
          {c.label}
        </option>
      ))}
    </select>
  );
}

/** A list of short texts as chips: Enter or a comma adds one. */
export function ChipsWidget({ id, value, onChange, label, readonly, disabled }: WidgetProps) {
  const [text, setText] = useState("");
  const fault = useFault();
  const chips: string[] = Array.isArray(value) ? value.map(String) : [];
  const add = () => {
    const fresh = text
      .split(",")
      .map((t) => t.trim())
      .filter((t) => t !== "" && !chips.includes(t));
    if (fresh.length > 0) onChange([...chips, ...fresh]);
    setText("");
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && text === "" && chips.length > 0) onChange(chips.slice(0, -1));
  };
  return (
    <div className="chips chips-field">
      {chips.map((chip) => (
        <span key={chip} className="chip">
          {chip}
          {!readonly && (
            <button
              type="button"
              aria-label={`Remove ${chip}`}
              onClick={() => onChange(chips.filter((c) => c !== chip))}
            >
              <X size={12} aria-hidden />
            </button>
          )}
        </span>
      ))}
      <input
        {...fault}
        id={id}
        aria-label={plainly(label)}
        value={text}
        readOnly={readonly || disabled || false}
        placeholder={chips.length === 0 ? "Type, then Enter" : ""}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={keys}
        onBlur={add}
      />
    </div>
  );
}

function placeholderOf(schema: WidgetProps["schema"]): string | undefined {
  if (schema.default !== undefined) return String(schema.default);
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  return example === undefined ? undefined : String(example);
}
