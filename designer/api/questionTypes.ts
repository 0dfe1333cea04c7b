import type { Json } from "@/core/flow/document";

/** Where a value has more than what is told of it. */
interface Cut {
  pointer: string;
  more: number;
  of: string;
}

/** The name of a flow or a case whose id stands among values. */
export interface NamedId {
  id: string;
  kind: "flow" | "case";
  name: string;
  number?: number;
}

/** The shapes of /api/v1 of questions that runs ask people. */

export type QuestionKind = "approval" | "form" | "unknown";
export type Decision = "approve" | "reject" | "fill" | "done" | "not_done" | "retry";

/** What a run asks people, with what came of it so far. */
export interface Question {
  id: string;
  kind: QuestionKind;
  state: "open" | "approved" | "rejected" | "expired" | "answered" | "withdrawn";
  run: string;
  step: string;
  flow: string;
  flowName: string;
  /** The flow whose run called the one that asks, itself or through others. */
  root?: string;
  rootName?: string;
  /** The flows and cases whose ids stand among the values. */
  names?: NamedId[];
  title: string;
  message: string;
  /** Exactly what is decided on. */
  show?: Json;
  /** The JSON Schema of what is filled in. */
  form?: Json;
  /** Whether the run changes nothing outside, whatever is answered. */
  dryRun: boolean;
  to: string[];
  /** Actions with effects outside that follow an approval. */
  then: {
    node: string;
    name?: string;
    type: string;
    effect: string;
    /** Its parameters as far as they were known when it was asked; not in lists. */
    with?: Json | null;
    /** Pointers into with of the templates that had no value yet. */
    open?: string[];
    /** Where a value has more than what with has of it. */
    cut?: Cut[] | null;
    /** Its parameters are not told here. */
    untold?: boolean;
  }[];
  /** The first values that it is about, in a line. */
  about?: string;
  quorum: number;
  /** Sent with the answer: it binds it to exactly this. */
  hash: string;
  requestedBy?: string;
  askedAt: string;
  deadlineAt?: string | null;
  closedAt?: string | null;
  reminded: number;
  answers: { by: string; for?: string; decision: string; comment: string; form?: Json; at: string }[];
  delegations: { from: string; to: string; comment: string; at: string }[];
  /** Whether whoever reads it may answer; why says why not, or in whose place. */
  mine: boolean;
  why?: string;
}

export interface Answer {
  decision: Decision;
  hash: string;
  comment: string;
  form?: Json;
}

/** A question with who answers it by a link. */
export interface LinkedQuestion {
  question: Question;
  as: string;
}
