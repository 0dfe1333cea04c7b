import { CircleAlert, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Problem } from "@/api/types";
import { Button } from "@/ui/Button";
import { plural } from "@/ui/format";
import { ProblemText } from "@/ui/ProblemText";
import { placeText } from "./plan";

/** One missing key can have a hundred consequences; the first ones are usually the cause. */
const SHOWN_FIRST = 20;

interface ProblemsProps {
  problems: Problem[];
}

/** Every problem of the dropped files, with its place and its fix. */
export function Problems({ problems }: ProblemsProps) {
  const [all, setAll] = useState(false);
  if (problems.length === 0) return null;
  const shown = all ? problems : problems.slice(0, SHOWN_FIRST);
  return (
    <section className="card" aria-labelledby="problems-title">
      <div className="card-head">
        <h2 id="problems-title">{plural(problems.length, "problem")} in the files</h2>
      </div>
      <table className="table plan-problems" aria-labelledby="problems-title" data-testid="problems">
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">File</th>
            <th scope="col">Line</th>
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((problem, i) => (
            <tr key={i}>
              <td>
                <Severity severity={problem.severity} />
              </td>
              <td>{problem.file ?? ""}</td>
              <td>
                <code>{placeText(problem)}</code>
              </td>
              <td>
                <ProblemText message={problem.message} fix={problem.fix} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < problems.length && (
        <div className="load-more">
          <Button small onClick={() => setAll(true)}>
            Show all {problems.length}
          </Button>
          <span className="muted">The first ones are usually the cause of the others.</span>
        </div>
      )}
    </section>
  );
}

function Severity({ severity }: { severity: Problem["severity"] }) {
  const Icon = severity === "error" ? CircleAlert : TriangleAlert;
  return (
    <span className="plan-severity" data-severity={severity}>
      <Icon size={14} aria-hidden />
      {severity === "error" ? "Error" : "Warning"}
    </span>
  );
}
