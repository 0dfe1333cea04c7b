import { useState } from "react";
import type { Json } from "@/core/flow/document";
import { Field } from "@/ui/Fields";

interface JsonFieldProps {
  label: string;
  hint: string;
  value: Json | undefined;
  readOnly: boolean;
  onChange: (value: Json | undefined) => void;
  /** Says whether the text can be read at present. */
  onWrong: (label: string, wrong: boolean) => void;
}

/** An object as JSON text. Only what can be read goes into the document; the rest is said to be missing there. */
export function JsonField({ label, hint, value, readOnly, onChange, onWrong }: JsonFieldProps) {
  const [text, setText] = useState(() =>
    value === undefined || value === null ? "" : JSON.stringify(value, null, 2),
  );
  const [error, setError] = useState<string>();
  const change = (next: string) => {
    setText(next);
    const read = readObject(next);
    setError(read.ok ? undefined : read.error);
    onWrong(label, !read.ok);
    if (read.ok) onChange(read.value);
  };
  return (
    <Field label={label} hint={hint} {...(error ? { error } : {})}>
      {(id, below) => (
        <textarea
          id={id}
          aria-describedby={below}
          aria-invalid={error !== undefined}
          className="textarea mono"
          rows={Math.min(10, Math.max(2, text.split("\n").length))}
          spellCheck={false}
          readOnly={readOnly}
          value={text}
          onChange={(e) => change(e.target.value)}
        />
      )}
    </Field>
  );
}

function readObject(text: string): { ok: true; value: Json | undefined } | { ok: false; error: string } {
  if (text.trim() === "") return { ok: true, value: undefined };
  try {
    const value = JSON.parse(text) as Json;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return { ok: true, value };
    return { ok: false, error: "Not saved yet: this must be an object, { … }." };
  } catch (e) {
    return { ok: false, error: `Not saved yet, for it is not JSON: ${(e as Error).message}` };
  }
}
