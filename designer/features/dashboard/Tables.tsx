import { Link } from "@tanstack/react-router";
import type { Dashboard, DashboardRuns } from "@/api/dashboard";
import { durationText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { ListLink } from "./Figure";
import { runsOf } from "./lists";
import { numberText, savedText, shareText } from "./words";

type Flow = DashboardRuns["flows"][number];

/** How many flows are shown at first. */
const SHOWN = 10;

interface FlowTableProps {
  view: Dashboard;
  flows: readonly Flow[];
  chosen: string | undefined;
  onFlow: (id: string) => void;
}

/** What each flow did and saved. */
export function FlowTable({ view, flows, chosen, onFlow }: FlowTableProps) {
  return (
    <section className="card dash-table" aria-labelledby="dash-flows">
      <header className="card-head">
        <h2 id="dash-flows">By flow</h2>
        {flows.length > SHOWN && (
          <span className="muted dash-note">
            The {SHOWN} with the most runs, of {numberText(flows.length)}
          </span>
        )}
      </header>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Flow</th>
            <th scope="col" className="dash-number">
              Succeeded
            </th>
            <th scope="col" className="dash-number">
              Failed or unknown
            </th>
            <th scope="col" className="dash-number">
              Success
            </th>
            <th scope="col" className="dash-number">
              One saves
            </th>
            <th scope="col" className="dash-number">
              Time saved
            </th>
          </tr>
        </thead>
        <tbody>
          {flows.slice(0, SHOWN).map((f) => (
            <FlowLine key={f.id} view={view} flow={f} chosen={chosen} onFlow={onFlow} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface FlowLineProps {
  view: Dashboard;
  flow: Flow;
  chosen: string | undefined;
  onFlow: (id: string) => void;
}

function FlowLine({ view, flow: f, chosen, onFlow }: FlowLineProps) {
  const wrong = f.failed + f.unknown;
  const name = f.name === "" ? "A flow that is gone" : plainly(f.name);
  return (
    <tr>
      <th scope="row">
        {chosen === f.id ? (
          name
        ) : (
          <button type="button" className="dash-link" onClick={() => onFlow(f.id)}>
            {name}
            <span className="hidden-text">: show this flow alone</span>
          </button>
        )}
      </th>
      <td className="dash-number">
        <ListLink {...runsOf(view, { state: "succeeded", flow: f.id })}>{numberText(f.succeeded)}</ListLink>
      </td>
      <td className="dash-number">
        <ListLink {...runsOf(view, { state: "failures", flow: f.id })}>{numberText(wrong)}</ListLink>
      </td>
      <td className="dash-number">
        {f.succeeded + wrong === 0 ? "—" : shareText(f.succeeded / (f.succeeded + wrong))}
      </td>
      <td className="dash-number">
        {f.minutesSaved === 0 ? (
          <Link to="/flows/$id" params={{ id: f.id }} search={{}} className="dash-link">
            not said
          </Link>
        ) : (
          `${f.minutesSaved} min`
        )}
      </td>
      <td className="dash-number">
        {f.savedMinutes > 0 && (
          <ListLink {...runsOf(view, { state: "succeeded", flow: f.id })}>
            {savedText(f.savedMinutes)}
          </ListLink>
        )}
      </td>
    </tr>
  );
}

interface StepTableProps {
  view: Dashboard;
  steps: DashboardRuns["steps"];
}

/** The steps that take longest, retries and what lies between them included. */
export function StepTable({ view, steps }: StepTableProps) {
  return (
    <section className="card dash-table" aria-labelledby="dash-steps">
      <header className="card-head">
        <h2 id="dash-steps">Slowest steps</h2>
        <span className="muted dash-note">By their mean, all attempts included; not waits and people</span>
      </header>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Flow</th>
            <th scope="col" className="dash-number">
              Mean
            </th>
            <th scope="col" className="dash-number">
              95 of 100 within
            </th>
            <th scope="col" className="dash-number">
              Longest
            </th>
            <th scope="col" className="dash-number">
              Calls
            </th>
            <th scope="col" className="dash-number">
              Failed
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((s) => (
            <tr key={`${s.flow}/${s.node}/${s.action}`}>
              <th scope="row">
                <Link to="/flows/$id" params={{ id: s.flow }} search={{ node: s.node }} className="dash-link">
                  {s.node}
                </Link>{" "}
                <span className="muted">{s.action}</span>
              </th>
              <td>{plainly(s.flowName)}</td>
              <td className="dash-number">{durationText(s.meanMs)}</td>
              <td className="dash-number">{durationText(s.p95Ms)}</td>
              <td className="dash-number">{durationText(s.longestMs)}</td>
              <td className="dash-number">
                <ListLink
                  {...runsOf(view, { flow: s.flow })}
                  label={`${s.node}: ${s.calls} calls. Show the runs`}
                >
                  {numberText(s.calls)}
                </ListLink>
              </td>
              <td className="dash-number">{numberText(s.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
