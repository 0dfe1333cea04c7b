import type { WidgetProps } from "@rjsf/utils";
import { CalendarClock } from "lucide-react";
import { useRef, useState } from "react";
import { durationFrom } from "@/core/flow/duration";
import { IconButton } from "@/ui/Button";
import { plainly } from "@/ui/Named";
import { useFault } from "./modeContext";

/** Controls of lengths and points of time. */

const UNITS = [
  ["ms", "milliseconds"],
  ["s", "seconds"],
  ["m", "minutes"],
  ["h", "hours"],
  ["d", "days"],
] as const;

const ONE_UNIT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Whether a schema describes a length of time as flow files write it: 90s, 1h30m, 7d. */
export function isDuration(schema: { pattern?: unknown }): boolean {
  return typeof schema.pattern === "string" && schema.pattern.includes("(ns|us|µs|ms|s|m|h|d)");
}

/** A length of time: a number and its unit. What has several units stands as it is written. */
export function DurationWidget({ id, value, readonly, disabled, onChange, schema, label }: WidgetProps) {
  const fault = useFault();
  const [text, setText] = useState<string>();
  const given = typeof value === "string" ? value : "";
  const [, number, unit] = ONE_UNIT.exec(given) ?? [];
  const [wanted, setWanted] = useState<string>();
  const chosen = unit ?? wanted ?? exampleUnit(schema);
  const locked = readonly || disabled || false;
  const write = (typed: string) => {
    setText(typed);
    const plain = /^\d+(\.\d+)?$/.test(typed.trim());
    onChange(typed.trim() === "" ? undefined : plain ? `${typed.trim()}${chosen}` : durationFrom(typed));
  };
  return (
    <div className="duration">
      <input
        {...fault}
        id={id}
        className="input"
        aria-label={plainly(label)}
        value={text ?? number ?? given}
        readOnly={locked}
        spellCheck={false}
        autoComplete="off"
        placeholder={exampleOf(schema)}
        onChange={(e) => write(e.target.value)}
        onBlur={() => setText(undefined)}
      />
      <select
        className="select"
        aria-label={`Unit of ${label}`}
        value={given !== "" && unit === undefined ? "" : chosen}
        disabled={locked}
        onChange={(e) => {
          setWanted(e.target.value);
          if (number !== undefined) onChange(`${number}${e.target.value}`);
        }}
      >
        {given !== "" && unit === undefined && <option value="">as written</option>}
        {UNITS.map(([short, long]) => (
          <option key={short} value={short}>
            {long}
          </option>
        ))}
      </select>
    </div>
  );
}

function exampleOf(schema: WidgetProps["schema"]): string | undefined {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [schema.default];
  return typeof example === "string" ? example.replace(ONE_UNIT, "$1") : undefined;
}

function exampleUnit(schema: WidgetProps["schema"]): string {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [schema.default];
  return (typeof example === "string" ? ONE_UNIT.exec(example)?.[2] : undefined) ?? "m";
}

/** A point of time as text with its zone, and the browser's calendar beside it. */
export function DateTimeWidget({ id, value, readonly, disabled, onChange, label }: WidgetProps) {
  const fault = useFault();
  const picker = useRef<HTMLInputElement>(null);
  const given = typeof value === "string" ? value : "";
  const at = new Date(given);
  const known = given !== "" && !Number.isNaN(at.getTime());
  return (
    <div className="duration">
      <input
        {...fault}
        id={id}
        className="input mono"
        aria-label={plainly(label)}
        value={given}
        readOnly={readonly || disabled || false}
        spellCheck={false}
        placeholder="2026-03-02T09:00:00Z"
        onChange={(e) => onChange(e.target.value === "" ? undefined : e.target.value)}
      />
      {!(readonly || disabled) && (
        <span className="date-picker">
          <IconButton label={`Choose ${label} in a calendar`} onClick={() => picker.current?.showPicker()}>
            <CalendarClock size={15} aria-hidden />
          </IconButton>
          <input
            ref={picker}
            type="datetime-local"
            tabIndex={-1}
            aria-hidden
            data-testid={`${id}-calendar`}
            value={known ? localOf(at) : ""}
            onChange={(e) => e.target.value !== "" && onChange(zoned(new Date(e.target.value)))}
          />
        </span>
      )}
      {known && <span className="field-hint date-local">{at.toLocaleString()} here</span>}
    </div>
  );
}

const two = (n: number) => String(n).padStart(2, "0");

function localOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A local time with the offset that holds then, as RFC 3339 wants it. */
function zoned(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone =
    offset === 0 ? "Z" : `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${localOf(at)}:${two(at.getSeconds())}${zone}`;
}
