import type { Dashboard, DashboardRuns } from "@/api/dashboard";
import { dateText, plural } from "@/ui/format";
import { Chart } from "./Chart";
import { Figure } from "./Figure";
import { GOING_ON, runsOf } from "./lists";
import { longText, numberText, savedText, shareText } from "./words";

interface AutomationProps {
  view: Dashboard;
  runs: DashboardRuns;
  approvals: Dashboard["approvals"];
  flow: string | undefined;
}

/** What flows did: time saved, success, what goes on, and the runs of each hour or day. */
export function Automation({ view, runs, approvals, flow }: AutomationProps) {
  const { succeeded, failed, unknown, previous } = runs;
  const wrong = failed + unknown;
  const wrongBefore = previous.failed + previous.unknown;
  return (
    <section className="card" aria-labelledby="dash-runs">
      <header className="card-head">
        <h2 id="dash-runs">Flows</h2>
        {runs.kept !== undefined && goneBefore(view, runs, runs.kept) && (
          <span className="muted dash-note">
            Runs are kept from {dateText(runs.kept)} on. Older ones count, and are in no list.
          </span>
        )}
      </header>
      <div className="dash-figures">
        <Figure
          label="Time saved"
          value={savedText(runs.savedMinutes)}
          list={succeeded > 0 ? runsOf(view, { state: "succeeded", flow }) : undefined}
          trend={{ now: runs.savedMinutes, before: runs.savedBefore, rising: "good" }}
        >
          Successful runs × what one saves
          {runs.undeclared > 0 && `; ${plural(runs.undeclared, "run")} of flows that don't say`}
        </Figure>
        <Figure
          label="Succeeded"
          value={numberText(succeeded)}
          list={runsOf(view, { state: "succeeded", flow })}
          trend={{ now: succeeded, before: previous.succeeded, rising: "neither" }}
        />
        <Figure
          label="Success"
          value={runs.success === undefined ? "—" : shareText(runs.success)}
          list={succeeded + wrong > 0 ? runsOf(view, { state: "succeeded,failures", flow }) : undefined}
          {...(runs.success !== undefined && runs.successBefore !== undefined
            ? { trend: { now: runs.success, before: runs.successBefore, rising: "good" as const } }
            : {})}
        >
          Of all runs that were not canceled
        </Figure>
        <Figure
          label="Failed or unknown"
          value={numberText(wrong)}
          list={runsOf(view, { state: "failures", flow })}
          trend={{ now: wrong, before: wrongBefore, rising: "bad" }}
        />
        <Figure
          label="Going on now"
          value={numberText(runs.open)}
          list={{ to: "/runs", search: { live: "true", state: GOING_ON, ...(flow ? { flow } : {}) } }}
        />
        {approvals !== undefined && (
          <Figure
            label="Approvals waiting"
            value={numberText(approvals.waiting.count)}
            list={{ to: "/inbox", search: { show: "open" } }}
          >
            {approvals.waiting.count > 0 && `Median wait ${longText(approvals.waiting.medianMs)}. `}
            {approvals.answered.count > 0 &&
              `${plural(approvals.answered.count, "was", "were")} answered, in ${longText(approvals.answered.medianMs)} (median)`}
          </Figure>
        )}
      </div>
      <Chart view={view} runs={runs} flow={flow} />
    </section>
  );
}

/** Whether runs count that are kept no more: those of an hour or day that was over before the oldest that is. */
function goneBefore(view: Dashboard, runs: DashboardRuns, kept: string): boolean {
  return runs.buckets.some(
    (b) =>
      b.succeeded + b.failed + b.canceled + b.unknown > 0 &&
      Date.parse(b.at) + view.bucketMs <= Date.parse(kept),
  );
}
