import type { Json } from "@/core/flow/document";
import type { RunState, StepError, StepState } from "./types";

/** The shapes of what is done with past runs. */

/** What a retry runs again and keeps, told before it is made. */
export interface RetryPlan {
  reruns: string[];
  reuses: string[];
  /** Nodes that may run for the first time. */
  first: string[];
  effects: { step: string; type: string; effect: string; before?: StepState }[];
  /** Steps that may have taken effect already. */
  unknown: string[];
}

interface ComparedRun {
  id: string;
  version: number;
  state: RunState;
  error?: StepError | null;
  replayOf?: string;
  durationMs: number;
}

interface ComparedState {
  state: StepState;
  port?: string;
  error?: StepError | null;
  attempts: number;
  durationMs: number;
}

export interface DifferenceItem {
  pointer: string;
  change: "added" | "removed" | "changed";
  before: Json;
  after: Json;
  /** A value is too large to be shown here. */
  cut?: boolean;
}

export interface ComparedStep {
  key: string;
  node: string;
  change: "added" | "removed" | "changed";
  before?: ComparedState;
  after?: ComparedState;
  differences: DifferenceItem[];
  more?: boolean;
}

export interface Comparison {
  before: ComparedRun;
  after: ComparedRun;
  changed: boolean;
  output: DifferenceItem[];
  steps: ComparedStep[];
  same: number;
  more: boolean;
}

/** One thing that a step was told from outside. */
export interface TapedCall {
  function: string;
  what: string;
  outcome: string;
  at: string;
  tookMs: number;
  request: Json;
  response: Json;
  /** Bytes of an answer that was too large to be kept. */
  cut?: number;
}

export interface StepCalls {
  attempts: {
    attempt: number;
    endedAt: string;
    state: string;
    recorded: boolean;
    expected: number;
    calls: TapedCall[];
  }[];
}

export interface ReplayQuery {
  state?: string[];
  since?: string;
  until?: string;
  limit?: number;
}

export interface ReplayJob {
  id: string;
  flow: string;
  version: number;
  query: ReplayQuery;
  state: "running" | "succeeded" | "failed" | "canceled";
  message?: string;
  total: number;
  done: number;
  changed: number;
  failed: number;
  createdBy: string;
  createdAt: string;
  endedAt?: string | null;
}

interface ReplayOutcome {
  state: RunState;
  code?: string;
  output: Json;
  cut?: boolean;
}

export interface ReplayedRun {
  place: number;
  run: string;
  replay?: string;
  state: "pending" | "running" | "same" | "changed" | "failed";
  reason?: string;
  before?: ReplayOutcome;
  after?: ReplayOutcome;
  steps: string[];
  more?: number;
  /** Where the outputs differ, the first of them. */
  differences: DifferenceItem[];
}

export interface ReplayReport extends ReplayJob {
  items: ReplayedRun[];
  next?: number;
}
