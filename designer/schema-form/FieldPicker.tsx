import { type KeyboardEvent, useId, useRef, useState } from "react";
import type { DataField } from "@/core/expr/fields";
import { SearchBox } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { type FieldSource, useFieldSources } from "./useFieldSources";

interface FieldPickerProps {
  pointer: string;
  /** Whether a field is among what is made already. */
  picked: (field: DataField) => boolean;
  onPick: (fields: readonly DataField[]) => void;
  onDrop: (fields: readonly DataField[]) => void;
  /** It stands open at first. */
  open: boolean;
}

/** From here on a list is searched and not only looked through. */
const MANY = 12;

/** The values of earlier steps, each with a tick: what is ticked becomes a field. */
export function FieldPicker({ pointer, picked, onPick, onDrop, open }: FieldPickerProps) {
  const sources = useFieldSources(pointer);
  const [query, setQuery] = useState("");
  if (sources === undefined || sources.length === 0) return null;
  const many = sources.reduce((n, s) => n + s.fields.length, 0) > MANY;
  const words = query.trim().toLowerCase();
  const shown = sources
    .map((s) => ({ ...s, fields: s.fields.filter((f) => f.label.toLowerCase().includes(words)) }))
    .filter((s) => s.fields.length > 0);
  return (
    <details className="picker" open={open} data-testid="field-picker">
      <summary>Pick fields of earlier steps</summary>
      {many && <SearchBox label="Search fields" value={query} onChange={setQuery} />}
      {shown.map((source) => (
        <PickSource key={source.path} source={source} picked={picked} onPick={onPick} onDrop={onDrop} />
      ))}
      {shown.length === 0 && <p className="muted">No field is called that.</p>}
    </details>
  );
}

interface PickSourceProps extends Pick<FieldPickerProps, "picked" | "onPick" | "onDrop"> {
  source: FieldSource;
}

function PickSource({ source, picked, onPick, onDrop }: PickSourceProps) {
  const heading = useId();
  const all = source.fields.every(picked);
  const some = source.fields.some(picked);
  const head = useRef<HTMLInputElement>(null);
  if (head.current !== null) head.current.indeterminate = some && !all;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a list
    <div role="group" aria-labelledby={heading} className="picker-source" onKeyDown={arrows}>
      <label className="picker-head">
        <input
          ref={head}
          type="checkbox"
          checked={all}
          aria-label={plainly(`All of ${source.name}`)}
          onChange={() => (all ? onDrop(source.fields) : onPick(source.fields.filter((f) => !picked(f))))}
        />
        <span id={heading}>{plainly(source.name)}</span>
        <code className="muted">{source.path}</code>
      </label>
      {source.fields.map((field) => (
        <label key={field.path} className="picker-line">
          <input
            type="checkbox"
            data-first
            checked={picked(field)}
            onChange={() => (picked(field) ? onDrop([field]) : onPick([field]))}
          />
          <span className="picker-name">{plainly(field.label)}</span>
          <span className="picker-value muted" dir="auto">
            {plainly(shortly(field))}
          </span>
        </label>
      ))}
    </div>
  );
}

/** Arrow keys go through the ticks as through a list. */
function arrows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const all = [
    ...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[type=checkbox]") ?? []),
  ];
  all[all.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  event.preventDefault();
}

const LONGEST = 60;

/** A value in a line. */
function shortly({ kind, value }: DataField): string {
  if (kind === "list") return Array.isArray(value) ? plural(value.length, "item") : "a list";
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
