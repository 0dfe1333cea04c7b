import { useQuery } from "@tanstack/react-query";
import {
  ArrowUpRight,
  Clock3,
  Database,
  Dices,
  type LucideIcon,
  PenLine,
  Scissors,
  Unplug,
} from "lucide-react";
import { useState } from "react";
import { callsQuery } from "@/api/queries";
import type { StepCalls, TapedCall } from "@/api/travel";
import type { NodeStep } from "@/canvas/StepData";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { clockText, durationText, plural } from "@/ui/format";
import { JsonTree } from "@/ui/JsonTree";
import { stateWord } from "@/ui/Status";

/** The cassette of a step: what it was told from outside, attempt by attempt, secrets redacted. */
export function CallsPane({ data }: { data: NodeStep }) {
  const key = data.step?.key ?? "";
  const mark = `${data.step?.state}:${data.step?.attempts}`;
  const query = useQuery({
    ...callsQuery(data.runId ?? "", key, mark),
    enabled: data.runId !== undefined && key !== "",
  });
  if (data.step === undefined) return <p className="muted">This step was not reached in the run shown.</p>;
  if (query.isPending) return <SkeletonRows rows={3} />;
  if (query.isError) return <ErrorView error={query.error} />;
  return <Attempts attempts={query.data.attempts} />;
}

function Attempts({ attempts }: StepCalls) {
  const [chosen, choose] = useState<number>();
  const shown = attempts.find((a) => a.attempt === chosen) ?? attempts.at(-1);
  if (shown === undefined) return <p className="muted">No attempt has ended yet.</p>;
  return (
    <div data-testid="calls">
      {attempts.length > 1 && (
        <select
          className="select attempt-picker"
          aria-label="Attempt"
          value={shown.attempt}
          onChange={(e) => choose(Number(e.target.value))}
        >
          {attempts.map((a) => (
            <option key={a.attempt} value={a.attempt}>
              Attempt {a.attempt} · {stateWord(a.state)}
            </option>
          ))}
        </select>
      )}
      {!shown.recorded && (
        <p className="calls-missing" role="note">
          <Unplug size={15} aria-hidden /> Not recorded: {plural(shown.expected, "entry", "entries")} of this
          attempt are not kept, or not any more. The run can't be replayed past this step.
        </p>
      )}
      {shown.recorded && shown.calls.length === 0 && (
        <p className="muted">It asked nothing of the outside: no request, no clock, no random number.</p>
      )}
      <ul className="calls">
        {shown.calls.map((c, i) => (
          <Call key={i} call={c} />
        ))}
      </ul>
    </div>
  );
}

const ICONS: Record<string, LucideIcon> = {
  http: ArrowUpRight,
  sign: PenLine,
  now: Clock3,
  random: Dices,
  kv_get: Database,
  kv_put: Database,
};

function Call({ call }: { call: TapedCall }) {
  const Icon = ICONS[call.function] ?? ArrowUpRight;
  const plain = call.request === null && call.response === null;
  const head = (
    <>
      <Icon size={14} aria-hidden />
      <span className="call-what">{call.what}</span>
      <span className="muted">{call.outcome}</span>
      <span className="grow" />
      <time className="muted" dateTime={call.at}>
        {clockText(call.at)}
      </time>
      {call.tookMs > 0 && <span className="muted">{durationText(call.tookMs)}</span>}
    </>
  );
  if (plain) return <li className="call call-head">{head}</li>;
  return (
    <li className="call">
      <details>
        <summary className="call-head">{head}</summary>
        <h4>Request</h4>
        <JsonTree value={call.request} label="Request" searchable={false} />
        <h4>Response</h4>
        {call.cut ? (
          <p className="calls-missing">
            <Scissors size={14} aria-hidden /> Cut off: the answer has {call.cut.toLocaleString()} bytes,
            which is more than is kept. The run can't be replayed past it.
          </p>
        ) : (
          <JsonTree value={call.response} label="Response" searchable={false} />
        )}
      </details>
    </li>
  );
}
