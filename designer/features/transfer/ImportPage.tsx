import "./transfer.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileDown, FileJson, LoaderCircle } from "lucide-react";
import { useEffect, useState } from "react";
import { transfer } from "@/api/client";
import { ApiError } from "@/api/http";
import { usePermissions } from "@/api/permissions";
import type { ImportPlan, ImportResult, Problem } from "@/api/types";
import { Button } from "@/ui/Button";
import { Denied } from "@/ui/Denied";
import { DropTarget } from "@/ui/DropTarget";
import { ErrorView, Failure } from "@/ui/Feedback";
import { FileButton } from "@/ui/FileButton";
import { readTexts } from "@/ui/files";
import { plural } from "@/ui/format";
import { takeOver } from "@/ui/handover";
import { useHeir } from "@/ui/heir";
import { ExportCard } from "./ExportCard";
import { FilesCard } from "./FilesCard";
import { PlanView } from "./PlanView";
import { Problems } from "./Problems";
import { type Choices, defaultChoices, filesOf, outcome } from "./plan";
import { RecentImports } from "./RecentImports";
import { ResultView } from "./ResultView";

/** Import and export. Files become a plan; the plan is looked at, then applied whole or not at all. */
export function ImportPage() {
  const { can, role } = usePermissions();
  if (!can("import")) {
    return (
      <>
        <Head />
        <Denied what="import flows" role={role} />
        {can("export") && (
          <div className="page-body">
            <ExportCard />
          </div>
        )}
      </>
    );
  }
  return <Import mayExport={can("export")} />;
}

function Head() {
  return (
    <header className="page-head">
      <h1>Import and export</h1>
    </header>
  );
}

interface Planned {
  /** Undefined when none of the files could be read. */
  plan: ImportPlan | undefined;
  /** Files that never reached the server, so the plan is not of all that was dropped. */
  unread: Problem[];
  /** All that was dropped. */
  names: string[];
}

async function makePlan(files: File[]): Promise<Planned> {
  const { texts, unread } = await readTexts(files);
  const problems = unread.map((u): Problem => ({ ...u, code: "unreadable", severity: "error", pointer: "" }));
  const names = [...texts.map((t) => t.name), ...unread.map((u) => u.file)];
  return { plan: texts.length === 0 ? undefined : await transfer.plan(texts), unread: problems, names };
}

function Import({ mayExport }: { mayExport: boolean }) {
  const [result, setResult] = useState<ImportResult>();
  const planning = useMutation({ mutationFn: makePlan });
  const { mutate: start, data, variables: files } = planning;
  const take = (dropped: File[]) => {
    setResult(undefined);
    start(dropped);
  };
  const restart = () => {
    setResult(undefined);
    planning.reset();
  };
  // Files that were dropped on another page come along once.
  useEffect(() => {
    const handed = takeOver();
    if (handed.length > 0) start(handed);
  }, [start]);

  const blank = !planning.isPending && data?.plan === undefined;
  const stand = useHeir(blank ? "files" : result);
  return (
    <DropTarget onDrop={take} label="Drop to see what importing would do">
      <Head />
      <div className="page-body" ref={stand}>
        {planning.isError && <PlanFailure error={planning.error} />}
        {data !== undefined && (
          <>
            {result === undefined && (
              <FilesCard
                files={filesOf(data.names, data.plan, problemsOf(data))}
                applicable={!stopped(data)}
              />
            )}
            <Problems problems={problemsOf(data)} />
          </>
        )}
        {planning.isPending && (
          <p className="import-target" role="status">
            <LoaderCircle size={22} className="spin" aria-hidden />
            Reading {plural(files?.length ?? 0, "file")}…
          </p>
        )}
        {data?.plan !== undefined && result === undefined && (
          <Review
            key={data.plan.id}
            plan={data.plan}
            stopped={stopped(data)}
            onDone={setResult}
            onRestart={restart}
            onAgain={() => files !== undefined && take(files)}
          />
        )}
        {data?.plan !== undefined && result !== undefined && (
          <ResultView plan={data.plan} result={result} onAgain={restart} />
        )}
        {blank && <FileChooser onFiles={take} />}
        {blank && <RecentImports />}
        {blank && mayExport && <ExportCard />}
      </div>
    </DropTarget>
  );
}

function problemsOf({ plan, unread }: Planned): Problem[] {
  return [...unread, ...(plan?.problems ?? [])];
}

function stopped({ plan, unread }: Planned): boolean {
  return unread.length > 0 || plan?.applicable !== true;
}

function FileChooser({ onFiles }: { onFiles: (files: File[]) => void }) {
  return (
    <section className="import-target" aria-label="Import">
      <FileJson size={28} strokeWidth={1.5} aria-hidden />
      <h2>Drop flow files or bundles anywhere on this page</h2>
      <p className="muted">
        You see what would change first. A flow that is here already is never overwritten unasked.
      </p>
      <FileButton
        look="primary"
        multiple
        field="import-files"
        accept=".json,application/json"
        onFiles={onFiles}
      >
        <FileDown size={15} aria-hidden /> Choose files
      </FileButton>
    </section>
  );
}

function PlanFailure({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.problems.length === 0) return <ErrorView error={error} />;
  return (
    <>
      <Failure title={error.title} detail={error.message} />
      <Problems problems={error.problems} />
    </>
  );
}

interface ReviewProps {
  plan: ImportPlan;
  stopped: boolean;
  onDone: (result: ImportResult) => void;
  onRestart: () => void;
  onAgain: () => void;
}

function Review({ plan, stopped, onDone, onRestart, onAgain }: ReviewProps) {
  const queries = useQueryClient();
  const [choices, setChoices] = useState<Choices>(() => defaultChoices(plan));
  const apply = useMutation({
    mutationFn: () => transfer.apply(plan.id, choices),
    async onSuccess(result) {
      onDone(result);
      await queries.invalidateQueries();
    },
  });
  const { text, writes } = outcome(plan, choices);
  const stale = apply.error instanceof ApiError && apply.error.status === 409;
  return (
    <>
      <PlanView
        plan={plan}
        choices={choices}
        onChoose={(flowId, choice) => setChoices({ ...choices, [flowId]: choice })}
      />
      {apply.isError && (
        <ErrorView error={apply.error}>
          {stale && (
            <p className="row">
              <Button onClick={onAgain}>Plan again</Button>
              <span className="muted">with the same files</span>
            </p>
          )}
        </ErrorView>
      )}
      <footer className="plan-foot">
        <span className="grow" role="status" data-testid="outcome">
          {stopped ? "Nothing can be imported yet." : text}
        </span>
        <Button onClick={onRestart} data-testid="import-again">
          Start over
        </Button>
        <Button
          look="primary"
          busy={apply.isPending}
          disabled={stopped || writes === 0}
          title={writes === 0 ? "Every flow is left as it is: there is nothing to import" : undefined}
          onClick={() => apply.mutate()}
          data-testid="import-apply"
        >
          {apply.isPending ? "Importing…" : writes === 0 ? "Import" : `Import ${plural(writes, "flow")}`}
        </Button>
      </footer>
    </>
  );
}
