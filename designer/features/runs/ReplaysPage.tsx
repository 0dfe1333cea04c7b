import { plainly } from "@/ui/Named";
import "./runs.css";
import "./travel.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, FlaskConical, PencilLine, Play, Square } from "lucide-react";
import { useState } from "react";
import { flows } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { flowQuery, replayReportQuery, replaysQuery } from "@/api/queries";
import type { DifferenceItem, ReplayedRun, ReplayJob, ReplayReport } from "@/api/travel";
import type { Flow } from "@/core/flow/document";
import { stepName } from "@/core/flow/steps";
import { Button } from "@/ui/Button";
import { Empty, ErrorView, Failure, SkeletonRows } from "@/ui/Feedback";
import { agoText, plural, shortId } from "@/ui/format";
import { Status, stateWord } from "@/ui/Status";

const route = getRouteApi("/app/flows/$id/replays");
const STATES = ["", "succeeded", "failed", "canceled", "unknown"];
const LIMITS = [10, 100, 1000];

/** Tries the draft, or a version, against past runs of a flow: nothing is called outside. */
export function ReplaysPage() {
  const { id } = route.useParams();
  const { job, all } = route.useSearch();
  const go = route.useNavigate();
  const flow = useQuery(flowQuery(id));
  const jobs = useQuery(replaysQuery(id));
  const shown = job ?? jobs.data?.items[0]?.id;
  const name = flow.data?.flow.name ?? "the flow";
  return (
    <>
      <header className="page-head">
        <h1>Past runs of {plainly(name)}</h1>
        <span className="grow" />
        <Link to="/flows/$id" params={{ id }} search={{}} className="btn">
          Open the draft
        </Link>
      </header>
      <div className="page-body compare">
        <Begin
          flow={id}
          version={flow.data?.version ?? 0}
          onStarted={(j) => void go({ search: { job: j.id } })}
        />
        {jobs.isPending && <SkeletonRows rows={4} />}
        {jobs.isError && <ErrorView error={jobs.error} />}
        {jobs.data?.items.length === 0 && (
          <Empty
            icon={FlaskConical}
            title="Nothing was tried yet"
            text="Replay past runs with the draft: you see whose verdict would change, and nothing is called outside."
          />
        )}
        {(jobs.data?.items.length ?? 0) > 1 && (
          <select
            className="select job-picker"
            aria-label="Which try"
            value={shown}
            onChange={(e) => void go({ search: { job: e.target.value } })}
          >
            {jobs.data?.items.map((j) => (
              <option key={j.id} value={j.id}>
                {agoText(j.createdAt)}: {j.version > 0 ? `version ${j.version}` : "draft"},{" "}
                {plural(j.total, "run")}, {j.changed} changed
              </option>
            ))}
          </select>
        )}
        {shown !== undefined && (
          <Report
            key={shown}
            id={id}
            flow={flow.data?.flow}
            job={shown}
            all={all === "true"}
            onAll={(next) =>
              void go({ search: { job: shown, ...(next ? { all: "true" } : {}) }, replace: true })
            }
          />
        )}
      </div>
    </>
  );
}

interface BeginProps {
  flow: string;
  /** The newest published one; 0 is none. */
  version: number;
  onStarted: (job: ReplayJob) => void;
}

function Begin({ flow, version, onStarted }: BeginProps) {
  const may = usePermissions().can("flow.run");
  const queries = useQueryClient();
  const [which, setWhich] = useState("draft");
  const [state, setState] = useState("");
  const [limit, setLimit] = useState(100);
  const start = useMutation({
    mutationFn: () =>
      flows.startReplays(flow, {
        version: which === "draft" ? "draft" : Number(which),
        query: { limit, ...(state === "" ? {} : { state: [state] }) },
      }),
    async onSuccess(job) {
      await queries.invalidateQueries({ queryKey: ["replays", flow] });
      onStarted(job);
    },
  });
  return (
    <section className="card compare-card" aria-label="Try against past runs">
      <div className="row begin-replays">
        <span>Try</span>
        <select
          className="select"
          aria-label="What to try"
          value={which}
          onChange={(e) => setWhich(e.target.value)}
        >
          <option value="draft">the draft</option>
          {version > 0 && <option value={String(version)}>version {version}</option>}
        </select>
        <span>against the newest</span>
        <select
          className="select"
          aria-label="How many runs"
          value={limit}
          onChange={(e) => setLimit(Number(e.target.value))}
        >
          {LIMITS.map((n) => (
            <option key={n} value={n}>
              {n}
            </option>
          ))}
        </select>
        <span>runs that</span>
        <select
          className="select"
          aria-label="State of the runs"
          value={state}
          onChange={(e) => setState(e.target.value)}
        >
          {STATES.map((s) => (
            <option key={s} value={s}>
              {s === "" ? "ended in any state" : stateWord(s).toLowerCase()}
            </option>
          ))}
        </select>
        <Button
          look="primary"
          disabled={!may}
          busy={start.isPending}
          onClick={() => start.mutate()}
          data-testid="start-replays"
        >
          <Play size={15} aria-hidden /> Try
        </Button>
      </div>
      <p className="muted">Runs offline with what the past runs were told: no action is called outside.</p>
      {start.isError && <ErrorView error={start.error} />}
    </section>
  );
}

interface ReportProps {
  id: string;
  /** The draft: it names the steps. */
  flow: Flow | undefined;
  job: string;
  all: boolean;
  onAll: (all: boolean) => void;
}

function Report({ id, flow, job, all, onAll }: ReportProps) {
  // What is shown stays until the rest is there, and the box keeps the focus.
  const query = useQuery({ ...replayReportQuery(id, job, all), placeholderData: (before) => before });
  if (query.isPending) return <SkeletonRows rows={5} />;
  if (query.isError) return <ErrorView error={query.error} />;
  return (
    <section
      className="replay-report"
      aria-label="What changed"
      data-testid="replay-report"
      data-state={query.data.state}
    >
      <Progress report={query.data} />
      <label className="row">
        <input type="checkbox" checked={all} onChange={(e) => onAll(e.target.checked)} /> Show the runs whose
        outcome is the same, too
      </label>
      <Table report={query.data} flow={flow} all={all} />
    </section>
  );
}

function Progress({ report }: { report: ReplayReport }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => flows.cancelReplays(report.flow, report.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["replays", report.flow] }),
  });
  const running = report.state === "running";
  return (
    <div className="row replay-progress">
      <h2 role="status">
        {report.done} of {plural(report.total, "run")}: {report.changed} with another outcome
        {report.failed > 0 && `, ${report.failed} not replayed`}
        {report.state === "canceled" && " (stopped)"}
      </h2>
      <progress max={report.total} value={report.done} aria-label="Progress" hidden={!running} />
      {running && (
        <Button small look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          <Square size={12} aria-hidden /> Stop
        </Button>
      )}
      {report.state === "failed" && <Failure title={report.message ?? "The replay failed"} />}
    </div>
  );
}

interface TableProps {
  report: ReplayReport;
  flow: Flow | undefined;
  all: boolean;
}

function Table({ report, flow, all }: TableProps) {
  const running = report.state === "running";
  if (report.items.length === 0) {
    if (running) return <p className="muted">No outcome has changed so far.</p>;
    return (
      <Empty
        icon={CircleCheck}
        title="No outcome changes"
        text={all ? "No run was replayed." : "Every run that was replayed ends as it did."}
      />
    );
  }
  return (
    <div className="card runs-card">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Verdict</th>
            <th scope="col">Run</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col">Steps that differ</th>
            <th scope="col">
              <span className="hidden-text">Compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {report.items.map((item) => (
            <Row key={item.place} item={item} flow={flow} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const VERDICTS = {
  pending: { icon: FlaskConical, word: "Not yet" },
  running: { icon: FlaskConical, word: "Running" },
  same: { icon: CircleCheck, word: "Same" },
  changed: { icon: PencilLine, word: "Changed" },
  failed: { icon: CircleX, word: "Not replayed" },
};

function Row({ item, flow }: { item: ReplayedRun; flow: Flow | undefined }) {
  const verdict = VERDICTS[item.state];
  return (
    <tr data-testid={`replayed-${item.state}`}>
      <td>
        <span className="verdict" data-verdict={item.state}>
          <verdict.icon size={14} aria-hidden /> {verdict.word}
        </span>
      </td>
      <td>
        <Link to="/runs/$id" params={{ id: item.run }} search={{}} className="flow-link">
          <code>{shortId(item.run)}</code>
        </Link>
      </td>
      <td>
        <Outcome of={item.before} differences={item.differences} side="before" />
      </td>
      <td>
        {item.reason === undefined ? (
          <Outcome of={item.after} differences={item.differences} side="after" />
        ) : (
          <span className="run-error">{item.reason}</span>
        )}
      </td>
      <td className="muted" title={item.steps.join(", ")}>
        {item.steps.map((key) => stepName(flow, key)).join(", ")}
        {item.more !== undefined && ` and ${item.more} more`}
      </td>
      <td>
        {item.replay && (
          <Link
            to="/runs/$id/compare"
            params={{ id: item.run }}
            search={{ with: item.replay }}
            className="flow-link"
            aria-label={`Compare run ${shortId(item.run)} with its replay`}
          >
            Compare
          </Link>
        )}
      </td>
    </tr>
  );
}

/** How much of an output a row shows. */
const SHOWN = 120;

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

interface OutcomeProps {
  of: ReplayedRun["before"];
  differences: DifferenceItem[];
  side: "before" | "after";
}

/** How a run ended: what differs of its output, else the beginning of it. */
function Outcome({ of, differences, side }: OutcomeProps) {
  if (of === undefined) return null;
  if (differences.length > 0)
    return (
      <>
        <Status state={of.state} />
        {differences.map((d) => (
          <code key={d.pointer} className="outcome">
            {d.pointer === "" ? "" : `${d.pointer.slice(1)}: `}
            {cut(JSON.stringify(d[side] ?? null))}
          </code>
        ))}
      </>
    );
  const output = of.output === null ? "" : JSON.stringify(of.output);
  return (
    <>
      <Status state={of.state} /> <span className="muted">{of.code}</span>
      {output !== "" && (
        <code className="outcome" title={output}>
          {cut(output)}
        </code>
      )}
    </>
  );
}
