import "./cases.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ClipboardList, Plus } from "lucide-react";
import { useState } from "react";
import { type CaseTemplate, templates, templatesQuery } from "@/api/cases";
import { usePermissions } from "@/api/permissions";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Named, plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { BackLink } from "./CasePage";

/** How cases of each kind are worked. */
export function CaseTemplatesPage() {
  const list = useQuery(templatesQuery);
  const may = usePermissions();
  const go = useNavigate();
  const add = () => void go({ to: "/cases/templates/$id", params: { id: "new" } });
  return (
    <>
      <header className="page-head">
        <BackLink />
        <h1>Templates</h1>
        <span className="grow" />
        <Button
          look="primary"
          disabled={!may.can("case.template")}
          title={may.why("case.template")}
          onClick={add}
        >
          <Plus size={15} aria-hidden /> New template
        </Button>
      </header>
      <div className="page-body">
        {list.isPending && <SkeletonRows />}
        {list.isError && <ErrorView error={list.error} />}
        {list.data !== undefined && (
          <div className="card cases-card">
            {list.data.items.length === 0 ? (
              <Empty
                icon={ClipboardList}
                title="No template yet"
                text="A template holds the tasks of a kind of incident, by phase: what is done, by whom or which flow, in which order and time."
              >
                <Button onClick={add} disabled={!may.can("case.template")}>
                  New template
                </Button>
              </Empty>
            ) : (
              <TemplateTable items={list.data.items} may={may.can("case.template")} />
            )}
          </div>
        )}
      </div>
    </>
  );
}

function TemplateTable({ items, may }: { items: CaseTemplate[]; may: boolean }) {
  const [leaving, setLeaving] = useState<CaseTemplate>();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => templates.remove(id),
    onSuccess: () => {
      setLeaving(undefined);
      void queries.invalidateQueries({ queryKey: ["case-templates"] });
    },
    onError: (error) => toast("fail", error.message),
  });
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Tasks</th>
            <th scope="col">Version</th>
            <th scope="col">Saved</th>
            <th scope="col">
              <span className="hidden-text">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((t) => (
            <tr key={t.id}>
              <td>
                <Link to="/cases/templates/$id" params={{ id: t.id }} className="flow-link">
                  <Named text={t.name} />
                </Link>
              </td>
              <td>{t.steps.length}</td>
              <td>{t.version}</td>
              <td className="muted">
                <Ago at={t.savedAt} /> by {plainly(t.savedBy)}
              </td>
              <td>
                {may && (
                  <Button small look="quiet" onClick={() => setLeaving(t)} aria-label={`Remove ${t.name}`}>
                    Remove
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {leaving !== undefined && (
        <Dialog
          open
          onClose={() => setLeaving(undefined)}
          title={`Remove ${leaving.name}?`}
          description="Cases keep the tasks that were made of it."
          footer={
            <>
              <Button autoFocus onClick={() => setLeaving(undefined)}>
                Keep it
              </Button>
              <Button look="danger-full" busy={remove.isPending} onClick={() => remove.mutate(leaving.id)}>
                Remove
              </Button>
            </>
          }
        >
          {null}
        </Dialog>
      )}
    </>
  );
}
