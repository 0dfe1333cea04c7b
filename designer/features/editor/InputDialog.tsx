import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useMutation } from "@tanstack/react-query";
import { FileUp, Play, Trash2 } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useChangeSamples } from "@/api/samples";
import type { Sample } from "@/api/types";
import type { Json, JsonObject, Problem } from "@/core/flow/document";
import { faultText } from "@/core/input/faults";
import { type InputOf, inputOfBytes, inputOfText, looksLikeMail } from "@/core/input/mail";
import { withSample } from "@/core/input/samples";
import { CodeField } from "@/schema-form/CodeField";
import { PlainForm } from "@/schema-form/PlainForm";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DropTarget } from "@/ui/DropTarget";
import { ErrorView } from "@/ui/Feedback";
import { Field, Segments } from "@/ui/Fields";
import { FileButton } from "@/ui/FileButton";
import { toast } from "@/ui/Toasts";
import { formOf, takesMail } from "./input";
import type { EditorSession } from "./session";
import { useSession } from "./useSession";

interface InputDialogProps {
  items: Sample[];
  mayRun: boolean;
  /** It is being started with what was given. */
  busy: boolean;
  /** What the server held against what was given, with pointers into it. */
  faults: readonly Problem[];
  onClose: () => void;
  onRun: (input: Json) => void;
}

/** What a run begins with: JSON, or a mail that becomes JSON; it can be kept on the server as a sample under a name. */
export function InputDialog({ items, mayRun, busy, faults, onClose, onRun }: InputDialogProps) {
  const session = useSession();
  const change = useChangeSamples(session.id);
  const sample = session.view((s) => s.sample);
  const [text, setText] = useState(() => JSON.stringify(sample?.input ?? {}, null, 2));
  const [name, setName] = useState(sample?.name ?? "");
  const [taken, setTaken] = useState<InputOf>();
  const parsed = parse(text);
  const schema = formOf(session.flow.input);
  const fields = parsed.ok && isObject(parsed.value) ? parsed.value : undefined;
  const [how, setHow] = useState<"form" | "json">(
    schema === undefined || takesMail(schema) ? "json" : "form",
  );
  const told = useRef<HTMLDivElement>(null);
  const asForm = how === "form" && schema !== undefined && fields !== undefined;
  const take = (found: InputOf, called = "") => {
    setTaken(found);
    if (!found.ok) return;
    setText(JSON.stringify(found.input, null, 2));
    if (called !== "") setName(called.replace(/\.[^.]+$/, ""));
  };
  const takeFile = async ([file]: File[]) => {
    if (file === undefined) return;
    if (file.size > LARGEST)
      return take({
        ok: false,
        message: `${file.name} is larger than 8 MiB: send it to the flow's webhook.`,
      });
    take(inputOfBytes(file.name, new Uint8Array(await file.arrayBuffer()), session.flow.input), file.name);
  };
  const latest = useRef({ take, takeFile });
  latest.current = { take, takeFile };
  const files = useMemo(() => filesInto(session, () => latest.current), [session]);
  const keep = useMutation({
    async mutationFn(fresh: Sample) {
      const seen = items.find((s) => s.name === fresh.name);
      let kept = fresh;
      await change((now) => {
        const next = withSample(now, fresh, seen);
        kept = next.kept;
        return next.items;
      });
      return kept;
    },
  });
  const remove = useMutation({
    mutationFn: (gone: string) => change((now) => now.filter((s) => s.name !== gone)),
  });
  const save = async () => {
    if (!parsed.ok || name.trim() === "") return;
    const fresh: Sample = { name: name.trim(), trigger: sample?.trigger ?? "", input: parsed.value };
    const kept = await keep.mutateAsync(fresh);
    session.view.setState({ sample: kept });
    setName(kept.name);
    toast("ok", `Kept “${kept.name}”.`);
  };
  const run = () => {
    if (!parsed.ok) return;
    session.view.setState({ sample: asShown(name.trim(), parsed.value, items) });
    onRun(parsed.value);
  };
  useEffect(() => {
    // A form leads to the field itself.
    if (faults.length > 0) told.current?.querySelector<HTMLElement>(".cm-content")?.focus();
  }, [faults]);
  const failed = keep.error ?? remove.error;
  const known = items.some((s) => s.name === name.trim());
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title="Input of the run"
      description="JSON, read in expressions as trigger.body. A mail (.eml) or a JSON file can be dropped or pasted here."
      footer={
        <>
          <Button
            disabled={!parsed.ok || name.trim() === "" || session.readOnly}
            onClick={() => void save()}
            data-testid="keep-sample"
          >
            {known ? "Update the sample" : "Keep as a sample"}
          </Button>
          <Button
            look="primary"
            busy={busy}
            disabled={!parsed.ok || !mayRun}
            onClick={run}
            data-testid="run-input"
          >
            <Play size={15} aria-hidden /> Run with this
          </Button>
        </>
      }
    >
      {failed !== null && <ErrorView error={failed} />}
      {schema !== undefined && (
        <div className="row">
          <Segments
            label="How to give it"
            value={asForm ? "form" : "json"}
            options={HOW}
            onChange={(next) => fields !== undefined && setHow(next)}
          />
        </div>
      )}
      {asForm && (
        <div data-testid="run-input-form">
          <PlainForm
            schema={schema}
            value={fields}
            faults={faults}
            onChange={(next) => {
              setText(JSON.stringify(next, null, 2));
              setTaken(undefined);
            }}
          />
        </div>
      )}
      <DropTarget onDrop={(dropped) => void takeFile(dropped)} label="Drop a mail or a JSON file">
        <div className="field" data-testid="run-input-json" ref={told}>
          {!asForm && (
            <CodeField
              language="json"
              label="Input as JSON"
              value={text}
              onChange={(next) => {
                setText(next);
                // What was taken is what stands there, until it is edited.
                if (taken?.ok && JSON.stringify(taken.input, null, 2) !== next) setTaken(undefined);
              }}
              extra={files}
              invalid={!parsed.ok || faults.length > 0}
              autoFocus
              onDone={run}
            />
          )}
          {!parsed.ok && <p className="field-error">{parsed.error}</p>}
          {!asForm && faults.length > 0 && (
            <div role="alert">
              <ul className="field-problems">
                {faults.map((f) => (
                  <li key={`${f.pointer} ${f.message}`} className="field-error">
                    {faultText(f)}
                  </li>
                ))}
              </ul>
            </div>
          )}
          <div className="row input-file">
            <FileButton
              small
              data-testid="choose-input"
              field="input-file"
              accept=".eml,.json,message/rfc822,application/json"
              onFiles={(chosen) => void takeFile(chosen)}
            >
              <FileUp size={14} aria-hidden /> Choose a mail or JSON file
            </FileButton>
            <span
              role="status"
              data-testid="input-taken"
              className={taken?.ok === false ? "field-error" : "field-hint"}
            >
              {taken === undefined ? "" : taken.ok ? taken.what : taken.message}
            </span>
          </div>
        </div>
      </DropTarget>
      <Field
        label="Name of the sample"
        hint="Samples are kept on this server with the flow; an exported file does not carry them."
      >
        {(id, below) => (
          <div className="row">
            <input
              id={id}
              aria-describedby={below}
              className="input"
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
            {known && (
              <IconButton label={`Delete the sample ${name}`} onClick={() => remove.mutate(name.trim())}>
                <Trash2 size={15} aria-hidden />
              </IconButton>
            )}
          </div>
        )}
      </Field>
    </Dialog>
  );
}

const HOW = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
] as const;

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

const LARGEST = 8 * 1024 * 1024;

interface Taker {
  take: (found: InputOf) => void;
  takeFile: (files: File[]) => Promise<void>;
}

/** Files and mails that are dropped on the editor or pasted into it, which would insert them as they are. */
function filesInto(session: EditorSession, taker: () => Taker): Extension {
  return EditorView.domEventHandlers({
    // The dialog around takes what is dropped.
    drop: (event) => (event.dataTransfer?.files.length ?? 0) > 0,
    paste(event) {
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (files.length > 0 && text === "") void taker().takeFile(files);
      else if (looksLikeMail(text)) taker().take(inputOfText(text, session.flow.input));
      else return false;
      event.preventDefault();
      return true;
    },
  });
}

/** A sample that was changed for one run does not pass for the one that is kept. */
function asShown(name: string, input: Json, items: readonly Sample[]): Sample {
  const kept = items.find((s) => s.name === name);
  if (kept === undefined) return { name: name || "Edited input", input };
  return JSON.stringify(kept.input) === JSON.stringify(input) ? kept : { name: `${name}, edited`, input };
}

function parse(text: string): { ok: true; value: Json } | { ok: false; error: string } {
  try {
    return { ok: true, value: text.trim() === "" ? {} : (JSON.parse(text) as Json) };
  } catch (error) {
    return { ok: false, error: `Not JSON: ${(error as Error).message}` };
  }
}
