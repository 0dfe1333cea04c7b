import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type AlertDetail, alertEventsQuery, alertQuery, alerts, relatedAlertsQuery } from "@/api/alerts";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import { money, SeverityMark, STATUSES, standing } from "./words";

interface PanelProps {
  /** The id or number of the alert. */
  name: string;
  onClose: () => void;
  actions: ReactNode;
}

/** All that is known of one alert, beside the queue. */
export function AlertPanel({ name, onClose, actions }: PanelProps) {
  const found = useQuery(alertQuery(name));
  const a = found.data;
  return (
    <section className="card alert-panel" aria-label="Alert" data-testid="alert-panel">
      <header className="alert-panel-head">
        <h2>{a === undefined ? `Alert ${name}` : plainly(a.title)}</h2>
        <IconButton label="Close the alert's details" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {found.isPending && <SkeletonRows rows={4} height={30} />}
      {found.isError && <ErrorView error={found.error} />}
      {a !== undefined && (
        <>
          <div className="row alert-actions">{actions}</div>
          <Details a={a} />
        </>
      )}
    </section>
  );
}

function Details({ a }: { a: AlertDetail }) {
  return (
    <>
      <dl className="alert-facts">
        <Fact name="Status">
          {a.case ? (
            <Link to="/cases/$id" params={{ id: String(a.caseNumber) }}>
              {standing(a)}
            </Link>
          ) : (
            standing(a)
          )}
        </Fact>
        <Fact name="Severity">
          <SeverityMark severity={a.severity} />
        </Fact>
        <Fact name="Number">#{a.number}</Fact>
        <Fact name="Source">
          {plainly(a.source)}
          {a.externalId ? <span className="muted"> · {plainly(a.externalId)}</span> : null}
        </Fact>
        <Fact name="Happened">
          <Ago at={a.at} />
          {a.count > 1 && (
            <span className="muted">
              {" "}
              · reported {a.count} times, last <Ago at={a.lastAt} />
            </span>
          )}
        </Fact>
        {a.rule && <Fact name="Rule">{plainly(a.rule)}</Fact>}
        {a.tactics.length + a.techniques.length > 0 && (
          <Fact name="ATT&CK">{[...a.tactics, ...a.techniques].map((t) => plainly(t)).join(", ")}</Fact>
        )}
        {a.host && <Fact name="Host">{plainly(a.host)}</Fact>}
        {a.user && <Fact name="User">{plainly(a.user)}</Fact>}
        <Fact name="Assigned to">{a.assignee === "" ? "nobody" : plainly(a.assignee)}</Fact>
        {a.note && <Fact name="Note">{plainly(a.note)}</Fact>}
      </dl>
      {a.description !== "" && <p className="alert-description">{plainly(a.description)}</p>}
      <Reasons a={a} />
      <DecisionPath a={a} />
      <Assets a={a} />
      <section aria-labelledby="alert-seen">
        <h3 id="alert-seen">Observables</h3>
        {a.observables.length === 0 && <p className="muted">The event names none.</p>}
        <ul className="alert-list">
          {a.observables.map((o) => (
            <li key={`${o.type} ${o.value}`} className="row">
              <span className="muted alert-kind">{o.type.replaceAll("_", " ")}</span>
              <code className="alert-value">{plainly(o.shown)}</code>
              <CopyButton text={o.value} what={o.shown} />
            </li>
          ))}
        </ul>
      </section>
      <Related a={a} />
      <History a={a} />
      <RawEvent a={a} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What a score is made of: each part with what it adds. */
function Reasons({ a }: { a: AlertDetail }) {
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => alerts.rescore(a.id),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["alert"] }),
  });
  return (
    <section aria-labelledby="alert-score">
      <header className="alert-part-head">
        <h3 id="alert-score">
          Score <span data-testid="alert-score">{a.score}</span> <span className="muted">of 1000</span>
        </h3>
        <Button small busy={again.isPending} onClick={() => again.mutate()}>
          Score anew
        </Button>
      </header>
      {again.isError && <ErrorView error={again.error} />}
      <ul className="alert-list">
        {a.reasons.map((r) => (
          <li key={r.factor} className="alert-reason">
            <span className="alert-points">+{r.points}</span>
            <span>
              {plainly(r.text)} <span className="muted">(at most {r.most})</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How a flow came to close the alert. */
function DecisionPath({ a }: { a: AlertDetail }) {
  const d = a.decision;
  if (d === undefined) return null;
  return (
    <section aria-labelledby="alert-decision" data-testid="alert-decision">
      <h3 id="alert-decision">How it was decided</h3>
      <p>
        <Link to="/runs/$id" params={{ id: d.run }}>
          {plainly(d.flowName || "A flow")}
        </Link>{" "}
        closed it at the step <code>{plainly(d.step)}</code>
        {d.rule ? (
          <>
            , by the rule <strong>{plainly(d.rule)}</strong>
          </>
        ) : null}
        .
      </p>
      {d.reasons.length > 0 && (
        <ul className="alert-because">
          {d.reasons.map((r) => (
            <li key={r}>{plainly(r)}</li>
          ))}
        </ul>
      )}
      {d.path.length > 0 && (
        <ol className="alert-path" aria-label="Decisions before it">
          {d.path.map((t) => (
            <li key={t.step}>
              {plainly(t.name || t.step)} <span className="muted">gave</span> <code>{plainly(t.took)}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Assets({ a }: { a: AlertDetail }) {
  if (a.assets.length === 0) return null;
  return (
    <section aria-labelledby="alert-assets">
      <h3 id="alert-assets">Assets</h3>
      <ul className="alert-list">
        {a.assets.map((x) => (
          <li key={x.id}>
            <strong>{plainly(x.name)}</strong> <span className="muted">{x.kind}</span>, criticality{" "}
            {x.criticality} of 5{x.owner ? `, of ${plainly(x.owner)}` : ""}
            {x.impact > 0 ? `, loss to be expected ${money(x.impact, x.currency)}` : ""}
            {x.findings > 0
              ? `, ${x.findings} open findings${x.exploited > 0 ? `, ${x.exploited} of them exploited` : ""}`
              : ""}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Related({ a }: { a: AlertDetail }) {
  const list = useQuery(relatedAlertsQuery(a.id, a.revision));
  if (list.data === undefined || list.data.items.length === 0) return null;
  return (
    <section aria-labelledby="alert-related">
      <h3 id="alert-related">Related alerts</h3>
      <ul className="alert-list">
        {list.data.items.map((r) => (
          <li key={r.alert.id}>
            <Link to="/alerts" search={{ view: "all", alert: String(r.alert.number) }}>
              #{r.alert.number} {plainly(r.alert.title)}
            </Link>{" "}
            <span className="muted">
              {STATUSES[r.alert.status]}, shares {r.shared.map((o) => plainly(o.shown)).join(", ")}
              {r.count > r.shared.length && ` and ${r.count - r.shared.length} more`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ a }: { a: AlertDetail }) {
  return (
    <section aria-labelledby="alert-history">
      <h3 id="alert-history">History</h3>
      <ul className="alert-list">
        {a.history.map((e) => (
          <li key={e.seq}>
            {plainly(e.by.name)} {said(e.kind, e.data)}{" "}
            <span className="muted">
              <Ago at={e.at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function said(kind: string, data: Record<string, unknown>): string {
  switch (kind) {
    case "received":
      return "reported it";
    case "received_again":
      return `reported it again, ${String(data.count)} times now${data.reopened ? ", with something new: it is open again" : ""}`;
    case "cased":
      return `took it into case #${String(data.number)}`;
    case "scored":
      return `gave scores: it is at ${String(data.score)} of 1000`;
  }
  const changes = (data.changes ?? []) as { field: string; to: string }[];
  return changes
    .map((c) => `set ${c.field} to ${c.to === "" ? "nothing" : plainly(c.to).replaceAll("_", " ")}`)
    .join(", ");
}

/** The events as they came, once they are asked for; nothing in them is taken for markup. */
function RawEvent({ a }: { a: AlertDetail }) {
  const [open, setOpen] = useState(false);
  const list = useQuery({ ...alertEventsQuery(a.id, a.revision), enabled: open });
  return (
    <details className="alert-raw" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>The event as it came</summary>
      {list.isError && <ErrorView error={list.error} />}
      {open && list.isPending && <SkeletonRows rows={2} height={24} />}
      {list.data?.items.map((e) => (
        <div key={e.seq}>
          <p className="muted">
            <Ago at={e.at} />
          </p>
          <JsonTree value={e.event} label="Event" />
        </div>
      ))}
    </details>
  );
}
