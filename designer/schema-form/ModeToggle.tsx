interface ModeToggleProps {
  mode: "expression" | "fixed";
  label: string;
  disabled?: boolean;
  onChange: (mode: "expression" | "fixed") => void;
}

/** Says in a word whether a field is fixed or an expression; a press changes it. */
export function ModeToggle({ mode, label, disabled, onChange }: ModeToggleProps) {
  const other = mode === "expression" ? "fixed" : "expression";
  return (
    <button
      type="button"
      className="mode"
      data-mode={mode}
      disabled={disabled}
      title={`Make it ${other === "fixed" ? "a fixed value" : "an expression"}`}
      aria-label={`${label} is ${mode === "fixed" ? "fixed" : "an expression"}; make it ${other === "fixed" ? "fixed" : "an expression"}`}
      onClick={() => onChange(other)}
    >
      {mode}
    </button>
  );
}
