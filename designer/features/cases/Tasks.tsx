import { useMutation, useQuery } from "@tanstack/react-query";
import { ClipboardList } from "lucide-react";
import { useState } from "react";
import { type Case, type CaseTask, tasks, tasksQuery } from "@/api/cases";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { TaskRow } from "./TaskRow";
import { TemplateDialog } from "./TemplateDialog";
import { useShowCase } from "./useCase";

/** What is to be done in a case, by phase and in its order. */
export function Tasks({ item, disabled }: { item: Case; disabled: boolean }) {
  const list = useQuery(tasksQuery(item.id, item.revision));
  const [applying, setApplying] = useState(false);
  const phases = byPhase(list.data?.items ?? []);
  return (
    <section className="card case-part" aria-labelledby="case-tasks">
      <header className="case-part-head">
        <h2 id="case-tasks">
          Tasks{" "}
          {item.taskCount > 0 && (
            <span className="muted">
              {item.tasksDone} of {item.taskCount} · {Math.floor((100 * item.tasksDone) / item.taskCount)} %
            </span>
          )}
        </h2>
        {!disabled && (
          <Button small onClick={() => setApplying(true)}>
            <ClipboardList size={14} aria-hidden /> Apply a template…
          </Button>
        )}
      </header>
      {item.taskCount > 0 && (
        <progress
          className="case-progress"
          aria-label="Tasks that are over"
          value={item.tasksDone}
          max={item.taskCount}
        />
      )}
      {list.isPending && <SkeletonRows rows={3} height={36} />}
      {list.isError && <ErrorView error={list.error} />}
      {list.data !== undefined && list.data.items.length === 0 && (
        <p className="muted case-none">No task yet: a template brings those of a kind of incident.</p>
      )}
      {phases.map(({ phase, items }) => (
        <div key={phase} className="case-phase">
          {phase !== "" && <h3>{plainly(phase)}</h3>}
          <ol className="case-tasks">
            {items.map((task) => (
              <TaskRow key={task.id} item={item} task={task} disabled={disabled} />
            ))}
          </ol>
        </div>
      ))}
      {!disabled && <AddTask item={item} phase={phases.at(-1)?.phase ?? ""} />}
      {applying && <TemplateDialog item={item} onClose={() => setApplying(false)} />}
    </section>
  );
}

/** Phases in the order in which the first task of each stands. */
function byPhase(all: CaseTask[]): { phase: string; items: CaseTask[] }[] {
  const phases = new Map<string, CaseTask[]>();
  for (const t of all) phases.set(t.phase, [...(phases.get(t.phase) ?? []), t]);
  return [...phases].map(([phase, items]) => ({ phase, items }));
}

function AddTask({ item, phase }: { item: Case; phase: string }) {
  const [title, setTitle] = useState("");
  const show = useShowCase();
  const add = useMutation({
    mutationFn: () => tasks.add(item.id, { title, phase }),
    onSuccess: (now) => {
      setTitle("");
      show(now);
    },
    onError: (error) => toast("fail", error.message),
  });
  return (
    <form
      className="case-add-task"
      onSubmit={(e) => {
        e.preventDefault();
        if (title.trim() !== "" && !add.isPending) add.mutate();
      }}
    >
      <input
        className="input"
        aria-label="New task"
        placeholder="Add a task"
        value={title}
        maxLength={300}
        onChange={(e) => setTitle(e.target.value)}
      />
      {title.trim() !== "" && (
        <Button type="submit" busy={add.isPending}>
          Add
        </Button>
      )}
    </form>
  );
}
