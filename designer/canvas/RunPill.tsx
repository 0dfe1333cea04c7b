import "./data.css";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CloudOff, Square } from "lucide-react";
import { useState } from "react";
import { runs } from "@/api/client";
import { useLiveState, useRunSummary } from "@/run/hooks";
import { isOver, type StepView } from "@/run/reduce";
import { Button } from "@/ui/Button";
import { durationText, shortId } from "@/ui/format";
import { Status } from "@/ui/Status";
import { toast } from "@/ui/Toasts";
import { FailedSteps } from "./FailedSteps";
import { QueuedWhy } from "./Queued";
import { useNow } from "./Timeline";
import { WaitsFor } from "./WaitsFor";

interface RunPillProps {
  link?: boolean;
  canCancel?: boolean;
  /** Shows the first step that failed in a run that succeeded all the same. */
  onFailed?: (step: StepView) => void;
}

/** The run that is shown: its state, its age, a way to stop it; and whether the view is live. */
export function RunPill({ link = true, canCancel = true, onFailed }: RunPillProps) {
  const run = useRunSummary();
  const live = useLiveState();
  const queries = useQueryClient();
  const [stopping, setStopping] = useState<string>();
  const over = run === undefined || isOver(run);
  const now = useNow(!over);
  if (run === undefined) return null;
  const ms = run.startedAt === undefined ? undefined : (run.endedAt ?? now) - run.startedAt;
  const cancel = async () => {
    setStopping(run.id);
    try {
      await runs.cancel(run.id);
      await queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      setStopping(undefined);
      toast("fail", `The run could not be canceled: ${(error as Error).message}`);
    }
  };
  return (
    <span className="run-pill" data-testid="run-pill" data-state={run.state} data-run={run.id} role="status">
      <Status state={run.state} />
      <FailedSteps onShow={onFailed} />
      {link ? (
        <Link to="/runs/$id" params={{ id: run.id }} search={{}} title={run.id}>
          run {shortId(run.id)}
        </Link>
      ) : (
        <code className="muted" title={run.id}>
          {shortId(run.id)}
        </code>
      )}
      {run.state !== "queued" && <span className="muted">{durationText(ms)}</span>}
      <QueuedWhy />
      <WaitsFor />
      {!over && canCancel && (
        <Button
          small
          look="danger"
          busy={stopping === run.id}
          onClick={() => void cancel()}
          data-testid="cancel-run"
        >
          <Square size={12} aria-hidden /> {stopping === run.id ? "Canceling…" : "Cancel"}
        </Button>
      )}
      {live === "lost" && !over && (
        <span className="live-banner">
          <CloudOff size={14} aria-hidden /> Connection lost: reconnecting…
        </span>
      )}
    </span>
  );
}
