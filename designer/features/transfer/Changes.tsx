import { CircleMinus, CirclePlus, type LucideIcon, Move, PencilLine } from "lucide-react";
import type { Change } from "@/api/types";
import type { Json } from "@/core/flow/document";
import { plural } from "@/ui/format";

const KINDS: Record<Change["kind"], { icon: LucideIcon; word: string }> = {
  added: { icon: CirclePlus, word: "Added" },
  removed: { icon: CircleMinus, word: "Removed" },
  changed: { icon: PencilLine, word: "Changed" },
  moved: { icon: Move, word: "Moved" },
};

/** Above this many rows the differences are folded, so that a plan of many flows stays readable. */
const FOLD_ABOVE = 12;

/** The differences between the flow here and the file, node by node. */
export function Changes({ changes }: { changes: Change[] }) {
  return (
    <details className="plan-changes" open={changes.length <= FOLD_ABOVE} data-testid="changes">
      <summary>{countText(changes)}</summary>
      <ul>
        {changes.map((change, i) => (
          <li key={i} className="change">
            <ChangeHead change={change} />
            {change.fields !== undefined && change.fields.length > 0 && <Fields change={change} />}
          </li>
        ))}
      </ul>
    </details>
  );
}

function countText(changes: Change[]): string {
  const words = (["added", "removed", "changed", "moved"] as const)
    .map((kind) => ({ kind, n: changes.filter((c) => c.kind === kind).length }))
    .filter((c) => c.n > 0)
    .map((c) => `${c.n} ${c.kind}`);
  return `${plural(changes.length, "difference")}: ${words.join(", ")}`;
}

function ChangeHead({ change }: { change: Change }) {
  const kind = KINDS[change.kind];
  const named = change.what === "flow" ? "The flow itself" : change.name || change.id;
  return (
    <p className="change-head">
      <span className="change-kind" data-kind={change.kind}>
        <kind.icon size={14} aria-hidden />
        {kind.word}
      </span>
      <span className="ellipsis">{named}</span>
      {change.what !== "flow" && (
        <span className="muted">
          {change.what}
          {change.name ? (
            <>
              {" "}
              <code>{change.id}</code>
            </>
          ) : null}
        </span>
      )}
    </p>
  );
}

function Fields({ change }: { change: Change }) {
  return (
    <table className="change-fields">
      <colgroup>
        <col />
        <col />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Here now</th>
          <th scope="col">In the file</th>
        </tr>
      </thead>
      <tbody>
        {change.fields?.map((field) => (
          <tr key={field.pointer}>
            <th scope="row">
              <code>{field.pointer}</code>
            </th>
            <td>
              <Value value={field.before} side="before" />
            </td>
            <td>
              <Value value={field.after} side="after" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ value, side }: { value: Json | undefined; side: "before" | "after" }) {
  if (value === null || value === undefined) return <span className="change-value-none">not set</span>;
  return (
    // A long value scrolls in its cell, so the keyboard must reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs the focus to be scrolled by keys
    <pre className="change-value" data-side={side} tabIndex={0}>
      {valueText(value)}
    </pre>
  );
}

function valueText(value: Json): string {
  if (typeof value === "string") return value;
  const short = JSON.stringify(value);
  return short.length <= 48 ? short : JSON.stringify(value, null, 2);
}
