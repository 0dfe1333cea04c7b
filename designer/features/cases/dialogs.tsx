import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useId, useState } from "react";
import { type Case, cases, relatedQuery, tasksQuery } from "@/api/cases";
import { fieldError } from "@/api/http";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { leftOpen } from "./over";
import { useChangeCase, useShowCase } from "./useCase";
import { RESOLUTIONS } from "./words";

/** Asks how a case ended and why. */
export function CloseDialog({ item, onClose }: { item: Case; onClose: () => void }) {
  const [resolution, setResolution] = useState("");
  const [comment, setComment] = useState("");
  const [missing, setMissing] = useState(false);
  const change = useChangeCase(item);
  const tasks = useQuery(tasksQuery(item.id, item.revision));
  const left = leftOpen(tasks.data?.items ?? []);
  const unfinished = left.length;
  const why = unfinished > 0 && comment.trim() === "" ? "Say why it is closed with required tasks open." : "";
  // The server knows of tasks that aren't shown here yet.
  const refused = comment.trim() === "" ? fieldError(change.error, "/comment") : undefined;
  const wrong = missing && why !== "" ? why : refused && plainly(refused);
  const close = () => {
    if (resolution === "" || why !== "") {
      setMissing(true);
      return;
    }
    change.mutate(
      { status: "closed", resolution, ...(comment.trim() === "" ? {} : { comment }) },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Close #${item.number}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={change.isPending} onClick={close}>
            {unfinished === 0 ? "Close the case" : `Close it with ${plural(unfinished, "task")} open`}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          close();
        }}
      >
        <Field label="How it ended" {...(missing && resolution === "" ? { error: "Say how it ended." } : {})}>
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              aria-invalid={missing && resolution === ""}
              className="select"
              value={resolution}
              onChange={(e) => setResolution(e.target.value)}
              autoFocus
            >
              <option value="">Choose…</option>
              {Object.entries(RESOLUTIONS).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Why"
          hint="Markdown; it stands in the timeline."
          {...(wrong === undefined ? {} : { error: wrong })}
        >
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              aria-invalid={wrong !== undefined}
              className="textarea"
              rows={4}
              value={comment}
              onChange={(e) => setComment(e.target.value)}
              onKeyDown={(e) => (e.ctrlKey || e.metaKey) && e.key === "Enter" && close()}
            />
          )}
        </Field>
        {left.length > 0 && (
          <p className="row" role="status">
            <TriangleAlert size={15} aria-hidden />
            {left.length === 1 ? "A required task is" : `${left.length} required tasks are`} open:{" "}
            {left.map((t) => plainly(t.title)).join(", ")}
          </p>
        )}
        {change.isError && refused === undefined && <ErrorView error={change.error} />}
      </form>
    </Dialog>
  );
}

/** Asks in which case this one goes on; related ones are at hand. */
export function MergeDialog({ item, onClose }: { item: Case; onClose: () => void }) {
  const [into, setInto] = useState("");
  const [comment, setComment] = useState("");
  const related = useQuery(relatedQuery(item.id, "merge"));
  const show = useShowCase();
  const go = useNavigate();
  const merge = useMutation({
    mutationFn: () => cases.merge(item.id, into.trim().replace(/^#/, ""), comment),
    onSuccess: (now) => {
      show(now);
      onClose();
      void go({ to: "/cases/$id", params: { id: String(now.number) } });
    },
  });
  const wrong =
    fieldError(merge.error, "/into") ??
    (merge.isError && (merge.error as { status?: number }).status === 404
      ? "There is no case of this number."
      : undefined);
  const options = useId();
  const send = () => into.trim() !== "" && merge.mutate();
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Merge #${item.number} into another case`}
      description="Its artifacts and tags go over, it is closed, and both say so. Its timeline stays with it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={merge.isPending || into.trim() === ""} onClick={send}>
            Merge
          </Button>
        </>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        <TextField
          label="Number of the case"
          hint="The case in which this one goes on, such as 12."
          value={into}
          error={wrong}
          list={options}
          onChange={(e) => setInto(e.target.value)}
          autoFocus
        />
        <datalist id={options}>
          {related.data?.items
            .filter((r) => r.case.mergedInto === undefined)
            .map((r) => (
              <option key={r.case.id} value={String(r.case.number)}>
                {plainly(r.case.title)}
              </option>
            ))}
        </datalist>
        <TextField
          label="Why"
          hint="Left out where it is plain."
          value={comment}
          onChange={(e) => setComment(e.target.value)}
        />
        {merge.isError && wrong === undefined && <ErrorView error={merge.error} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
