import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Case, type CaseTemplate, cases, templatesQuery } from "@/api/cases";
import { fieldError } from "@/api/http";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { givenOf, KindSelect } from "./ArtifactKind";
import { Tags } from "./Tags";
import { SEVERITIES } from "./words";

/** Asks for what a case begins with, opens it, and goes there. */
export function OpenCaseDialog({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [severity, setSeverity] = useState<Case["severity"]>("medium");
  const [tags, setTags] = useState<string[]>([]);
  const [artifacts, setArtifacts] = useState("");
  const [kind, setKind] = useState("");
  const [template, setTemplate] = useState("");
  // The same key for each try: one after a lost answer opens no second case, and a refused one kept none.
  const key = useRef(crypto.randomUUID());
  const go = useNavigate();
  const queries = useQueryClient();
  const open = useMutation({
    mutationFn: () =>
      cases.open(
        {
          ...{ title, severity, tags, artifacts: givenOf(linesOf(artifacts), kind) },
          ...(template === "" ? {} : { template }),
        },
        key.current,
      ),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["cases"] });
      onClose();
      void go({ to: "/cases/$id", params: { id: String(made.number) } });
    },
  });
  const wrong = {
    title: fieldError(open.error, "/title"),
    template: fieldError(open.error, "/template"),
    tags: fieldError(open.error, "/tags"),
    artifacts: artifactError(open.error),
  };
  // What was said of a field holds of what stood there.
  const [changed, setChanged] = useState<{ since: unknown; fields: string[] }>();
  const change = (field: keyof typeof wrong) =>
    setChanged({
      since: open.error,
      fields: [...(changed?.since === open.error ? changed.fields : []), field],
    });
  const told = (field: keyof typeof wrong) =>
    changed?.since === open.error && changed.fields.includes(field) ? undefined : wrong[field];
  return (
    <Dialog
      open
      onClose={onClose}
      title="Open a case"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={open.isPending} onClick={() => open.mutate()}>
            Open the case
          </Button>
        </>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          open.mutate();
        }}
      >
        <TextField
          label="Title"
          hint="In a line, what it is about."
          value={title}
          error={told("title")}
          onChange={(e) => {
            setTitle(e.target.value);
            change("title");
          }}
          autoFocus
        />
        <TemplateField
          value={template}
          error={told("template")}
          onChange={(id) => {
            setTemplate(id);
            change("template");
          }}
        />
        <Field label="Severity" hint="It sets in which time the case is to be closed.">
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              className="select"
              value={severity}
              onChange={(e) => setSeverity(e.target.value as Case["severity"])}
            >
              {Object.entries(SEVERITIES).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Tags"
          hint="A flow can begin with the cases of a tag. Enter adds one."
          {...errorOf(told("tags"))}
        >
          {(id, below) => (
            <Tags
              id={id}
              below={below}
              tags={tags}
              onChange={(now) => {
                setTags(now);
                change("tags");
              }}
            />
          )}
        </Field>
        <Field
          label="Artifacts"
          hint="Addresses, domains, hashes, hosts… one a line, defanged or not."
          {...errorOf(told("artifacts"))}
        >
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea mono"
              rows={3}
              spellCheck={false}
              value={artifacts}
              onChange={(e) => {
                setArtifacts(e.target.value);
                change("artifacts");
              }}
            />
          )}
        </Field>
        {artifacts.trim() !== "" && (
          <Field label="Kind" hint="Hosts that are known as assets are found out by their name.">
            {(id, below) => (
              <KindSelect
                id={id}
                below={below}
                open
                value={kind}
                onChange={(now) => {
                  setKind(now);
                  change("artifacts");
                }}
              />
            )}
          </Field>
        )}
        {open.isError && Object.values(wrong).every((text) => text === undefined) && (
          <ErrorView error={open.error} />
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function errorOf(error: string | undefined): { error?: string } {
  return error === undefined ? {} : { error };
}

interface TemplateFieldProps {
  value: string;
  error: string | undefined;
  onChange: (id: string) => void;
}

/** Chooses how the case is worked; nothing where no template is kept. */
function TemplateField({ value, error, onChange }: TemplateFieldProps) {
  const items = useQuery(templatesQuery).data?.items ?? [];
  const chosen = items.find((t) => t.id === value);
  if (items.length === 0) return null;
  return (
    <Field
      label="Template"
      hint={
        chosen === undefined
          ? "The case begins with its phases and tasks. One can be applied later, too."
          : holds(chosen)
      }
      {...errorOf(error)}
    >
      {(id, below) => (
        <select
          id={id}
          aria-describedby={below}
          aria-invalid={error !== undefined}
          className="select"
          value={value}
          onChange={(e) => onChange(e.target.value)}
        >
          <option value="">None</option>
          {items.map((t) => (
            <option key={t.id} value={t.id}>
              {plainly(t.name)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What a template gives a case, in words. */
function holds({ steps, description }: CaseTemplate): string {
  const phases = new Set(steps.map((s) => s.phase).filter((phase) => phase !== "")).size;
  const what = `${plural(steps.length, "task")}${phases > 0 ? ` in ${plural(phases, "phase")}` : ""}.`;
  return description === "" ? what : `${what} ${plainly(description)}`;
}

/** The lines of a text that have something in them. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What the server says of an artifact, with the place of its line. */
export function artifactError(error: unknown): string | undefined {
  const problems = (error as { problems?: { pointer?: string; message: string; fix?: string }[] } | null)
    ?.problems;
  const first = problems?.find((p) => p.pointer?.startsWith("/artifacts/"));
  if (first === undefined) return undefined;
  const line = Number(first.pointer?.split("/")[2] ?? 0) + 1;
  return `Line ${line}: ${first.message}${first.fix ? `: ${first.fix}` : ""}`;
}
