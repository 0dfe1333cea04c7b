import { CircleMinus, CirclePlus, type LucideIcon, Move, PencilLine } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "./format";
import { Named, plainly } from "./Named";

interface ChangeLike {
  kind: "added" | "removed" | "changed" | "moved";
  what: string;
  id: string;
  name?: string;
  fields?: { pointer: string; before: unknown; after: unknown }[];
}

const KINDS: Record<ChangeLike["kind"], { icon: LucideIcon; word: string }> = {
  added: { icon: CirclePlus, word: "Added" },
  removed: { icon: CircleMinus, word: "Removed" },
  changed: { icon: PencilLine, word: "Changed" },
  moved: { icon: Move, word: "Moved" },
};

interface ChangesProps {
  changes: readonly ChangeLike[];
  none: string;
  /** What the two sides are called. */
  before?: ReactNode;
  after?: ReactNode;
  /** Shows a part where it lies; then its name is a button. */
  onPick?: (id: string) => void;
}

/** The difference of two flows, node by node, with what each field was and is. */
export function Changes({ changes, none, before = "Before", after = "After", onPick }: ChangesProps) {
  if (changes.length === 0) return <p className="muted">{none}</p>;
  return (
    <ul className="changes">
      {changes.map((c) => (
        <li key={`${c.kind}:${c.what}:${c.id}`} className="change">
          <ChangeHead change={c} onPick={onPick} />
          {c.fields !== undefined && c.fields.length > 0 && (
            <Fields fields={c.fields} before={before} after={after} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** How many differences there are, and of which kind: "3 differences: 1 added, 2 changed". */
export function changesText(changes: readonly ChangeLike[]): string {
  const words = (["added", "removed", "changed", "moved"] as const)
    .map((kind) => ({ kind, n: changes.filter((c) => c.kind === kind).length }))
    .filter((c) => c.n > 0)
    .map((c) => `${c.n} ${c.kind}`);
  return `${plural(changes.length, "difference")}: ${words.join(", ")}`;
}

function ChangeHead({ change, onPick }: { change: ChangeLike; onPick: ChangesProps["onPick"] }) {
  const kind = KINDS[change.kind];
  const whole = change.what === "flow";
  return (
    <p className="change-head">
      <span className="change-kind" data-kind={change.kind}>
        <kind.icon size={14} aria-hidden />
        {kind.word}
      </span>
      {onPick !== undefined && change.what === "node" ? (
        <button type="button" className="link-button ellipsis" onClick={() => onPick(change.id)}>
          <Named text={change.name || change.id} />
        </button>
      ) : (
        <span className="ellipsis">
          {whole ? flowPart(change.id) : <Named text={change.name || change.id} />}
        </span>
      )}
      {!whole && (
        <span className="muted">
          {change.what} {change.name ? <code>{change.id}</code> : null}
        </span>
      )}
    </p>
  );
}

function flowPart(id: string): string {
  return id === "" ? "The flow itself" : `The flow’s ${id}`;
}

interface FieldsProps {
  fields: NonNullable<ChangeLike["fields"]>;
  before: ReactNode;
  after: ReactNode;
}

function Fields({ fields, before, after }: FieldsProps) {
  return (
    <table className="change-fields">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((f) => (
          <tr key={f.pointer}>
            <th scope="row">
              <code dir="ltr">{plainly(f.pointer || "/")}</code>
            </th>
            <td>
              <Value value={f.before} other={f.after} side="before" />
            </td>
            <td>
              <Value value={f.after} other={f.before} side="after" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ValueProps {
  value: unknown;
  other: unknown;
  side?: "before" | "after";
}

/** A value, with the part marked in which it differs from another. */
export function Value({ value, other, side }: ValueProps) {
  if (value === null || value === undefined) return <span className="change-none">not set</span>;
  const text = valueText(value);
  const [from, to] = changedPart(text, other === null || other === undefined ? "" : valueText(other));
  // A text runs in its own direction; what is written as JSON is code.
  const dir = typeof value === "string" ? "auto" : "ltr";
  return (
    // A long value scrolls in its cell, so the keyboard must reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs the focus to be scrolled by keys
    <pre className="change-value" dir={dir} data-side={side} tabIndex={0}>
      {plainly(text.slice(0, from))}
      {to > from && <mark ref={scrollTo}>{plainly(text.slice(from, to))}</mark>}
      {plainly(text.slice(to))}
    </pre>
  );
}

/** Where a text differs from another: between what both begin and end with. */
export function changedPart(text: string, other: string): [from: number, to: number] {
  const most = Math.min(text.length, other.length);
  let from = 0;
  while (from < most && text[from] === other[from]) from++;
  let end = 0;
  while (end < most - from && text.at(-1 - end) === other.at(-1 - end)) end++;
  // All of it is new: that needs no mark.
  return from === 0 && end === 0 ? [0, 0] : [from, text.length - end];
}

/** Brings what changed into the part of a long value that is shown. */
function scrollTo(mark: HTMLElement | null): void {
  const box = mark?.parentElement;
  if (!mark || !box) return;
  box.scrollTop = mark.getBoundingClientRect().top - box.getBoundingClientRect().top - 24;
}

const SHORT = 48;

function valueText(value: unknown): string {
  if (typeof value === "string") return plainly(value);
  const short = JSON.stringify(value);
  return plainly(short.length <= SHORT ? short : JSON.stringify(value, null, 2));
}
