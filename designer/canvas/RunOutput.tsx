import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { runQuery } from "@/api/queries";
import type { Run } from "@/api/types";
import { useRunSummary } from "@/run/hooks";
import { JsonTree } from "@/ui/JsonTree";
import { StepFailure } from "./StepData";

/** A run as it is by now. Its end brings the output, which events don't carry. */
export function useRunNow(id: string): Run | undefined {
  const state = useRunSummary()?.state;
  const queries = useQueryClient();
  const read = useQuery(runQuery(id));
  useEffect(() => {
    if (read.data !== undefined && state !== undefined && state !== read.data.state)
      void queries.invalidateQueries({ queryKey: ["run", id] });
  }, [state, read.data, queries, id]);
  return read.data;
}

/** What a run answered, or why it failed. */
export function RunOutput({ run, compact = false }: { run: Run; compact?: boolean }) {
  const summary = useRunSummary();
  const error = run.error ?? summary?.error;
  if (run.output !== undefined && run.output !== null)
    return (
      <>
        <StepFailure error={error} />
        <JsonTree value={run.output} label="Output" searchable={!compact} compact={compact} />
      </>
    );
  if (error) return <StepFailure error={error} />;
  return (
    <p className="muted">{run.state === "succeeded" ? "The flow names no output." : "No output yet."}</p>
  );
}
