import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { connectorLogsQuery } from "@/api/queries";
import type { Connector, ConnectorLogLine } from "@/api/types";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { callWord, clockText } from "@/ui/format";
import { nodeOf } from "./HealthCard";

/** The newest lines that a connector logged, what the server sent for it, and its failed calls. */
export function LogsCard({ connector: c }: { connector: Connector }) {
  const logs = useQuery(connectorLogsQuery(c.id, c.version));
  const [failures, setFailures] = useState(false);
  const all = logs.data?.items ?? [];
  const items = failures ? all.filter((l) => l.level === "failed") : all;
  return (
    <section className="card" aria-labelledby="logs-title" data-testid="logs">
      <div className="card-head">
        <div className="grow">
          <h2 id="logs-title">Log</h2>
          <p className="muted">The newest lines, newest first. Each run keeps its own, whole.</p>
        </div>
        {all.length > 0 && (
          <label className="row">
            <input type="checkbox" checked={failures} onChange={(e) => setFailures(e.target.checked)} />
            Failed calls alone
          </label>
        )}
      </div>
      {logs.isPending && <SkeletonRows rows={2} />}
      {logs.isError && (
        <div className="card-body">
          <ErrorView error={logs.error} />
        </div>
      )}
      {logs.isSuccess && items.length === 0 && (
        <p className="card-body muted">
          {failures ? "No call failed." : "Nothing yet since the server's start."}
        </p>
      )}
      {items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className="clog-scroll" aria-label="Lines of the log" tabIndex={0}>
          <ul className="clog">
            {items.map((l, i) => (
              <Line key={`${l.at} ${i}`} line={l} />
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}

function Line({ line: l }: { line: ConnectorLogLine }) {
  const word = l.level === "call" ? callWord(l.message) : l.level;
  return (
    <li data-level={l.level} data-call={word}>
      <time dateTime={l.at}>{clockText(l.at)}</time>
      <span className="clog-level">{word}</span>
      <span className="clog-text">
        <span className="clog-action">{l.action}</span> {l.message}
      </span>
      {l.run ? (
        <Link to="/runs/$id" params={{ id: l.run }} search={nodeOf(l.step)}>
          Run<span className="hidden-text"> of this line</span>
        </Link>
      ) : (
        <span className="muted">tried</span>
      )}
    </li>
  );
}
