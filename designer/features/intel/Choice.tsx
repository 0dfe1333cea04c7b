interface ChoiceProps {
  label: string;
  value: string;
  /** What stands for no choice; without it there is always one. */
  all?: string;
  words: Record<string, string>;
  onChange: (value: string) => void;
}

/** One of some words, in the head of a page. */
export function Choice({ label, value, all, words, onChange }: ChoiceProps) {
  return (
    <select
      className="select intel-filter"
      aria-label={label}
      value={value}
      onChange={(e) => onChange(e.target.value)}
    >
      {all !== undefined && <option value="">{all}</option>}
      {Object.entries(words).map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
