import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ClipboardList } from "lucide-react";
import { useState } from "react";
import { type Case, type CaseTask, tasks, templatePlanQuery, templatesQuery } from "@/api/cases";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { useShowCase } from "./useCase";

/** Chooses a template and shows first what it keeps, adds and drops. */
export function TemplateDialog({ item, onClose }: { item: Case; onClose: () => void }) {
  const list = useQuery(templatesQuery);
  const [chosen, setChosen] = useState("");
  const plan = useQuery(templatePlanQuery(item.id, item.revision, chosen));
  const show = useShowCase();
  const apply = useMutation({
    mutationFn: () => tasks.apply(item.id, chosen),
    onSuccess: (now) => {
      show(now);
      onClose();
    },
  });
  const template = list.data?.items.find((t) => t.id === chosen);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Apply a template"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={apply.isPending || plan.data === undefined}
            onClick={() => apply.mutate()}
          >
            Apply it
          </Button>
        </>
      }
    >
      {list.isError && <ErrorView error={list.error} />}
      {list.data?.items.length === 0 ? (
        <Empty
          icon={ClipboardList}
          title="No template yet"
          text="A responder saves how cases of a kind are worked."
        >
          <Link to="/cases/templates" className="btn">
            Templates
          </Link>
        </Empty>
      ) : (
        <div className="case-form">
          <Field label="Template">
            {(id) => (
              <select
                id={id}
                className="select"
                value={chosen}
                onChange={(e) => setChosen(e.target.value)}
                autoFocus
              >
                <option value="">Choose…</option>
                {list.data?.items.map((t) => (
                  <option key={t.id} value={t.id}>
                    {plainly(t.name)} (version {t.version})
                  </option>
                ))}
              </select>
            )}
          </Field>
          {template !== undefined && template.description !== "" && (
            <p className="muted">{plainly(template.description)}</p>
          )}
          {chosen !== "" && plan.isPending && <SkeletonRows rows={3} height={30} />}
          {plan.isError && <ErrorView error={plan.error} />}
          {plan.data !== undefined && (
            <>
              <Part word="Adds" items={plan.data.added} />
              <Part word="Keeps" items={plan.data.kept} />
              <Part word="Drops, because nobody began them," items={plan.data.dropped} />
            </>
          )}
          {apply.isError && <ErrorView error={apply.error} />}
        </div>
      )}
    </Dialog>
  );
}

function Part({ word, items }: { word: string; items: CaseTask[] }) {
  if (items.length === 0) return null;
  return (
    <div>
      <strong>
        {word} {items.length} {items.length === 1 ? "task" : "tasks"}
      </strong>
      <ul className="case-plan">
        {items.map((t) => (
          <li key={t.id}>
            {t.phase !== "" && <span className="muted">{plainly(t.phase)}: </span>}
            {plainly(t.title)}
          </li>
        ))}
      </ul>
    </div>
  );
}
