import { plainly } from "@/ui/Named";
import "./runs.css";
import "./travel.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck, CircleMinus, CirclePlus, GitCompareArrows, PencilLine } from "lucide-react";
import { compareQuery, runFlowQuery } from "@/api/queries";
import type { ComparedStep, Comparison, DifferenceItem } from "@/api/travel";
import { stepName } from "@/core/flow/steps";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { durationText, plural, shortId } from "@/ui/format";
import { Status } from "@/ui/Status";
import { StepName } from "./StepName";

const route = getRouteApi("/app/runs/$id/compare");

/** How two runs differ: their outcomes, and each step that isn't the same. */
export function ComparePage() {
  const { id } = route.useParams();
  const { with: other } = route.useSearch();
  const query = useQuery({ ...compareQuery(id, other ?? ""), enabled: other !== undefined });
  return (
    <>
      <header className="page-head">
        <h1>Compare runs</h1>
        <span className="grow" />
        <Link to="/runs/$id" params={{ id }} search={{}} className="btn">
          Open the run before
        </Link>
        {other !== undefined && (
          <Link to="/runs/$id" params={{ id: other }} search={{}} className="btn">
            Open the run after
          </Link>
        )}
      </header>
      <div className="page-body compare">
        {other === undefined && (
          <Empty
            icon={GitCompareArrows}
            title="Nothing to compare with"
            text="Open a run and choose Compare."
          >
            <Link to="/runs" search={{}} className="btn">
              All runs
            </Link>
          </Empty>
        )}
        {other !== undefined && query.isPending && <SkeletonRows rows={6} />}
        {query.isError && <ErrorView error={query.error} />}
        {query.data && <Compared c={query.data} />}
      </div>
    </>
  );
}

/** What is said in one line: a run that ended alike may have gone another way. */
function outcomeText(c: Comparison): string {
  if (c.changed) return "The outcome differs";
  return c.steps.length === 0
    ? "The outcome is the same"
    : "State and output are the same, the steps are not";
}

function Compared({ c }: { c: Comparison }) {
  return (
    <>
      <section className="card compare-card" aria-label="Outcome" data-testid="compare-outcome">
        <h2>
          {c.changed || c.steps.length > 0 ? (
            <PencilLine size={17} aria-hidden />
          ) : (
            <CircleCheck size={17} color="var(--ok)" aria-hidden />
          )}{" "}
          {outcomeText(c)}
        </h2>
        <table className="table">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">Run</th>
              <th scope="col">Version</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Took
              </th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {(["before", "after"] as const).map((side) => (
              <tr key={side}>
                <th scope="row">{side === "before" ? "Before" : "After"}</th>
                <td>
                  <Link to="/runs/$id" params={{ id: c[side].id }} search={{}}>
                    <code>{shortId(c[side].id)}</code>
                  </Link>{" "}
                  {c[side].replayOf && <span className="badge">Replay</span>}
                </td>
                <td>{c[side].version > 0 ? `v${c[side].version}` : "draft"}</td>
                <td>
                  <Status state={c[side].state} />
                </td>
                <td className="number">{durationText(c[side].durationMs)}</td>
                <td className="run-error">{plainly(c[side].error?.message ?? "")}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {c.output.length > 0 && <Differences title="Output" list={c.output} />}
      </section>
      <h2>
        {c.steps.length === 0
          ? "No step differs"
          : `${plural(c.steps.length, "step")} ${c.steps.length === 1 ? "differs" : "differ"}`}
      </h2>
      <p className="muted">
        {plural(c.same, "step")} {c.same === 1 ? "is" : "are"} the same.
        {c.more && " There are more differences than are listed."}
      </p>
      {c.steps.map((s) => (
        <Step key={s.key} step={s} before={c.before.id} after={c.after.id} />
      ))}
    </>
  );
}

const KINDS = {
  added: { icon: CirclePlus, word: "Only after" },
  removed: { icon: CircleMinus, word: "Only before" },
  changed: { icon: PencilLine, word: "Changed" },
};

function Step({ step, before, after }: { step: ComparedStep; before: string; after: string }) {
  const kind = KINDS[step.change];
  const run = step.change === "removed" ? before : after;
  const flow = useQuery(runFlowQuery(run)).data?.flow;
  return (
    <section
      className="card compare-card"
      aria-label={`Step ${stepName(flow, step.key)}`}
      data-testid={`compare-${step.key}`}
    >
      <h3 className="compare-step">
        <span className="change-kind" data-kind={step.change}>
          <kind.icon size={14} aria-hidden /> {kind.word}
        </span>
        <Link to="/runs/$id" params={{ id: run }} search={{ node: step.node, step: step.key }}>
          <StepName flow={flow} step={step.key} />
        </Link>
        <span className="grow" />
        {step.before && <Status state={step.before.state} />}
        {step.before && step.after && <span aria-hidden>→</span>}
        {step.after && <Status state={step.after.state} />}
      </h3>
      {step.before?.port !== step.after?.port && step.before && step.after && (
        <p className="muted">
          Left by {step.before.port || "none"}, then by {step.after.port || "none"}.
        </p>
      )}
      {step.after?.error && <p className="run-error">{step.after.error.message}</p>}
      {step.differences.length > 0 && <Differences title="Output" list={step.differences} />}
      {step.more && <p className="muted">There are more differences.</p>}
    </section>
  );
}

function Differences({ title, list }: { title: string; list: DifferenceItem[] }) {
  return (
    <table className="table differences">
      <caption className="hidden-text">{title}: what differs</caption>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {list.map((d) => (
          <tr key={d.pointer}>
            <td>
              <code>{d.pointer === "" ? "the whole" : d.pointer}</code>
            </td>
            <td className="was">{d.change === "added" ? "" : valueText(d, d.before)}</td>
            <td className="is">{d.change === "removed" ? "" : valueText(d, d.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function valueText(d: DifferenceItem, value: unknown): string {
  if (d.cut && (value === null || value === undefined)) return "(large: open the run)";
  return JSON.stringify(value) ?? "";
}
