import { useFormScope } from "./scope";

interface FieldProblemsProps {
  pointer: string;
  /** Also those of values inside. */
  deep?: boolean;
}

/** What the server found wrong with one field. */
export function FieldProblems({ pointer, deep = false }: FieldProblemsProps) {
  const { problems } = useFormScope();
  const found = [...problems].filter(([at]) => at === pointer || (deep && at.startsWith(`${pointer}/`)));
  if (found.length === 0) return null;
  return (
    <ul className="field-problems">
      {found.flatMap(([at, list]) =>
        list.map((p, i) => (
          <li key={`${at}${i}`} className="field-error" data-severity={p.severity}>
            {p.message}
            {p.fix && <span className="muted"> — {p.fix}</span>}
          </li>
        )),
      )}
    </ul>
  );
}
