import "./cases.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { type CaseStep, type CaseTemplate, templates, templatesQuery } from "@/api/cases";
import { ApiError, fieldError } from "@/api/http";
import { usePermissions } from "@/api/permissions";
import { Button } from "@/ui/Button";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field, TextField } from "@/ui/Fields";
import { toast } from "@/ui/Toasts";
import { BackLink } from "./CasePage";
import { StepEditor } from "./StepEditor";

const route = getRouteApi("/app/cases/templates/$id");

/** A step as it is edited: what names it while the page is open stays with it as it moves. */
export interface DraftStep extends CaseStep {
  mark: number;
}

/** One template: its phases and steps, saved as the next version. */
export function CaseTemplatePage() {
  const { id } = route.useParams();
  const list = useQuery(templatesQuery);
  const found = list.data?.items.find((t) => t.id === id);
  if (id === "new") return <TemplateEditor key="new" />;
  if (found !== undefined) return <TemplateEditor key={found.id} found={found} />;
  return (
    <>
      <header className="page-head">
        <BackLink to="/cases/templates" label="All templates" />
        <h1>Template</h1>
      </header>
      <div className="page-body">
        {list.isPending && <SkeletonRows />}
        {list.isError && <ErrorView error={list.error} />}
        {list.data !== undefined && (
          <Empty icon={Plus} title="There is no such template" text="It may have been removed." />
        )}
      </div>
    </>
  );
}

function TemplateEditor({ found }: { found?: CaseTemplate }) {
  // The list is read anew while one edits: what is saved was made from this version.
  const [version] = useState(found?.version);
  const [name, setName] = useState(found?.name ?? "");
  const [description, setDescription] = useState(found?.description ?? "");
  const marks = useRef(0);
  // A new step has its key at once, so that others can come after it.
  const marked = (s: CaseStep): DraftStep => {
    const mark = marks.current++;
    return { key: `t${Date.now().toString(36)}${mark}`, ...s, mark };
  };
  const [steps, setSteps] = useState<DraftStep[]>(() =>
    (found?.steps ?? [{ phase: "", title: "" }]).map(marked),
  );
  const queries = useQueryClient();
  const go = useNavigate();
  const may = usePermissions();
  const save = useMutation({
    mutationFn: () =>
      templates.save({
        ...(found === undefined || version === undefined ? {} : { id: found.id, version }),
        name,
        description,
        steps: steps.map(({ mark: _, ...step }) => step),
      }),
    onSuccess: async (now) => {
      await queries.invalidateQueries({ queryKey: ["case-templates"] });
      toast("ok", `Saved as version ${now.version}`);
      void go({ to: "/cases/templates" });
    },
  });
  const set = (at: number, change: Partial<DraftStep>) =>
    setSteps(steps.map((s, i) => (i === at ? { ...s, ...change } : s)));
  const move = (at: number, by: number) => {
    const next = [...steps];
    const [step] = next.splice(at, 1);
    if (step !== undefined) next.splice(at + by, 0, step);
    setSteps(next);
  };
  const nameError = fieldError(save.error, "/name");
  const stepError = stepErrors(save.error);
  const disabled = !may.can("case.template");
  return (
    <>
      <header className="page-head">
        <BackLink to="/cases/templates" label="All templates" />
        <h1>{found === undefined ? "New template" : "Template"}</h1>
        {found !== undefined && <span className="muted">version {version}</span>}
        <span className="grow" />
        <Button
          look="primary"
          busy={save.isPending}
          disabled={disabled}
          title={may.why("case.template")}
          onClick={() => save.mutate()}
        >
          Save
        </Button>
      </header>
      <div className="page-body template-page">
        <section className="card case-part" aria-label="The template">
          <TextField
            label="Name"
            hint="The kind of incident, such as malware or account compromise."
            value={name}
            error={nameError}
            onChange={(e) => setName(e.target.value)}
            autoFocus={found === undefined}
          />
          <Field label="Description">
            {(id) => (
              <textarea
                id={id}
                className="textarea"
                rows={2}
                value={description}
                onChange={(e) => setDescription(e.target.value)}
              />
            )}
          </Field>
        </section>
        {save.isError && nameError === undefined && stepError.size === 0 && <ErrorView error={save.error} />}
        <ol className="template-steps">
          {steps.map((step, i) => (
            <StepEditor
              key={step.mark}
              step={step}
              number={i + 1}
              before={steps.slice(0, i)}
              error={stepError.get(i)}
              onChange={(change) => set(i, change)}
              onUp={i > 0 ? () => move(i, -1) : undefined}
              onDown={i < steps.length - 1 ? () => move(i, 1) : undefined}
              onRemove={() => setSteps(without(steps, i))}
            />
          ))}
        </ol>
        <Button onClick={() => setSteps([...steps, marked({ phase: steps.at(-1)?.phase ?? "", title: "" })])}>
          <Plus size={14} aria-hidden /> Add a task
        </Button>
      </div>
    </>
  );
}

/** The steps but for one, which nothing comes after any more. */
function without(steps: DraftStep[], at: number): DraftStep[] {
  const gone = steps[at]?.key;
  return steps
    .filter((_, i) => i !== at)
    .map((s) => (s.after ? { ...s, after: s.after.filter((k) => k !== gone) } : s));
}

/** What the server holds against each step. */
function stepErrors(error: unknown): Map<number, string> {
  const found = new Map<number, string>();
  if (!(error instanceof ApiError)) return found;
  for (const p of error.problems) {
    const at = /^\/steps\/(\d+)/.exec(p.pointer ?? "")?.[1];
    if (at !== undefined) found.set(Number(at), `${p.message}${p.fix ? `: ${p.fix}` : ""}`);
  }
  return found;
}
