import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Undo2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { transfer } from "@/api/client";
import type { ImportPlan, ImportResult, PlanItem } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";

type ImportedFlow = ImportResult["flows"][number];

const RESULT_TEXT: Record<ImportedFlow["result"], string> = {
  created: "added",
  updated: "draft replaced",
  kept: "left as it is",
  copied: "copied with a new id",
};

/** Whether the import made this flow, so that rolling back takes it away again. */
function made(flow: ImportedFlow): boolean {
  return flow.result === "created" || flow.result === "copied";
}

interface ResultViewProps {
  plan: ImportPlan;
  result: ImportResult;
  onAgain: () => void;
}

/** What an import did, with the way to each flow and the way back. */
export function ResultView({ plan, result, onAgain }: ResultViewProps) {
  const queries = useQueryClient();
  const [back, setBack] = useState(false);
  const rollback = useMutation({
    mutationFn: () => transfer.rollback(result.importId),
    async onSuccess() {
      setBack(true);
      await queries.invalidateQueries();
    },
  });
  // One reads on from what was done: the next Enter must not take it back.
  const title = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the title says another thing then
  useEffect(() => title.current?.focus(), [back]);
  const items = new Map(plan.items.map((i) => [i.flowId, i]));
  const wrote = result.flows.some((f) => f.result !== "kept");
  return (
    <section className="card" aria-labelledby="result-title" data-testid="import-done">
      <div className="card-head">
        {back ? <Undo2 size={18} aria-hidden /> : <CircleCheck size={18} color="var(--ok)" aria-hidden />}
        <div className="grow" role="status">
          <h2 id="result-title" ref={title} tabIndex={-1}>
            {back ? "The import is rolled back" : "Imported"}
          </h2>
          <p className="muted">
            {back
              ? "Every flow is as it was before."
              : "Drafts only: what is live stays live until you publish."}
          </p>
        </div>
        {!back && wrote && (
          <Button onClick={() => rollback.mutate()} busy={rollback.isPending} data-testid="rollback">
            <Undo2 size={15} aria-hidden />
            {rollback.isPending ? "Rolling back…" : "Roll back"}
          </Button>
        )}
        <Button onClick={onAgain}>Import more</Button>
      </div>
      {rollback.isError && (
        <div className="card-body">
          <ErrorView error={rollback.error} />
        </div>
      )}
      <ul>
        {result.flows.map((flow) => (
          <ResultRow key={flow.id} flow={flow} item={items.get(flow.flowId)} back={back} />
        ))}
      </ul>
    </section>
  );
}

function ResultRow({ flow, item, back }: { flow: ImportedFlow; item: PlanItem | undefined; back: boolean }) {
  const name = item?.name ?? flow.id;
  const leftOut = flow.result === "kept" && item?.status === "new";
  const absent = leftOut || (back && made(flow));
  const became = leftOut
    ? "left out"
    : !back
      ? RESULT_TEXT[flow.result]
      : made(flow)
        ? "gone again"
        : "as before";
  return (
    <li className="result-row">
      <span className="grow">
        {absent ? (
          <span className="muted">{name}</span>
        ) : (
          <Link to="/flows/$id" params={{ id: flow.id }} search={{}}>
            {name}
          </Link>
        )}
      </span>
      <span className="muted">{became}</span>
    </li>
  );
}
