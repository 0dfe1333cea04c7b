import { CircleCheck, CircleSlash, CircleX, Clock, type LucideIcon, TimerOff } from "lucide-react";
import type { Question, QuestionKind } from "@/api/types";
import { plainly } from "@/ui/Named";

/** The heading of a question; its author may have given none. */
export function titleOf(q: Question): string {
  return plainly(
    q.title ||
      {
        approval: "An approval is asked for",
        form: "A form is to be filled in",
        unknown: "A call was interrupted",
      }[q.kind],
  );
}

const KINDS: Record<QuestionKind, string> = {
  approval: "Approval",
  form: "Form",
  unknown: "Unknown outcome",
};

export function KindBadge({ kind }: { kind: QuestionKind }) {
  return (
    <span className="badge" data-kind={kind}>
      {KINDS[kind]}
    </span>
  );
}

const STATES: Record<string, { word: string; icon: LucideIcon; look: string }> = {
  open: { word: "Open", icon: Clock, look: "waiting" },
  approved: { word: "Approved", icon: CircleCheck, look: "succeeded" },
  rejected: { word: "Rejected", icon: CircleX, look: "failed" },
  expired: { word: "Expired", icon: TimerOff, look: "unknown" },
  answered: { word: "Answered", icon: CircleCheck, look: "succeeded" },
  withdrawn: { word: "Withdrawn", icon: CircleSlash, look: "canceled" },
};

/** How a question stands, as icon, word and colour. */
export function QuestionState({ state }: { state: string }) {
  const known = STATES[state] ?? { word: state, icon: Clock, look: "waiting" };
  return (
    <span className="state" data-state={known.look}>
      <known.icon size={15} strokeWidth={1.9} aria-hidden />
      <span>{known.word}</span>
    </span>
  );
}

const DECISIONS: Record<string, string> = {
  approve: "approved",
  reject: "rejected",
  fill: "filled it in",
  done: "said that it happened",
  not_done: "said that it did not happen",
  retry: "had it done again",
};

/** What somebody did, in the past. */
export function decisionWord(decision: string): string {
  return DECISIONS[decision] ?? decision;
}

/** What came of one's answer: others may be asked, too. */
export function outcomeOf(q: Question): string {
  return q.state === "open"
    ? "Your answer is kept, and others are still asked"
    : (STATES[q.state]?.word ?? q.state);
}
