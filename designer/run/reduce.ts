import type { Run, RunState, StepError, StepState, StepSummary } from "@/api/types";
import { nodeOfKey } from "@/core/flow/steps";
import type { LiveEvent } from "./live";

/** One step as the canvas and the timeline show it. */
export interface StepView {
  key: string;
  node: string;
  state: StepState;
  port?: string;
  attempts: number;
  /** Its output was given beforehand. */
  pinned?: boolean;
  startedAt?: number;
  endedAt?: number;
  error?: StepError;
  total?: number;
  /** Until when it waits, in milliseconds since 1970. */
  due?: number;
}

/** A run as far as it is known here; changed in place by events. */
export interface RunView {
  id: string;
  flow: string;
  state: RunState;
  seq: number;
  startedAt?: number;
  endedAt?: number;
  error?: StepError;
  /** The run whose results it began with, and when it did, in milliseconds since 1970. */
  origin?: { run: string; at: number };
  steps: Map<string, StepView>;
  /** How many steps run, and how many wait; containers are busy as long as what is in them. */
  running: number;
  waiting: number;
  /** Those of the waiting whose outcome a person has to tell. */
  unsure: number;
}

/** Whether a run has ended. One that is unknown may still wait for a person to say what happened. */
export function isOver(run: { state: RunState; endedAt?: string | number | null }): boolean {
  const { state } = run;
  return (
    state === "succeeded" ||
    state === "failed" ||
    state === "canceled" ||
    (state === "unknown" && Boolean(run.endedAt))
  );
}

export function viewOfRun(run: Run): RunView {
  const view: RunView = {
    id: run.id,
    flow: run.flow,
    state: run.state,
    seq: run.seq,
    steps: new Map(),
    running: 0,
    waiting: 0,
    unsure: 0,
  };
  const started = time(run.startedAt) ?? time(run.createdAt);
  const ended = time(run.endedAt);
  if (started !== undefined) view.startedAt = started;
  if (ended !== undefined) view.endedAt = ended;
  tellOrigin(view, run);
  if (run.error) view.error = run.error;
  for (const [key, summary] of Object.entries(run.steps ?? {})) {
    const step = viewOfStep(key, summary);
    view.steps.set(key, step);
    count(view, step, 1);
  }
  return view;
}

/** Tells a view what no event says: which run it goes on from. What was kept of that began before. */
export function tellOrigin(view: RunView, run: Run): void {
  const at = time(run.createdAt);
  if (!run.retryOf || at === undefined) return;
  view.origin = { run: run.retryOf, at };
  view.startedAt = at;
}

/** Whether a step did not run here: its result is that of the run which this one goes on from. */
export function isKept(view: RunView, step: StepView): boolean {
  return view.origin !== undefined && step.endedAt !== undefined && step.endedAt < view.origin.at;
}

/** The state of a step as people are told it: one that was given its output says so. */
export function wordOf(step: { state: StepState; pinned?: boolean }): string {
  return step.pinned && step.state === "succeeded" ? "pinned" : step.state;
}

function count(run: RunView, step: StepView, by: 1 | -1): void {
  if (step.state === "waiting" || step.state === "unknown") run.waiting += by;
  if (step.state === "unknown") run.unsure += by;
  else if (step.state === "running" && step.total === undefined) run.running += by;
}

function viewOfStep(key: string, step: StepSummary): StepView {
  const view: StepView = {
    key,
    node: step.node || nodeOfKey(key),
    state: step.state,
    attempts: step.attempts ?? 0,
  };
  const started = time(step.startedAt);
  const ended = time(step.endedAt);
  if (started !== undefined) view.startedAt = started;
  if (ended !== undefined) view.endedAt = ended;
  if (step.port) view.port = step.port;
  if (step.pinned) view.pinned = true;
  if (step.error) view.error = step.error;
  const due = time(step.due);
  if (due !== undefined) view.due = due;
  if (step.count) view.total = step.count.total;
  return view;
}

function time(at: string | null | undefined): number | undefined {
  if (!at) return undefined;
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? undefined : ms;
}

const RUN_ENDS: Record<string, RunState> = {
  "run.succeeded": "succeeded",
  "run.failed": "failed",
  "run.canceled": "canceled",
  "run.unknown": "unknown",
};

const STEP_ENDS: Record<string, StepState> = {
  "step.succeeded": "succeeded",
  "step.failed": "failed",
  "step.skipped": "skipped",
  "step.canceled": "canceled",
};

/** Folds one event into a run; answers the node that it changed, if it was one. */
export function applyEvent(run: RunView, event: LiveEvent): string | undefined {
  run.seq = Math.max(run.seq, event.seq);
  const at = time(event.at);
  const end = RUN_ENDS[event.kind];
  if (end !== undefined) {
    run.state = end;
    if (at !== undefined) run.endedAt = at;
    if (event.error) run.error = event.error;
    return undefined;
  }
  if (event.kind === "run.queued") {
    run.state = "queued";
    return undefined;
  }
  if (event.kind === "run.started") {
    run.state = "running";
    if (at !== undefined) run.startedAt ??= at;
    return event.trigger ? fire(run, event.trigger, at) : undefined;
  }
  if (!event.step) return undefined;
  const step = stepOf(run, event);
  count(run, step, -1);
  applyToStep(step, event, at);
  count(run, step, 1);
  run.state = run.waiting === 0 || run.running > 0 ? "running" : run.unsure > 0 ? "unknown" : "waiting";
  return step.node;
}

/** The trigger that fired is done with the run's start; no event of its own says so. */
function fire(run: RunView, trigger: string, at: number | undefined): string {
  const step: StepView = { key: trigger, node: trigger, state: "succeeded", port: "out", attempts: 1 };
  if (at !== undefined) {
    step.startedAt = at;
    step.endedAt = at;
  }
  run.steps.set(trigger, step);
  return trigger;
}

function stepOf(run: RunView, event: LiveEvent): StepView {
  const key = event.step ?? "";
  const known = run.steps.get(key);
  if (known !== undefined) return known;
  const step: StepView = { key, node: event.node || nodeOfKey(key), state: "pending", attempts: 0 };
  run.steps.set(key, step);
  return step;
}

function applyToStep(step: StepView, event: LiveEvent, at: number | undefined): void {
  if (event.attempt) step.attempts = event.attempt;
  if (event.port) step.port = event.port;
  if (event.pinned) step.pinned = true;
  if (event.error) step.error = event.error;
  if (event.kind === "step.decided") return;
  delete step.due;
  const end = STEP_ENDS[event.kind];
  if (end !== undefined) {
    step.state = end;
    if (at !== undefined) {
      step.endedAt = at;
      step.startedAt ??= at;
    }
  } else if (event.kind === "step.started") {
    step.state = "running";
    if (at !== undefined) step.startedAt ??= at;
  } else if (event.kind === "step.unknown") {
    step.state = "unknown";
    if (at !== undefined) step.startedAt ??= at;
  } else if (event.kind === "step.retry" || event.kind === "step.waiting") {
    step.state = "waiting";
    const due = time(event.due);
    if (due !== undefined) step.due = due;
    if (at !== undefined) step.startedAt ??= at;
  } else if (event.kind === "loop.item" && event.due) {
    // A repeat that pauses before its next pass.
    step.state = "waiting";
    const due = time(event.due);
    if (due !== undefined) step.due = due;
  } else if (event.kind === "loop.next") {
    step.state = "running";
  } else if (event.kind === "loop.opened") {
    step.state = "running";
    if (at !== undefined) step.startedAt ??= at;
    step.total = event.total ?? 0;
  }
}
