import { useState } from "react";
import { setFlow } from "@/core/commands/edit";
import type { Json, JsonObject } from "@/core/flow/document";
import { Dialog } from "@/ui/Dialog";
import { Field, TextField } from "@/ui/Fields";
import { useFlow, useSession } from "./session";

interface FlowSettingsProps {
  open: boolean;
  onClose: () => void;
}

/** What belongs to the flow as a whole: description, labels, input, variables, output. */
export function FlowSettings({ open, onClose }: FlowSettingsProps) {
  const session = useSession();
  const flow = useFlow();
  const labels = (text: string) => {
    const list = text
      .split(",")
      .map((l) => l.trim())
      .filter(Boolean);
    session.do(setFlow("labels", list.length > 0 ? list : undefined, "Change labels"));
  };
  return (
    <Dialog open={open} onClose={onClose} title="Settings of the flow" wide>
      <Field label="Description">
        {(id) => (
          <textarea
            id={id}
            className="textarea"
            rows={2}
            value={flow.description ?? ""}
            onChange={(e) =>
              session.do(setFlow("description", e.target.value || undefined, "Change the description"))
            }
          />
        )}
      </Field>
      <TextField
        label="Labels"
        hint="Separated by commas."
        defaultValue={(flow.labels ?? []).join(", ")}
        onBlur={(e) => labels(e.target.value)}
      />
      <JsonField
        label="Output"
        hint="What a finished run gives; a template, or JSON with templates in it."
        value={flow.output}
        onChange={(v) => session.do(setFlow("output", v, "Change the output"))}
        textAllowed
      />
      <JsonField
        label="Variables"
        hint="An object; expressions read it as vars."
        value={flow.vars}
        onChange={(v) => session.do(setFlow("vars", v as JsonObject | undefined, "Change variables"))}
      />
      <JsonField
        label="Input"
        hint="A JSON Schema of what a run is started with."
        value={flow.input}
        onChange={(v) => session.do(setFlow("input", v, "Change the input schema"))}
      />
    </Dialog>
  );
}

interface JsonFieldProps {
  label: string;
  hint: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  /** Whether a text that isn't JSON stands for itself. */
  textAllowed?: boolean;
}

function JsonField({ label, hint, value, onChange, textAllowed = false }: JsonFieldProps) {
  const [text, setText] = useState(() => show(value, textAllowed));
  const [error, setError] = useState<string>();
  const change = (next: string) => {
    setText(next);
    const trimmed = next.trim();
    if (trimmed === "") {
      setError(undefined);
      return onChange(undefined);
    }
    try {
      const parsed = JSON.parse(trimmed) as Json;
      setError(undefined);
      if (!textAllowed && (parsed === null || typeof parsed !== "object" || Array.isArray(parsed))) {
        return setError("This must be an object: { … }");
      }
      onChange(parsed);
    } catch (e) {
      if (textAllowed && !/^[[{](?!\{)/.test(trimmed)) {
        setError(undefined);
        return onChange(next);
      }
      setError(`Not JSON yet: ${(e as Error).message}`);
    }
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
          value={text}
          onChange={(e) => change(e.target.value)}
        />
      )}
    </Field>
  );
}

function show(value: Json | undefined, textAllowed: boolean): string {
  if (value === undefined || value === null) return "";
  if (textAllowed && typeof value === "string") return value;
  return JSON.stringify(value, null, 2);
}
