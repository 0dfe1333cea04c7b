import { Link } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight } from "lucide-react";
import type { Ref } from "react";
import type { Question } from "@/api/types";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { outcomeOf, titleOf } from "./words";

interface AfterAnswerProps {
  question: Question;
  /** Who answers now in one's place; undefined where one answered. */
  handedTo: string | undefined;
  /** The next question for whoever answered. */
  next: Question | undefined;
  nextRef: Ref<HTMLAnchorElement>;
}

/** What came of one's answer, what the run does now, and the way on. */
export function AfterAnswer({ question, handedTo, next, nextRef }: AfterAnswerProps) {
  return (
    <section
      className="card question-after"
      aria-label={handedTo === undefined ? "What came of your answer" : "What came of the question"}
      data-testid="after-answer"
    >
      {handedTo === undefined ? (
        <p>
          <strong>{outcomeOf(question)}.</strong> {followsOf(question)}
        </p>
      ) : (
        <p>
          <strong>Handed to {plainly(handedTo)}.</strong> You have not answered; they are asked in your place.
        </p>
      )}
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

/** How many of the actions that may follow are named. */
const MOST_NAMED = 3;

function namesOf(q: Question): string {
  const left = q.then.length - MOST_NAMED;
  const names = q.then.slice(0, MOST_NAMED).map((t) => t.name || t.node);
  return plainly(names.join(", ")) + (left > 0 ? ` and ${plural(left, "more action")}` : "");
}

/** What the run does now, in a sentence: what lies further on may wait for a condition, or for another answer. */
function followsOf(q: Question): string {
  const names = namesOf(q);
  switch (q.state) {
    case "approved":
      if (names === "") return "The run goes on; nothing that has effects outside follows.";
      return q.dryRun
        ? "The dry run goes on, and changes nothing outside."
        : `The run goes on, and may go on with: ${names}.`;
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
