import { Search, X } from "lucide-react";
import type { InputHTMLAttributes, KeyboardEvent, ReactNode, Ref } from "react";
import { useId } from "react";

interface FieldProps {
  label: string;
  hint?: string;
  error?: string;
  children: (id: string, describedBy: string | undefined) => ReactNode;
}

/** A label over its control, with a hint or an error beneath. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const below = hint !== undefined || error !== undefined ? `${id}-below` : undefined;
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children(id, below)}
      {error !== undefined ? (
        <p id={below} className="field-error" role="alert">
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p id={below} className="field-hint">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  error?: string | undefined;
}

/** A labelled input of one line. */
export function TextField({ label, hint, error, ...input }: TextFieldProps) {
  return (
    <Field
      label={label}
      {...(hint === undefined ? {} : { hint })}
      {...(error === undefined ? {} : { error })}
    >
      {(id, below) => (
        <input
          id={id}
          aria-describedby={below}
          aria-invalid={error !== undefined}
          className="input"
          {...input}
        />
      )}
    </Field>
  );
}

interface SearchProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
}

/** A search box. */
export function SearchBox({ label, value, onChange, className = "", ...rest }: SearchProps) {
  return (
    <div className={`search ${className}`}>
      <Search size={14} aria-hidden />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(e) => onChange(e.target.value)}
        spellCheck={false}
        autoComplete="off"
        {...rest}
      />
      {value !== "" && (
        // The browser's own is blue in every theme. Keys clear the box by Escape, or by selecting all.
        <button
          type="button"
          className="search-clear"
          aria-label="Clear the search"
          title="Clear"
          tabIndex={-1}
          onClick={(e) => {
            onChange("");
            e.currentTarget.parentElement?.querySelector("input")?.focus();
          }}
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  id?: string;
  disabled?: boolean;
}

/** An on-off switch. */
export function Switch({ checked, onChange, label, id, disabled }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      id={id}
      className="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    />
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** A few choices side by side, of which one holds; arrow keys move between them, as between radio buttons. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  const step = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = options.findIndex((o) => o.value === value);
    const next = (at + by + options.length) % options.length;
    const option = options[next];
    if (option === undefined) return;
    onChange(option.value);
    event.currentTarget.querySelectorAll<HTMLElement>("[role=radio]")[next]?.focus();
  };
  const known = options.some((o) => o.value === value);
  return (
    <div className="segments" role="radiogroup" aria-label={label} onKeyDown={step}>
      {options.map((o, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a row of buttons that acts as a radio group
        <button
          key={o.value}
          type="button"
          role="radio"
          className="segment"
          aria-checked={o.value === value}
          tabIndex={o.value === value || (!known && i === 0) ? 0 : -1}
          onClick={() => onChange(o.value)}
        >
          {o.label}
        </button>
      ))}
    </div>
  );
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
