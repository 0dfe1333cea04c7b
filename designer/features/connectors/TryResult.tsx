import { CircleAlert } from "lucide-react";
import type { HostCall, Tried } from "@/api/types";
import { clockText, durationText, plural } from "@/ui/format";
import { JsonTree } from "@/ui/JsonTree";
import { Status } from "@/ui/Status";

/** What became of an action that was tried: output or error, the requests that were sent, and its log. */
export function TryResult({ tried }: { tried: Tried }) {
  const { error, output, calls, logs } = tried;
  return (
    <div
      className="try-result"
      role="status"
      data-testid="try-result"
      data-state={error ? "failed" : "succeeded"}
    >
      <p className="row">
        <Status state={error ? "failed" : "succeeded"} />
        <span className="muted">after {durationText(tried.tookMs)}</span>
      </p>
      {error ? (
        <div className="problem">
          <p className="problem-title">
            <CircleAlert size={16} aria-hidden />
            <span>
              <code>{error.code}</code> {error.message}
            </span>
          </p>
          {error.retryable && <p className="muted">A flow that retries would try again.</p>}
          {error.details !== undefined && error.details !== null && (
            <JsonTree value={error.details} label="Details" searchable={false} />
          )}
        </div>
      ) : (
        <section>
          <h3>Output</h3>
          <JsonTree value={output} label="Output" />
        </section>
      )}
      {calls.length > 0 && <Calls calls={calls} />}
      {logs.length > 0 && (
        <section>
          <h3>Log</h3>
          <ul className="clog">
            {logs.map((l, i) => (
              <li key={i} data-level={l.level}>
                <time dateTime={l.at}>{clockText(l.at)}</time>
                <span className="clog-level">{l.level}</span>
                <span className="clog-text">{l.message}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {calls.length === 0 && <p className="muted">It asked nobody outside.</p>}
    </div>
  );
}

function Calls({ calls }: { calls: HostCall[] }) {
  return (
    <section>
      <h3>{plural(calls.length, "request")} by the server</h3>
      <div className="try-calls">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">Address</th>
              <th scope="col">Outcome</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call, i) => (
              <tr key={i} data-testid="try-call">
                <td>
                  <code>{call.method ?? "stream"}</code>
                </td>
                <td className="try-address">
                  <code>{call.address}</code>
                </td>
                <td className={call.status !== undefined && call.status < 400 ? "" : "want-high"}>
                  {call.outcome}
                </td>
                <td className="muted">{durationText(call.tookMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
