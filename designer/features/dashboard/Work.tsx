import type { Dashboard, DashboardClosures, DashboardTimes } from "@/api/dashboard";
import { plural } from "@/ui/format";
import { Figure, ListLink, type To } from "./Figure";
import { alertsClosed, alertsReceived, casesClosed, casesOpened, ENDED } from "./lists";
import { longText, numberText, reasonText } from "./words";

const meanOf = (t: DashboardTimes): string => (t.count === 0 ? "—" : longText(t.meanMs));

/** The mean before, for a trend; nothing where there was none, or is none now. */
function trendOf(now: DashboardTimes, before: DashboardTimes) {
  if (now.count === 0 || before.count === 0) return {};
  return { trend: { now: now.meanMs, before: before.meanMs, rising: "bad" as const } };
}

interface AlertsProps {
  view: Dashboard;
  alerts: NonNullable<Dashboard["alerts"]>;
}

/** What became of alerts. */
export function AlertsPart({ view, alerts }: AlertsProps) {
  const { taken, takenByPerson, closed } = alerts;
  return (
    <section className="card" aria-labelledby="dash-alerts">
      <header className="card-head">
        <h2 id="dash-alerts">Alerts</h2>
      </header>
      <div className="dash-figures">
        <Figure
          label="Received"
          value={numberText(alerts.received)}
          list={alertsReceived(view)}
          trend={{ now: alerts.received, before: alerts.receivedBefore, rising: "neither" }}
        />
        <Figure label="Open now" value={numberText(alerts.open)} list={{ to: "/alerts", search: {} }} />
        <Figure
          label="Mean time to acknowledge"
          value={meanOf(taken)}
          list={alertsReceived(view, "any")}
          {...trendOf(taken, alerts.takenBefore)}
        >
          {taken.count > 0 &&
            `Median ${longText(taken.medianMs)}, of ${plural(taken.count, "alert")} that ${taken.count === 1 ? "was" : "were"} taken up`}
        </Figure>
        <Figure
          label="The same, by people"
          value={meanOf(takenByPerson)}
          list={alertsReceived(view, "person")}
        >
          {takenByPerson.count > 0 &&
            `Median ${longText(takenByPerson.medianMs)}, of ${plural(takenByPerson.count, "alert")}`}
        </Figure>
        <Figure
          label="Mean time to close"
          value={meanOf(closed)}
          list={alertsClosed(view)}
          {...trendOf(closed, alerts.closedBefore)}
        >
          {closed.count > 0 && `Median ${longText(closed.medianMs)}, of ${numberText(closed.count)} closed`}
        </Figure>
        <Figure
          label="Closed by flows"
          value={numberText(alerts.byFlow)}
          list={alertsClosed(view, { closedBy: "flow" })}
        >
          {closed.count > 0 && `Of ${numberText(closed.count)} closed`}
        </Figure>
      </div>
      <Closures
        title="Why alerts were closed"
        list={alerts.reasons}
        link={(reason) => alertsClosed(view, { reason })}
      />
    </section>
  );
}

interface CasesProps {
  view: Dashboard;
  cases: NonNullable<Dashboard["cases"]>;
}

/** What became of cases. */
export function CasesPart({ view, cases }: CasesProps) {
  const { closed } = cases;
  return (
    <section className="card" aria-labelledby="dash-cases">
      <header className="card-head">
        <h2 id="dash-cases">Cases</h2>
      </header>
      <div className="dash-figures">
        <Figure
          label="Opened"
          value={numberText(cases.opened)}
          list={casesOpened(view)}
          trend={{ now: cases.opened, before: cases.openedBefore, rising: "neither" }}
        />
        <Figure label="Open now" value={numberText(cases.open)} list={{ to: "/cases", search: {} }} />
        <Figure
          label="Mean time to resolve"
          value={meanOf(closed)}
          list={casesClosed(view)}
          {...trendOf(closed, cases.closedBefore)}
        >
          {closed.count > 0 && `Median ${longText(closed.medianMs)}, of ${numberText(closed.count)} closed`}
        </Figure>
        <Figure
          label="Closed by flows"
          value={numberText(cases.byFlow)}
          list={casesClosed(view, { closedBy: "flow", resolution: ENDED })}
        />
      </div>
      <Closures
        title="How cases ended"
        list={cases.resolutions}
        link={(resolution) => casesClosed(view, { resolution })}
      />
    </section>
  );
}

interface ClosuresProps {
  title: string;
  list: readonly DashboardClosures[];
  link: (reason: string) => To;
}

/** Reasons with how often each was given, as bars. */
function Closures({ title, list, link }: ClosuresProps) {
  if (list.length === 0) return null;
  const most = Math.max(...list.map((c) => c.count));
  return (
    <div className="dash-closures">
      <h3>{title}</h3>
      <ul>
        {list.map((c) => (
          <li key={c.reason}>
            <span className="dash-reason">{reasonText(c.reason)}</span>
            <span className="dash-track" aria-hidden>
              <span className="dash-fill" style={{ width: `${(c.count / most) * 100}%` }} />
            </span>
            <ListLink {...link(c.reason)} label={`${reasonText(c.reason)}: ${c.count}. Show the list`}>
              {numberText(c.count)}
            </ListLink>
            <span className="muted dash-note">{c.byFlow > 0 && `${numberText(c.byFlow)} by flows`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
