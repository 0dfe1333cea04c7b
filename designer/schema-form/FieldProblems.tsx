import type { Problem } from "@/api/types";
import { ProblemText } from "@/ui/ProblemText";
import { useFormScope } from "./scope";

interface FieldProblemsProps {
  pointer: string;
  /** Also those of values inside. */
  deep?: boolean;
}

/** What the server found wrong with one field. */
export function FieldProblems({ pointer, deep = false }: FieldProblemsProps) {
  return <ProblemList problems={useFieldProblems(pointer, deep)} />;
}

/** What is wrong with a form as a whole, over its fields. */
export function FormProblems() {
  const problems = useFieldProblems("", false);
  return problems.length === 0 ? null : (
    <div role="alert">
      <ProblemList problems={problems} />
    </div>
  );
}

export function useFieldProblems(pointer: string, deep: boolean): Problem[] {
  const { problems } = useFormScope();
  return [...problems]
    .filter(([at]) => at === pointer || (deep && at.startsWith(`${pointer}/`)))
    .flatMap(([, list]) => list);
}

interface ProblemListProps {
  problems: readonly Problem[];
  /** By which the control names it. */
  id?: string;
}

export function ProblemList({ problems, id }: ProblemListProps) {
  if (problems.length === 0) return null;
  return (
    <ul className="field-problems" id={id}>
      {problems.map((p, i) => (
        <li key={i} className="field-error" data-severity={p.severity}>
          <ProblemText message={p.message} fix={p.fix} />
        </li>
      ))}
    </ul>
  );
}
