import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useContext } from "react";
import { openQuestionsQuery } from "@/api/queries";
import { RunContext, useRunSummary } from "@/run/hooks";
import { dateText } from "@/ui/format";
import { Named } from "@/ui/Named";

const OPEN = openQuestionsQuery.queryKey;

/** For whom or until when the run shown waits, with the way to what it asks. */
export function WaitsFor() {
  const run = useRunSummary();
  const store = useContext(RunContext);
  const waits = run?.state === "waiting";
  // What is asked is there once the step waits: what was read before says nothing of it.
  const read = useQuery({ ...openQuestionsQuery, queryKey: [...OPEN, run?.id ?? ""], enabled: waits });
  if (!waits) return null;
  const question = read.data?.items.find((q) => q.run === run.id);
  if (question !== undefined)
    return (
      <span className="waits" data-testid="waits-for">
        for an answer of <Named text={question.to.join(", ") || "the admins"} />
        <Link to="/inbox/$id" params={{ id: question.id }}>
          Open the question
        </Link>
      </span>
    );
  const due = [...(store.view?.steps.values() ?? [])]
    .filter((s) => s.state === "waiting" && s.due !== undefined)
    .map((s) => s.due as number);
  if (due.length === 0) return null;
  return (
    <span className="waits" data-testid="waits-for">
      until {dateText(new Date(Math.min(...due)).toISOString())}
    </span>
  );
}
