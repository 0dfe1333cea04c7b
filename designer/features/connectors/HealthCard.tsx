import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Activity, Moon, PowerOff, ShieldBan } from "lucide-react";
import type { ReactNode } from "react";
import { connectorHealthQuery } from "@/api/queries";
import type { Connector, ConnectorHealth } from "@/api/types";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { durationText, plural } from "@/ui/format";
import { Ago } from "@/ui/Time";

const STATES = {
  running: { icon: Activity, word: "Running", text: "calls are in flight" },
  idle: { icon: Moon, word: "Idle", text: "its process waits for calls" },
  stopped: { icon: PowerOff, word: "Stopped", text: "its process starts with the next call" },
  refused: { icon: ShieldBan, word: "Off", text: "nothing of it runs before an administrator consents" },
} as const;

/** How a connector does since the server's start, asked for again while it is open. */
export function HealthCard({ connector: c }: { connector: Connector }) {
  const health = useQuery(connectorHealthQuery(c.id, c.version));
  const h = health.data;
  return (
    <section className="card" aria-labelledby="health-title" data-testid="health" data-state={h?.state}>
      <div className="card-head">
        <div className="grow">
          <h2 id="health-title">Health</h2>
          <p className="muted">
            {h === undefined ? (
              "Since the server's start"
            ) : (
              <>
                Of version {c.version}, since the server's start <Ago at={h.since} />
              </>
            )}
          </p>
        </div>
        {h !== undefined && <State state={h.state} />}
      </div>
      {health.isPending && <SkeletonRows rows={2} />}
      {health.isError && (
        <div className="card-body">
          <ErrorView error={health.error} />
        </div>
      )}
      {h !== undefined && <Figures health={h} />}
    </section>
  );
}

function State({ state }: { state: ConnectorHealth["state"] }) {
  const { icon: Icon, word, text } = STATES[state];
  return (
    <span className="health-state" data-state={state} title={text}>
      <Icon size={15} aria-hidden /> {word}
      <span className="hidden-text">: {text}</span>
    </span>
  );
}

function Figures({ health: h }: { health: ConnectorHealth }) {
  const p = h.process;
  const failing = h.calls > 0 ? Math.round((h.failed / h.calls) * 100) : 0;
  return (
    <div className="card-body health">
      {h.calls === 0 && h.inFlight === 0 ? (
        <p>
          No call yet since the server's start. What flows do with it, and what you try below, is counted
          here.
        </p>
      ) : (
        <dl className="health-figures">
          <Figure name="Calls">{h.calls}</Figure>
          <Figure name="In flight">{h.inFlight}</Figure>
          <Figure name="Failed" bad={h.failed > 0}>
            {h.failed} {h.failed > 0 && <small>{failing} %</small>}
          </Figure>
          <Figure name="Median">{h.measured > 0 ? durationText(h.medianMs) : "—"}</Figure>
          <Figure name="95 of 100 within">{h.measured > 0 ? durationText(h.p95Ms) : "—"}</Figure>
          <Figure name="Crashes" bad={p.crashed > 0}>
            {p.crashed}
          </Figure>
        </dl>
      )}
      {(h.errors ?? []).length > 0 && (
        <p className="row health-errors">
          <span className="muted">Failed with</span>
          {h.errors.map((e) => (
            <span key={e.code} className="badge badge-fail">
              {e.code} × {e.count}
            </span>
          ))}
        </p>
      )}
      {h.lastError && (
        <p>
          The last error, <Ago at={h.lastError.at} />, in <code>{h.lastError.action}</code>
          {h.lastError.run ? (
            <>
              {" "}
              of{" "}
              <Link to="/runs/$id" params={{ id: h.lastError.run }} search={nodeOf(h.lastError.step)}>
                this run
              </Link>
            </>
          ) : (
            ", that somebody tried"
          )}
          : <code>{h.lastError.code}</code> {h.lastError.message}
        </p>
      )}
      {p.lastCrash && (
        <p>
          Its process died <Ago at={p.lastCrash.at} /> ({p.lastCrash.reason}), and{" "}
          {p.alive ? "was started again." : "starts again with the next call."}
        </p>
      )}
      <p className="muted">{processText(h)}</p>
    </div>
  );
}

/** The step of a run that its page opens; one in a loop has its node's id at the end. */
export function nodeOf(step: string | undefined): { node?: string } {
  const node = step?.split(".").at(-1);
  return node === undefined ? {} : { node };
}

function processText({ process: p, measured }: ConnectorHealth): string {
  const whose = p.shared
    ? "All bundled connectors share one sandboxed process"
    : "It has a sandboxed process of its own";
  const started = p.started === 0 ? ", not started yet" : `, started ${plural(p.started, "time")}`;
  const of = measured > 0 ? ` Durations are of the last ${plural(measured, "call")}.` : "";
  return `${whose}${started}.${of}`;
}

function Figure({ name, bad = false, children }: { name: string; bad?: boolean; children: ReactNode }) {
  return (
    <div data-bad={bad || undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
