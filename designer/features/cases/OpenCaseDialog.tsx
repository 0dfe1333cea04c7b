import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Case, cases } from "@/api/cases";
import { fieldError } from "@/api/http";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { Tags } from "./Tags";
import { SEVERITIES } from "./words";

/** Asks for what a case begins with, opens it, and goes there. */
export function OpenCaseDialog({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [severity, setSeverity] = useState<Case["severity"]>("medium");
  const [tags, setTags] = useState<string[]>([]);
  const [artifacts, setArtifacts] = useState("");
  // The same key for each try: one after a lost answer opens no second case, and a refused one kept none.
  const key = useRef(crypto.randomUUID());
  const go = useNavigate();
  const queries = useQueryClient();
  const open = useMutation({
    mutationFn: () =>
      cases.open(
        { title, severity, tags, artifacts: linesOf(artifacts).map((value) => ({ value })) },
        key.current,
      ),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["cases"] });
      onClose();
      void go({ to: "/cases/$id", params: { id: String(made.number) } });
    },
  });
  const titleError = fieldError(open.error, "/title");
  const tagsError = fieldError(open.error, "/tags");
  const wrong = artifactError(open.error);
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
          error={titleError}
          onChange={(e) => setTitle(e.target.value)}
          autoFocus
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
          {...(tagsError === undefined ? {} : { error: tagsError })}
        >
          {(id, below) => <Tags id={id} below={below} tags={tags} onChange={setTags} />}
        </Field>
        <Field
          label="Artifacts"
          hint="Addresses, domains, hashes, hosts… one a line, defanged or not."
          {...(wrong === undefined ? {} : { error: wrong })}
        >
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea mono"
              rows={3}
              spellCheck={false}
              value={artifacts}
              onChange={(e) => setArtifacts(e.target.value)}
            />
          )}
        </Field>
        {open.isError && titleError === undefined && tagsError === undefined && wrong === undefined && (
          <ErrorView error={open.error} />
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
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
