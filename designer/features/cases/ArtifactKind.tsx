import { ARTIFACT_TYPES } from "@/core/labels";

interface KindSelectProps {
  id?: string;
  /** What describes it. */
  below?: string | undefined;
  label?: string;
  value: string;
  /** Whether it may be left to the server to find out what something is. */
  open?: boolean;
  disabled?: boolean;
  onChange: (kind: string) => void;
}

/** Of what kind an artifact is. */
export function KindSelect({ id, below, label, value, open, disabled, onChange }: KindSelectProps) {
  return (
    <select
      id={id}
      aria-label={label}
      aria-describedby={below}
      className={open ? "select" : "select case-artifact-kind"}
      value={value}
      disabled={disabled}
      onChange={(e) => onChange(e.target.value)}
    >
      {open && <option value="">Found out</option>}
      {Object.entries(ARTIFACT_TYPES).map(([kind, text]) => (
        <option key={kind} value={kind}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** Artifacts as they are added: of one kind, or of what the server finds them to be. */
export function givenOf(values: readonly string[], kind: string): { type?: string; value: string }[] {
  return values.map((value) => (kind === "" ? { value } : { type: kind, value }));
}
