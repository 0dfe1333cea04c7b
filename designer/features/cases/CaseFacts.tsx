import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import type { Case, CaseFields } from "@/api/cases";
import { usersQuery } from "@/api/queries";
import { TLPS } from "@/core/labels";
import { plainly } from "@/ui/Named";
import { Score } from "@/ui/Score";
import { Ago } from "@/ui/Time";
import { Due } from "./CasesPage";
import { Tags, type TagsProps } from "./Tags";
import { SEVERITIES, STATUSES } from "./words";

interface CaseFactsProps {
  item: Case;
  disabled: boolean;
  onChange: (fields: CaseFields) => void;
  /** Closing asks how it ended. */
  onClose: () => void;
}

/** What a case is, field by field; each is changed where it stands. */
export function CaseFacts({ item, disabled, onChange, onClose }: CaseFactsProps) {
  const users = useQuery({ ...usersQuery, enabled: !disabled });
  const people: Record<string, string> = { "": "nobody" };
  for (const u of users.data?.items ?? []) if (u.state === "active") people[u.name] = plainly(u.name);
  if (item.assignee !== "") people[item.assignee] ??= plainly(item.assignee);
  return (
    <section className="card case-facts" aria-label="Facts">
      <Pick
        label="Status"
        value={item.status}
        words={STATUSES}
        disabled={disabled}
        onPick={(status) =>
          status === "closed" ? onClose() : onChange({ status: status as Case["status"] })
        }
      />
      <Pick
        label="Severity"
        value={item.severity}
        words={SEVERITIES}
        disabled={disabled}
        onPick={(severity) => onChange({ severity: severity as Case["severity"] })}
      />
      <Pick
        label="Assigned to"
        value={item.assignee}
        words={people}
        disabled={disabled}
        onPick={(assignee) => onChange({ assignee })}
      />
      <Pick
        label="TLP"
        value={item.tlp}
        words={TLPS}
        disabled={disabled}
        onPick={(tlp) => onChange({ tlp: tlp as Case["tlp"] })}
      />
      <DueField item={item} disabled={disabled} onChange={(dueAt) => onChange({ dueAt })} />
      <Fact label="Highest score">
        <Score score={item.score} scale />
      </Fact>
      <TagsFact tags={item.tags} disabled={disabled} onChange={(tags) => onChange({ tags })} />
      <Fact label="Opened">
        <Ago at={item.createdAt} /> by {plainly(item.createdBy.name)}
      </Fact>
      {item.closedAt !== undefined && item.status === "closed" && (
        <Fact label="Closed">
          <Ago at={item.closedAt} />
        </Fact>
      )}
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="case-fact">
      <span className="field-label">{label}</span>
      <span>{children}</span>
    </div>
  );
}

interface PickProps {
  label: string;
  value: string;
  words: Record<string, string>;
  disabled: boolean;
  onPick: (value: string) => void;
}

function Pick({ label, value, words, disabled, onPick }: PickProps) {
  const id = useId();
  return (
    <div className="case-fact">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="select"
        value={value}
        disabled={disabled}
        onChange={(e) => onPick(e.target.value)}
      >
        {Object.entries(words).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface DueProps {
  item: Case;
  disabled: boolean;
  onChange: (dueAt: string) => void;
}

/** A time in this browser's zone; it is kept in UTC. */
function DueField({ item, disabled, onChange }: DueProps) {
  const id = useId();
  const kept = item.dueAt === undefined ? "" : localTime(item.dueAt);
  const [typed, setTyped] = useState<{ from: string; text: string }>();
  const shown = typed?.from === kept ? typed.text : kept;
  const save = () => {
    const at = new Date(shown);
    if (shown !== kept && !Number.isNaN(at.getTime())) onChange(at.toISOString());
    setTyped(undefined);
  };
  return (
    <div className="case-fact">
      <label className="field-label" htmlFor={id}>
        Due
      </label>
      <input
        id={id}
        type="datetime-local"
        className="input"
        value={shown}
        disabled={disabled}
        onChange={(e) => setTyped({ from: kept, text: e.target.value })}
        onBlur={save}
        onKeyDown={(e) => e.key === "Enter" && save()}
      />
      {item.status !== "closed" && (
        <span className="case-fact-note">
          <Due item={item} />
        </span>
      )}
    </div>
  );
}

function localTime(at: string): string {
  const d = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

function TagsFact(props: Omit<TagsProps, "id">) {
  const id = useId();
  return (
    <div className="case-fact">
      <label className="field-label" htmlFor={id}>
        Tags
      </label>
      <Tags id={id} {...props} />
    </div>
  );
}
