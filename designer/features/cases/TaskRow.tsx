import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, Play } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { type Case, type CaseTask, type TaskChange, tasks } from "@/api/cases";
import { ApiError } from "@/api/http";
import { usePermissions } from "@/api/permissions";
import { flowNameQuery } from "@/canvas/called";
import { Markdown } from "@/canvas/Markdown";
import type { Schema } from "@/core/flow/catalog";
import type { JsonObject } from "@/core/flow/document";
import { faultsUnder } from "@/core/input/faults";
import { PlainForm } from "@/schema-form/PlainForm";
import { Button } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { JsonTree } from "@/ui/JsonTree";
import { Named, plainly } from "@/ui/Named";
import { Ago, Until } from "@/ui/Time";
import { isOver } from "./over";
import { useShowCase } from "./useCase";

const WORDS: Record<CaseTask["state"], string> = {
  open: "To do",
  running: "Running",
  failed: "Failed",
  done: "Done",
  skipped: "Skipped",
};

interface TaskRowProps {
  item: Case;
  task: CaseTask;
  disabled: boolean;
}

/** One task: its box, and behind its title what it says, its form, and what came of it. */
export function TaskRow({ item, task, disabled }: TaskRowProps) {
  const [open, setOpen] = useState(false);
  const details = useId();
  const work = useTask(item, task);
  const over = isOver(task);
  // What has a form is filled in, and what a flow does is run, not ticked.
  const ticks = task.form === undefined && (task.flow === undefined || task.flow === "");
  const tick = () => {
    if (ticks || over) return work.change.mutate({ state: over ? "open" : "done" });
    flushSync(() => setOpen(true));
    const first = task.form === undefined ? "button:enabled" : ":is(input, textarea, select, button):enabled";
    document.getElementById(details)?.querySelector<HTMLElement>(first)?.focus();
  };
  return (
    <li className="case-task" data-state={task.state} data-testid={`task-${task.title}`}>
      <div className="case-task-line">
        <input
          type="checkbox"
          aria-label={plainly(task.title)}
          checked={over}
          disabled={disabled || task.state === "running" || (task.blocked?.length ?? 0) > 0}
          onChange={tick}
        />
        <button
          type="button"
          className="case-task-title"
          aria-expanded={open}
          aria-controls={details}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
          <span>{plainly(task.title)}</span>
        </button>
        {task.required === true && !over && <span className="muted case-task-note">required</span>}
        {(task.blocked?.length ?? 0) > 0 && (
          <span className="muted case-task-note">after {task.blocked?.map(plainly).join(", ")}</span>
        )}
        {task.assignee !== "" && <span className="muted case-task-note">{plainly(task.assignee)}</span>}
        {!over && item.status !== "closed" && task.dueAt !== undefined && (
          <span className={`case-task-note ${task.overdue ? "case-overdue" : "muted"}`}>
            {task.overdue ? "overdue" : <Until at={task.dueAt} />}
          </span>
        )}
        {task.state !== "open" && (
          <span className="case-task-state" data-state={task.state}>
            {WORDS[task.state]}
          </span>
        )}
      </div>
      {work.change.isError && !open && <ErrorView error={work.change.error} />}
      <div id={details} hidden={!open}>
        {open && <TaskDetails task={task} disabled={disabled} work={work} />}
      </div>
    </li>
  );
}

function useTask(item: Case, task: CaseTask) {
  const show = useShowCase();
  const change = useMutation({
    mutationFn: (what: TaskChange) => tasks.change(item.id, task.id, what),
    onSuccess: show,
  });
  const run = useMutation({ mutationFn: () => tasks.run(item.id, task.id), onSuccess: show });
  return { change, run };
}

interface TaskDetailsProps {
  task: CaseTask;
  disabled: boolean;
  work: ReturnType<typeof useTask>;
}

function TaskDetails({ task, disabled, work }: TaskDetailsProps) {
  const { change, run } = work;
  const may = usePermissions();
  const [note, setNote] = useState(task.note);
  const [answers, setAnswers] = useState((task.answers ?? {}) as JsonObject);
  const faults = useMemo(
    () => (change.error instanceof ApiError ? faultsUnder("/answers", change.error.problems) : []),
    [change.error],
  );
  const over = isOver(task);
  const byFlow = task.flow !== undefined && task.flow !== "";
  const name = useQuery({ ...flowNameQuery(task.flow ?? ""), enabled: byFlow });
  const form = task.form as Schema | undefined;
  const blocked = (task.blocked?.length ?? 0) > 0;
  const finish = (state: "done" | "skipped") =>
    change.mutate({
      state,
      ...(note === task.note ? {} : { note }),
      ...(form !== undefined && state === "done" ? { answers } : {}),
    });
  return (
    <div className="case-task-details">
      {task.instructions !== undefined && task.instructions !== "" && (
        <div className="markdown">
          <Markdown text={task.instructions} />
        </div>
      )}
      {task.flow !== undefined && task.flow !== "" && (
        <p className="muted">
          <Link to="/flows/$id" params={{ id: task.flow }} search={{}}>
            {name.data === undefined ? "A flow" : <Named text={name.data} />}
          </Link>{" "}
          does this{task.auto === true && ", by itself as soon as it can"}.{" "}
          {task.run !== undefined && (
            <Link to="/runs/$id" params={{ id: task.run }} search={{}}>
              Its run
            </Link>
          )}
        </p>
      )}
      {over || disabled ? (
        <>
          {task.note !== "" && (
            <div className="markdown">
              <Markdown text={task.note} quotes />
            </div>
          )}
          {task.answers !== undefined && task.answers !== null && (
            <JsonTree value={task.answers as JsonObject} label={`What came of ${task.title}`} />
          )}
          {task.doneAt !== undefined && over && (
            <p className="muted">
              {WORDS[task.state]} by {plainly(task.doneBy ?? "")} <Ago at={task.doneAt} />
            </p>
          )}
        </>
      ) : (
        <>
          {form !== undefined && (
            <PlainForm schema={form} value={answers} onChange={setAnswers} faults={faults} />
          )}
          <Field label="Note" hint="Markdown, kept with the task.">
            {(id, below) => (
              <textarea
                id={id}
                aria-describedby={below}
                className="textarea"
                rows={2}
                value={note}
                onChange={(e) => setNote(e.target.value)}
              />
            )}
          </Field>
          {change.isError && faults.length === 0 && <ErrorView error={change.error} />}
          {run.isError && <ErrorView error={run.error} />}
          <div className="row">
            {byFlow && (
              <Button
                small
                look="primary"
                busy={run.isPending || task.state === "running" || blocked}
                disabled={!may.can("flow.run")}
                onClick={() => run.mutate()}
              >
                <Play size={13} aria-hidden /> {task.state === "failed" ? "Try again" : "Run it"}
              </Button>
            )}
            <Button
              small
              look={byFlow ? "plain" : "primary"}
              busy={change.isPending || blocked || task.state === "running"}
              onClick={() => finish("done")}
            >
              {byFlow ? "Done by hand" : "Done"}
            </Button>
            {task.required !== true && task.state !== "running" && (
              <Button small onClick={() => finish("skipped")}>
                Skip
              </Button>
            )}
            {note !== task.note && (
              <Button small onClick={() => change.mutate({ note })}>
                Save the note
              </Button>
            )}
          </div>
        </>
      )}
    </div>
  );
}
