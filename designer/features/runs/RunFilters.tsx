import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { RunFilter } from "@/api/client";
import type { FlowRow } from "@/api/types";
import { plainly } from "@/ui/Named";
import { stateWord } from "@/ui/Status";
import { sourceWord } from "../receipts/words";

const STATES = ["queued", "running", "waiting", "succeeded", "failed", "canceled", "unknown"];
const FAILURES = "failures";
/** Runs of published versions that had effects, as the dashboard counts them. */
const LIVE = "live";
const SOURCES = ["webhook", "mailbox", "schedule", "case", "manual"];
/** Times that go on with the clock, as the address names them. */
const WITHIN = { "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days" };
/** What the address says where two times are chosen, before the first is. */
const BETWEEN = "between";

interface RunFiltersProps {
  filter: RunFilter;
  onChange: (change: RunFilter) => void;
  flows: FlowRow[];
  /** The name of a flow that is not among them. */
  unlisted: { id: string; name: string } | undefined;
}

/** What the list of runs is picked by; all of it stands in the address. */
export function RunFilters({ filter, onChange, flows, unlisted }: RunFiltersProps) {
  const labels = [...new Set(flows.flatMap((f) => f.labels ?? []))].sort();
  if (filter.label && !labels.includes(filter.label)) labels.unshift(filter.label);
  const between = filter.within === BETWEEN || filter.since !== undefined || filter.until !== undefined;
  const failures = filter.state === FAILURES;
  return (
    <fieldset className="run-filters" aria-label="Filters">
      <button
        type="button"
        className="btn run-failures"
        aria-pressed={failures}
        onClick={() => onChange({ state: failures ? "" : FAILURES })}
      >
        <CircleAlert size={15} aria-hidden />
        Failures
      </button>
      <Choice label="Flow" all="All flows" value={filter.flow} onChange={(flow) => onChange({ flow })}>
        {unlisted && <option value={unlisted.id}>{plainly(unlisted.name)}</option>}
        {flows.map((f) => (
          <option key={f.id} value={f.id}>
            {plainly(f.name)}
          </option>
        ))}
      </Choice>
      <Choice label="State" all="Any state" value={filter.state} onChange={(state) => onChange({ state })}>
        <option value={FAILURES}>Failed or unknown</option>
        {filter.state?.includes(",") && (
          <option value={filter.state}>{filter.state.split(",").map(stateListWord).join(", ")}</option>
        )}
        {STATES.map((s) => (
          <option key={s} value={s}>
            {stateWord(s)}
          </option>
        ))}
      </Choice>
      {labels.length > 0 && (
        <Choice label="Label" all="Any label" value={filter.label} onChange={(label) => onChange({ label })}>
          {labels.map((l) => (
            <option key={l} value={l}>
              {plainly(l)}
            </option>
          ))}
        </Choice>
      )}
      <Choice
        label="How it began"
        all="Any trigger"
        value={filter.trigger}
        onChange={(trigger) => onChange({ trigger })}
      >
        {filter.trigger && !SOURCES.includes(filter.trigger) && (
          <option value={filter.trigger}>{filter.trigger}</option>
        )}
        {SOURCES.map((s) => (
          <option key={s} value={s}>
            {sourceWord(s)}
          </option>
        ))}
      </Choice>
      <Choice
        label="Time"
        all="Any time"
        value={between ? BETWEEN : filter.within}
        onChange={(within) => onChange({ within, since: "", until: "" })}
      >
        {Object.entries(WITHIN).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
        <option value={BETWEEN}>Between…</option>
      </Choice>
      <Choice
        label="Runs or replays"
        all="Runs"
        value={filter.live ? LIVE : filter.replays}
        onChange={(kind) =>
          onChange({ live: kind === LIVE ? "true" : "", replays: kind === LIVE ? "" : kind })
        }
      >
        <option value={LIVE}>Live runs</option>
        <option value="true">Replays of runs</option>
      </Choice>
      {between && (
        <>
          <Moment label="From" value={filter.since} onChange={(since) => onChange({ since })} />
          <Moment label="Until" value={filter.until} onChange={(until) => onChange({ until })} />
        </>
      )}
    </fieldset>
  );
}

/** A state of several, as the address names them. */
const stateListWord = (state: string) => (state === FAILURES ? "failed or unknown" : stateWord(state));

interface ChoiceProps {
  label: string;
  all: string;
  value: string | undefined;
  onChange: (value: string) => void;
  children: ReactNode;
}

function Choice({ label, all, value, onChange, children }: ChoiceProps) {
  return (
    <select
      className="select filter"
      aria-label={label}
      value={value ?? ""}
      onChange={(e) => onChange(e.target.value)}
    >
      <option value="">{all}</option>
      {children}
    </select>
  );
}

/** A time of this browser's zone; the address has it in UTC. */
function Moment(props: { label: string; value: string | undefined; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <span className="run-moment">
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        type="datetime-local"
        className="input"
        value={localTime(props.value)}
        onChange={(e) => props.onChange(utcTime(e.target.value))}
      />
    </span>
  );
}

function localTime(utc: string | undefined): string {
  const at = new Date(utc ?? "");
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function utcTime(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
