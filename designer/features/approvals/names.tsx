import { Link } from "@tanstack/react-router";
import { createContext, useContext } from "react";
import type { NamedId, Question } from "@/api/questionTypes";
import { Named, plainly } from "@/ui/Named";

/** The flows and cases whose ids stand among the values of the question that is shown. */
export const NamesContext = createContext<readonly NamedId[]>([]);

/** What people call what a value is the id of. */
export function useNameOf(value: unknown): NamedId | undefined {
  return useContext(NamesContext).find((n) => n.id === value);
}

function nameText({ kind, name, number }: NamedId): string {
  return plainly(kind === "case" ? `#${number} ${name}` : name);
}

/** A line in which ids are written as names: what a value is not is never put for it, as ids are like no other text. */
export function withNames(line: string, names: readonly NamedId[] = []): string {
  return names.reduce((text, n) => text.replaceAll(`"${n.id}"`, nameText(n)), plainly(line));
}

/** A case or a flow by its name, and the way there. */
export function NameLink({ of }: { of: NamedId }) {
  return (
    <span className="question-name">
      {of.kind === "case" ? "Case " : "Flow "}
      {of.kind === "case" ? (
        <Link to="/cases/$id" params={{ id: String(of.number) }}>
          <Named text={nameText(of)} />
        </Link>
      ) : (
        <Link to="/flows/$id" params={{ id: of.id }} search={{}}>
          <Named text={of.name} />
        </Link>
      )}
    </span>
  );
}

/** What tells a question from others that ask the same: the flow that began it, and the cases that it is about. */
export function Whence({ question: q }: { question: Question }) {
  const cases = (q.names ?? []).filter((n) => n.kind === "case");
  if (!q.rootName && cases.length === 0) return null;
  return (
    <div className="muted question-whence">
      {q.rootName && (
        <span>
          from <Named text={q.rootName} />
        </span>
      )}
      {cases.slice(0, 2).map((n) => (
        <NameLink key={n.id} of={n} />
      ))}
    </div>
  );
}
