interface ChangeLike {
  kind: "added" | "removed" | "changed" | "moved";
  what: string;
  id: string;
  name?: string;
  fields?: { pointer: string; before: unknown; after: unknown }[];
}

const MARKS = { added: "+", removed: "−", changed: "~", moved: "→" };

interface ChangesProps {
  changes: readonly ChangeLike[];
  none: string;
}

/** The difference of two flows, node by node and field by field. */
export function Changes({ changes, none }: ChangesProps) {
  if (changes.length === 0) return <p className="muted">{none}</p>;
  return (
    <ul className="changes">
      {changes.map((c) => (
        <li key={`${c.what}:${c.id}`} className="change" data-kind={c.kind}>
          <div className="change-head">
            <span className="change-mark" aria-hidden>
              {MARKS[c.kind]}
            </span>
            <span>
              {c.kind} {c.what}
            </span>
            <strong className="ellipsis">{c.name || c.id}</strong>
          </div>
          {c.kind === "changed" &&
            c.fields?.map((f) => (
              <div key={f.pointer} className="change-field">
                <code>{f.pointer || "/"}</code>
                <del>{short(f.before)}</del>
                <ins>{short(f.after)}</ins>
              </div>
            ))}
        </li>
      ))}
    </ul>
  );
}

function short(value: unknown): string {
  const text = value === null || value === undefined ? "—" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
