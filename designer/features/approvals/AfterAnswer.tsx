import { Link } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight } from "lucide-react";
import type { Ref } from "react";
import type { Question } from "@/api/types";
import { plainly } from "@/ui/Named";
import { outcomeOf, titleOf } from "./words";

interface AfterAnswerProps {
  question: Question;
  /** The next question for whoever answered. */
  next: Question | undefined;
  nextRef: Ref<HTMLAnchorElement>;
}

/** What came of one's answer, what the run does now, and the way on. */
export function AfterAnswer({ question, next, nextRef }: AfterAnswerProps) {
  return (
    <section className="card question-after" aria-label="What came of your answer" data-testid="after-answer">
      <p>
        <strong>{outcomeOf(question)}.</strong> {followsOf(question)}
      </p>
      <p className="row question-buttons">
        {next !== undefined && (
          <Link
            ref={nextRef}
            to="/inbox/$id"
            params={{ id: next.id }}
            className="btn btn-primary"
            data-testid="next-question"
          >
            <span className="ellipsis">Next: {titleOf(next)}</span> <ArrowRight size={15} aria-hidden />
          </Link>
        )}
        <Link to="/inbox" search={{}} className="btn">
          <ArrowLeft size={15} aria-hidden /> Back to the inbox
        </Link>
      </p>
    </section>
  );
}

/** What the run does now, in a sentence. */
function followsOf(q: Question): string {
  const names = plainly(q.then.map((t) => t.name || t.node).join(", "));
  switch (q.state) {
    case "approved":
      if (names === "") return "The run goes on; nothing that has effects outside follows.";
      return q.dryRun
        ? "The dry run goes on, and changes nothing outside."
        : `The run goes on with: ${names}.`;
    case "rejected":
      return names === ""
        ? "The run takes the way of a rejection."
        : `The run takes the way of a rejection. Not done: ${names}.`;
    case "answered":
      return "The run goes on with it.";
    case "open":
      return "The run waits.";
    default:
      return "";
  }
}
