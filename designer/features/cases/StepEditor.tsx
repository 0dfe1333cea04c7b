import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { useState } from "react";
import { flowsQuery } from "@/api/queries";
import { durationFrom, durationWords } from "@/core/flow/duration";
import { IconButton } from "@/ui/Button";
import { Field, TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import type { DraftStep } from "./TemplatePage";

interface StepEditorProps {
  step: DraftStep;
  number: number;
  /** The steps that stand before it. */
  before: DraftStep[];
  error: string | undefined;
  onChange: (change: Partial<DraftStep>) => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: () => void;
}

/** One step of a template, with all that it can say. */
export function StepEditor(props: StepEditorProps) {
  const { step, number, before, error, onChange, onUp, onDown, onRemove } = props;
  const flows = useQuery(flowsQuery(""));
  const published = flows.data?.items.filter((f) => f.version > 0) ?? [];
  return (
    <li className="card case-part template-step" data-testid={`step-${number}`}>
      <header className="case-part-head">
        <h2>
          {number}. {plainly(step.title) || <span className="muted">Task</span>}
        </h2>
        <span>
          <IconButton label={`Move task ${number} up`} disabled={onUp === undefined} onClick={() => onUp?.()}>
            <ArrowUp size={14} aria-hidden />
          </IconButton>
          <IconButton
            label={`Move task ${number} down`}
            disabled={onDown === undefined}
            onClick={() => onDown?.()}
          >
            <ArrowDown size={14} aria-hidden />
          </IconButton>
          <IconButton label={`Remove task ${number}`} onClick={onRemove}>
            <Trash2 size={14} aria-hidden />
          </IconButton>
        </span>
      </header>
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="template-fields">
        <TextField
          label="Title"
          value={step.title}
          onChange={(e) => onChange({ title: e.target.value })}
          maxLength={300}
        />
        <TextField
          label="Phase"
          value={step.phase}
          onChange={(e) => onChange({ phase: e.target.value })}
          maxLength={300}
        />
        <WithinField within={step.within ?? ""} onChange={(within) => onChange({ within })} />
        <Field label="Done by">
          {(id) => (
            <select
              id={id}
              className="select"
              value={step.flow ?? ""}
              onChange={(e) =>
                onChange(e.target.value === "" ? { flow: "", auto: false } : { flow: e.target.value })
              }
            >
              <option value="">A person</option>
              {published.map((f) => (
                <option key={f.id} value={f.id}>
                  The flow {plainly(f.name)}
                </option>
              ))}
              {step.flow !== undefined && step.flow !== "" && !published.some((f) => f.id === step.flow) && (
                <option value={step.flow}>A flow that is not published: {step.flow}</option>
              )}
            </select>
          )}
        </Field>
      </div>
      <Field label="Instructions" hint="Markdown.">
        {(id, below) => (
          <textarea
            id={id}
            aria-describedby={below}
            className="textarea"
            rows={2}
            value={step.instructions ?? ""}
            onChange={(e) => onChange({ instructions: e.target.value })}
          />
        )}
      </Field>
      <FormField step={step} onChange={onChange} />
      <div className="row template-checks">
        <label>
          <input
            type="checkbox"
            checked={step.required === true}
            onChange={(e) => onChange({ required: e.target.checked })}
          />{" "}
          Required
        </label>
        {step.flow !== undefined && step.flow !== "" && (
          <label>
            <input
              type="checkbox"
              checked={step.auto === true}
              onChange={(e) => onChange({ auto: e.target.checked })}
            />{" "}
            Starts by itself
          </label>
        )}
        {before
          .filter((b) => b.key !== undefined && b.key !== "")
          .map((b) => (
            <label key={b.mark}>
              <input
                type="checkbox"
                checked={step.after?.includes(b.key ?? "") === true}
                onChange={(e) =>
                  onChange({
                    after: e.target.checked
                      ? [...(step.after ?? []), b.key ?? ""]
                      : (step.after ?? []).filter((k) => k !== b.key),
                  })
                }
              />{" "}
              After {plainly(b.title)}
            </label>
          ))}
      </div>
    </li>
  );
}

interface WithinFieldProps {
  within: string;
  onChange: (within: string) => void;
}

/** In which time it is to be done: in words, and kept as a template has it. */
function WithinField({ within, onChange }: WithinFieldProps) {
  // What is being typed stays as it is typed.
  const [text, setText] = useState<string>();
  return (
    <TextField
      label="Within"
      hint="From the case's opening, such as 4 h or 2 d."
      value={text ?? durationWords(within)}
      onChange={(e) => {
        setText(e.target.value);
        onChange(durationFrom(e.target.value));
      }}
      onBlur={() => setText(undefined)}
    />
  );
}

/** The fields to fill in, by name; each is a text, and more is said by the API. */
function FormField({ step, onChange }: Pick<StepEditorProps, "step" | "onChange">) {
  const names = Object.keys((step.form as { properties?: object } | undefined)?.properties ?? {});
  const [text, setText] = useState(names.join(", "));
  const save = () => {
    const wanted = text
      .split(",")
      .map((n) => n.trim())
      .filter((n) => n !== "");
    if (wanted.join() === names.join()) return;
    const had = (step.form as { properties?: Record<string, unknown> } | undefined)?.properties ?? {};
    const properties = Object.fromEntries(wanted.map((n) => [n, had[n] ?? { type: "string", title: n }]));
    onChange(
      wanted.length === 0
        ? { form: undefined }
        : { form: { ...(step.form as object | undefined), type: "object", required: wanted, properties } },
    );
  };
  return (
    <TextField
      label="Fields to fill in"
      hint="Names with commas between; left empty where a tick is enough."
      value={text}
      onChange={(e) => setText(e.target.value)}
      onBlur={save}
    />
  );
}
