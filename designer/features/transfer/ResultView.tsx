import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Undo2 } from "lucide-react";
import { useState } from "react";
import { transfer } from "@/api/client";
import type { ImportPlan, ImportResult } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";

const RESULT_TEXT: Record<ImportResult["flows"][number]["result"], string> = {
  created: "added",
  updated: "draft replaced",
  kept: "left as it is",
  copied: "copied with a new id",
};

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
  const names = new Map(plan.items.map((i) => [i.flowId, i.name]));
  const wrote = result.flows.some((f) => f.result !== "kept");
  return (
    <section className="card" aria-labelledby="result-title" data-testid="import-result">
      <div className="card-head">
        {back ? <Undo2 size={18} aria-hidden /> : <CircleCheck size={18} color="var(--ok)" aria-hidden />}
        <div className="grow" role="status">
          <h2 id="result-title">{back ? "The import is rolled back" : "Imported"}</h2>
          <p className="muted">
            {back
              ? "Every flow is as it was before."
              : "Drafts only: what is live stays live until you publish."}
          </p>
        </div>
        {!back && wrote && (
          <Button onClick={() => rollback.mutate()} disabled={rollback.isPending}>
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
          <li key={flow.id} className="result-row">
            <span className="grow">
              {back && flow.result !== "kept" && flow.result !== "updated" ? (
                <s className="muted">{names.get(flow.flowId) ?? flow.id}</s>
              ) : (
                <Link to="/flows/$id" params={{ id: flow.id }}>
                  {names.get(flow.flowId) ?? flow.id}
                </Link>
              )}
            </span>
            <span className="muted">{back ? "as before" : RESULT_TEXT[flow.result]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
