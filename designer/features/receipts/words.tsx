import { Briefcase, CircleCheck, CircleSlash, CircleX, Clock, type LucideIcon } from "lucide-react";
import type { ReceiptState } from "@/api/types";

const WORDS: Record<ReceiptState, { icon: LucideIcon; word: string; look: string }> = {
  waiting: { icon: Clock, word: "Open", look: "waiting" },
  closed: { icon: CircleCheck, word: "Closed", look: "succeeded" },
  cased: { icon: Briefcase, word: "In a case", look: "succeeded" },
  failed: { icon: CircleX, word: "Failed", look: "failed" },
  dropped: { icon: CircleSlash, word: "Left out", look: "skipped" },
};

export const STATES = Object.keys(WORDS) as ReceiptState[];

/** The word of a receipt's state. */
export function receiptWord(state: ReceiptState): string {
  return WORDS[state].word;
}

const SOURCES: Record<string, string> = {
  webhook: "Webhook",
  mailbox: "Mailbox",
  schedule: "Schedule",
  case: "Case",
  manual: "By hand",
};

/** How an event came, in words. */
export function sourceWord(source: string): string {
  return SOURCES[source] ?? source;
}

/** A receipt's state as icon, word and colour. */
export function ReceiptMark({ state }: { state: ReceiptState }) {
  const { icon: Icon, word, look } = WORDS[state];
  return (
    <span className="state" data-state={look}>
      <Icon size={15} strokeWidth={1.9} aria-hidden />
      <span>{word}</span>
    </span>
  );
}
