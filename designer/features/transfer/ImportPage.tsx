import "./transfer.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileDown, FileJson } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { type DroppedFile, transfer } from "@/api/client";
import { ApiError } from "@/api/http";
import type { ImportChoice, ImportPlan, ImportResult } from "@/api/types";
import { Button } from "@/ui/Button";
import { DropTarget } from "@/ui/DropTarget";
import { Empty, ErrorView } from "@/ui/Feedback";
import { plural } from "@/ui/format";
import { takeOver } from "@/ui/handover";
import { toast } from "@/ui/Toasts";
import { PlanView } from "./PlanView";

const MOST_BYTES = 64 << 20;

/** Files become a plan; the plan is looked at, then applied whole or not at all. */
export function ImportPage() {
  const queries = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const [choices, setChoices] = useState<Record<string, ImportChoice>>({});
  const plan = useMutation({
    mutationFn: async (files: File[]) => transfer.plan(await readAll(files)),
    onSuccess: (made) => setChoices(Object.fromEntries(made.items.map((i) => [i.flowId, i.choice]))),
  });
  const apply = useMutation({
    mutationFn: (made: ImportPlan) => transfer.apply(made.id, choices),
    onSuccess: () => void queries.invalidateQueries(),
  });
  const take = (files: File[]) => {
    if (files.length === 0) return;
    apply.reset();
    plan.mutate(files);
  };
  // Files that were dropped on another page come along once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page opens
  useEffect(() => take(takeOver()), []);
  const again = () => {
    plan.reset();
    apply.reset();
  };
  return (
    <DropTarget onDrop={take} label="Drop flow files to see what they would change">
      <header className="page-head">
        <h1>Import</h1>
        <span className="grow" />
        <input
          ref={picker}
          type="file"
          multiple
          accept=".json,application/json"
          hidden
          data-testid="import-files"
          onChange={(e) => {
            take([...(e.target.files ?? [])]);
            e.target.value = "";
          }}
        />
        {(plan.data !== undefined || plan.isError) && (
          <Button onClick={again} data-testid="import-again">
            Start over
          </Button>
        )}
        <Button onClick={() => picker.current?.click()} look={plan.data === undefined ? "primary" : "plain"}>
          <FileJson size={15} aria-hidden /> Choose files
        </Button>
      </header>
      <div className="page-body">
        {plan.isIdle && (
          <div className="card">
            <Empty
              icon={FileDown}
              title="Drop flow files here"
              text="Flow files or bundles. You see a plan first; nothing is changed before you say so."
            />
          </div>
        )}
        {plan.isPending && <p role="status">Reading the files…</p>}
        {plan.isError && <ErrorView error={plan.error} />}
        {apply.isError && (
          <ErrorView error={apply.error}>
            {apply.error instanceof ApiError && apply.error.status === 409 && (
              <p>Something here changed since the plan was made: start over to see a new one.</p>
            )}
          </ErrorView>
        )}
        {plan.data !== undefined && apply.data === undefined && (
          <PlanView
            plan={plan.data}
            choices={choices}
            onChoose={(id, choice) => setChoices({ ...choices, [id]: choice })}
            busy={apply.isPending}
            onApply={() => apply.mutate(plan.data)}
          />
        )}
        {apply.data !== undefined && <Applied result={apply.data} plan={plan.data} />}
      </div>
    </DropTarget>
  );
}

async function readAll(files: File[]): Promise<DroppedFile[]> {
  const size = files.reduce((sum, f) => sum + f.size, 0);
  if (size > MOST_BYTES)
    throw new Error("These files are larger than 64 MiB together: import them in parts.");
  return Promise.all(files.map(async (f) => ({ name: f.name, content: await f.text() })));
}

const RESULTS = { created: "Created", updated: "Updated", kept: "Kept as it was", copied: "Copied" };

function Applied({ result, plan }: { result: ImportResult; plan: ImportPlan | undefined }) {
  const queries = useQueryClient();
  const names = new Map(plan?.items.map((i) => [i.flowId, i.name]));
  const back = useMutation({
    mutationFn: () => transfer.rollback(result.importId),
    onSuccess() {
      void queries.invalidateQueries();
      toast("ok", "Everything is as it was before the import.");
    },
  });
  const changed = result.flows.filter((f) => f.result !== "kept").length;
  return (
    <section className="card plan-done" data-testid="import-done">
      <h2>
        {back.isSuccess
          ? "Rolled back"
          : changed === 0
            ? "Nothing was changed"
            : `Imported ${plural(changed, "flow")}`}
      </h2>
      {back.isError && <ErrorView error={back.error} />}
      {!back.isSuccess && (
        <ul className="plan-results">
          {result.flows.map((f) => (
            <li key={f.flowId}>
              <span className="badge">{RESULTS[f.result]}</span>
              <Link to="/flows/$id" params={{ id: f.id }} search={{}}>
                {names.get(f.flowId) ?? f.id}
              </Link>
            </li>
          ))}
        </ul>
      )}
      <div className="row">
        <Link to="/flows" search={{}} className="btn btn-primary">
          All flows
        </Link>
        {!back.isSuccess && changed > 0 && (
          <Button
            look="danger"
            onClick={() => back.mutate()}
            disabled={back.isPending}
            data-testid="rollback"
          >
            {back.isPending ? "Rolling back…" : "Roll back"}
          </Button>
        )}
      </div>
    </section>
  );
}
