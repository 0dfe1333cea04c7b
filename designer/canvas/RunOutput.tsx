import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Reply } from "lucide-react";
import { useEffect } from "react";
import { runs } from "@/api/client";
import { runQuery, stepQuery } from "@/api/queries";
import type { Run } from "@/api/types";
import { type Flow, type JsonObject, nodeById } from "@/core/flow/document";
import { nodeOfKey } from "@/core/flow/steps";
import { useRunSummary } from "@/run/hooks";
import { JsonTree } from "@/ui/JsonTree";
import { CutNote, leftOut } from "./LargeValue";
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

interface RunOutputProps {
  run: Run;
  /** What ran: it tells which steps answer a webhook. */
  flow: Flow;
  compact?: boolean;
}

/** What a run gave, or else what it answered to its webhook, or why it failed. */
export function RunOutput({ run, flow, compact = false }: RunOutputProps) {
  const summary = useRunSummary();
  const error = run.error ?? summary?.error;
  const large = leftOut(run.output);
  if (large !== undefined)
    return (
      <>
        <StepFailure error={error} />
        <CutNote
          value={undefined}
          cut={{ size: large, more: [] }}
          label="output of the run"
          file={runs.outputFile(run.id)}
        />
      </>
    );
  if (run.output !== undefined && run.output !== null)
    return (
      <>
        <StepFailure error={error} />
        <JsonTree value={run.output} label="Output" searchable={!compact} compact={compact} />
      </>
    );
  const responder = responderOf(run, flow);
  if (error || responder !== undefined)
    return (
      <>
        <StepFailure error={error} />
        {responder !== undefined && <Response run={run} step={responder} compact={compact} />}
      </>
    );
  return (
    <p className="muted">{run.state === "succeeded" ? "The flow names no output." : "No output yet."}</p>
  );
}

/** The step that answered the request which started the run, if one did. */
function responderOf(run: Run, flow: Flow): string | undefined {
  const found = Object.entries(run.steps ?? {}).find(
    ([key, step]) =>
      step.state === "succeeded" && nodeById(flow, step.node || nodeOfKey(key))?.type === "core.respond",
  );
  return found?.[0];
}

interface ResponseProps {
  run: Run;
  step: string;
  compact: boolean;
}

/** What the webhook's sender was answered: what the step received, for it gives nothing itself. */
function Response({ run, step, compact }: ResponseProps) {
  const read = useQuery(stepQuery(run.id, step, run.state));
  if (read.data === undefined) return null;
  const cut = read.data.inputCut;
  const { status = 200, body = null } = (read.data.input ?? {}) as JsonObject;
  return (
    <div data-testid="run-response">
      <p className="response-head">
        <Reply size={14} aria-hidden /> Answered the webhook with {String(status)}
      </p>
      {cut && (
        <CutNote value={undefined} cut={cut} label="response" file={runs.stepFile(run.id, step, "input")} />
      )}
      <JsonTree value={body} label="Response" searchable={!compact} compact={compact} />
    </div>
  );
}
