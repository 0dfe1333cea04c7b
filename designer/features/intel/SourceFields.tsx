import type { IndicatorSource } from "@/api/intel";
import { Field, TextField } from "@/ui/Fields";
import { VERDICTS } from "./words";

export interface SourceText {
  name: string;
  verdict: string;
  confidence: string;
}

/** What is typed of a source, as the server takes it. */
export function sourceOf(text: SourceText): IndicatorSource {
  return {
    name: text.name,
    verdict: text.verdict as NonNullable<IndicatorSource["verdict"]>,
    confidence: Math.min(100, Math.max(0, Math.round(Number(text.confidence) || 0))),
  };
}

interface SourceFieldsProps {
  value: SourceText;
  hint: string;
  onChange: (value: SourceText) => void;
}

/** Who says something, what, and how surely. */
export function SourceFields({ value, hint, onChange }: SourceFieldsProps) {
  return (
    <>
      <TextField
        label="Source"
        hint={hint}
        value={value.name}
        onChange={(e) => onChange({ ...value, name: e.target.value })}
      />
      <Field label="Verdict">
        {(id, below) => (
          <select
            id={id}
            aria-describedby={below}
            className="select"
            value={value.verdict}
            onChange={(e) => onChange({ ...value, verdict: e.target.value })}
          >
            {Object.entries(VERDICTS).map(([verdict, text]) => (
              <option key={verdict} value={verdict}>
                {text}
              </option>
            ))}
          </select>
        )}
      </Field>
      <TextField
        label="Confidence"
        hint="0 to 100: how sure the source is."
        type="number"
        min={0}
        max={100}
        value={value.confidence}
        onChange={(e) => onChange({ ...value, confidence: e.target.value })}
      />
    </>
  );
}
