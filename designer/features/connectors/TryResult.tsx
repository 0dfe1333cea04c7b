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
      {calls.every((c) => c.refused || c.function === "sign") && (
        <p className="muted">It asked nobody outside.</p>
      )}
    </div>
  );
}

/** What was refused went nowhere, and is no request that was made; nor is a signature. */
function countText(calls: HostCall[]): string {
  const refused = calls.filter((c) => c.refused).length;
  const signed = calls.filter((c) => c.function === "sign" && !c.refused).length;
  const sent = calls.length - refused - signed;
  return [
    (sent > 0 || refused + signed === 0) && `${plural(sent, "request")} by the server`,
    signed > 0 && plural(signed, "signature"),
    refused > 0 && `${plural(refused, "request")} refused, and not sent`,
  ]
    .filter(Boolean)
    .join(", ");
}

function Calls({ calls }: { calls: HostCall[] }) {
  return (
    <section>
      <h3>{countText(calls)}</h3>
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
                  <code>{call.method ?? (call.function === "sign" ? "sign" : "stream")}</code>
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
