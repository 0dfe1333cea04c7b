import { runs } from "@/api/client";
import type { Run, StepError, StepState } from "@/api/types";
import { type LiveEvent, type LiveSocket, live as pageSocket } from "./live";
import { applyEvent, isOver, type RunView, type StepView, tellOrigin, viewOfRun } from "./reduce";

/** What a node's card shows of a run: of its one step, or of all its passes together. */
export interface NodeRun {
  state: StepState;
  ports: ReadonlySet<string>;
  attempts: number;
  /** All of its outputs were given beforehand. */
  pinned?: boolean;
  durationMs?: number;
  startedAt?: number;
  /** Until when its first waiting step waits. */
  due?: number;
  error?: StepError;
  /** Passes in all, ended, and failed; of a node in a container, or of a container. */
  count?: { total: number; done: number; failed: number };
}

/** The run as a whole, for the run bar; a new object whenever something changed. */
export interface RunSummary {
  id: string;
  state: RunView["state"];
  startedAt?: number;
  endedAt?: number;
  error?: StepError;
  /** Rises with every flush: what depends on steps reads them anew. */
  tick: number;
}

type Frame = (flush: () => void) => void;

const nextFrame: Frame = (flush) => {
  if (document.visibilityState === "hidden") setTimeout(flush, 100);
  else requestAnimationFrame(flush);
};

/**
 * The state of one run, outside React: events are folded as they come, and those
 * who listen to a node are called at most once a frame, and only for a change.
 */
export class RunStore {
  #view: RunView | undefined;
  #byNode = new Map<string, Set<string>>();
  #nodes = new Map<string, NodeRun>();
  #dirty = new Set<string>();
  #nodeListeners = new Map<string, Set<() => void>>();
  #listeners = new Set<() => void>();
  #summary: RunSummary | undefined;
  #scheduled = false;
  #tick = 0;
  #unfollow: (() => void) | undefined;
  readonly #socket: LiveSocket;
  readonly #frame: Frame;

  constructor(socket: LiveSocket = pageSocket, frame: Frame = nextFrame) {
    this.#socket = socket;
    this.#frame = frame;
  }

  get summary(): RunSummary | undefined {
    return this.#summary;
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  node(id: string): NodeRun | undefined {
    return this.#nodes.get(id);
  }

  /** The steps of a node, one a pass, in order of their keys. */
  stepsOf(node: string): StepView[] {
    const keys = [...(this.#byNode.get(node) ?? [])];
    keys.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return keys.flatMap((k) => this.#view?.steps.get(k) ?? []);
  }

  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  watchNode(id: string, listener: () => void): () => void {
    const all = this.#nodeListeners.get(id) ?? new Set();
    all.add(listener);
    this.#nodeListeners.set(id, all);
    return () => all.delete(listener);
  }

  /** Follows a run live; a run that has ended is loaded once. */
  follow(id: string): void {
    if (this.#view?.id === id && this.#unfollow !== undefined) return;
    this.stop();
    this.#load({
      id,
      flow: "",
      state: "queued",
      seq: 0,
      steps: new Map(),
      running: 0,
      waiting: 0,
      unsure: 0,
    });
    this.#unfollow = this.#socket.follow(`run/${id}`, {
      since: () => this.#view?.seq ?? 0,
      onSnapshot: (snapshot, seq) => this.snapshot({ ...(snapshot as unknown as Run), seq }),
      onEvent: (event) => this.event(event),
    });
    // The socket may be shut off by a proxy: what is known is asked for once besides.
    runs
      .get(id)
      .then((run) => {
        if (this.#view?.id !== id) return;
        tellOrigin(this.#view, run);
        if (run.seq > this.#view.seq) this.snapshot(run);
        else this.#schedule();
      })
      .catch(() => undefined);
  }

  /** Shows no run any more. */
  clear(): void {
    this.stop();
    this.#view = undefined;
    this.#byNode.clear();
    this.#markAll();
    this.#nodes.clear();
    this.#summary = undefined;
    this.#schedule();
  }

  stop(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  /** Takes a run as the server has it. */
  snapshot(run: Run): void {
    if (this.#view !== undefined && this.#view.id === run.id && run.seq < this.#view.seq) return;
    this.#load(viewOfRun(run));
  }

  /** Folds one event; a gap asks the socket for what was missed. */
  event(event: LiveEvent): void {
    const view = this.#view;
    if (view === undefined || event.seq <= view.seq) return;
    if (event.seq > view.seq + 1) {
      this.#socket.resume(`run/${view.id}`);
      return;
    }
    const node = applyEvent(view, event);
    if (node !== undefined) this.#touch(node, event.step ?? node);
    this.#schedule();
  }

  #load(view: RunView): void {
    this.#markAll();
    this.#view = view;
    this.#byNode.clear();
    for (const step of view.steps.values()) this.#touch(step.node, step.key);
    this.#schedule();
  }

  #markAll(): void {
    for (const id of this.#nodes.keys()) this.#dirty.add(id);
  }

  #touch(node: string, key: string): void {
    const keys = this.#byNode.get(node) ?? new Set();
    keys.add(key);
    this.#byNode.set(node, keys);
    this.#dirty.add(node);
    // A step inside a container changes the container's own progress.
    const parts = key.split(".");
    for (let i = 0; i + 2 < parts.length; i += 2) this.#dirty.add(parts[i] ?? "");
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#frame(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    this.#tick++;
    this.#summary = this.#view && summaryOf(this.#view, this.#tick);
    for (const id of dirty) {
      const next = this.#aggregate(id);
      if (next === undefined) this.#nodes.delete(id);
      else this.#nodes.set(id, next);
      for (const listener of this.#nodeListeners.get(id) ?? []) listener();
    }
    for (const listener of this.#listeners) listener();
    if (this.#view !== undefined && isOver(this.#view)) this.#settle();
  }

  /** An ended run sends nothing more: its topic is let go. */
  #settle(): void {
    this.stop();
  }

  #aggregate(id: string): NodeRun | undefined {
    const steps = [...(this.#byNode.get(id) ?? [])].flatMap((k) => this.#view?.steps.get(k) ?? []);
    const [first] = steps;
    if (first === undefined) return undefined;
    const node: NodeRun = {
      state: steps.length === 1 ? first.state : worst(steps),
      ports: new Set(steps.flatMap((s) => takenPort(s) ?? [])),
      attempts: Math.max(...steps.map((s) => s.attempts)),
    };
    if (steps.every((s) => s.pinned)) node.pinned = true;
    const starts = steps.flatMap((s) => s.startedAt ?? []);
    const ends = steps.flatMap((s) => s.endedAt ?? []);
    if (starts.length > 0) node.startedAt = Math.min(...starts);
    if (ends.length === steps.length && starts.length > 0)
      node.durationMs = Math.max(...ends) - Math.min(...starts);
    const failed = steps.find((s) => s.error !== undefined);
    if (failed?.error !== undefined) node.error = failed.error;
    const dues = steps.flatMap((s) => (s.due === undefined ? [] : [s.due]));
    if (dues.length > 0) node.due = Math.min(...dues);
    const count = first.total !== undefined ? this.#progress(first) : countOf(steps);
    if (count !== undefined) node.count = count;
    return node;
  }

  /** A container's progress: how many of its passes have no step left to end. */
  #progress(container: StepView): NodeRun["count"] {
    const total = container.total ?? 0;
    if (container.state === "succeeded") return { total, done: total, failed: 0 };
    const passes = new Map<string, { open: boolean; failed: boolean }>();
    const prefix = `${container.key}.`;
    for (const step of this.#view?.steps.values() ?? []) {
      if (!step.key.startsWith(prefix)) continue;
      const pass = step.key.slice(prefix.length).split(".")[0] ?? "";
      const at = passes.get(pass) ?? { open: false, failed: false };
      at.open ||= step.state === "running" || step.state === "waiting" || step.state === "pending";
      at.failed ||= step.state === "failed";
      passes.set(pass, at);
    }
    const ended = [...passes.values()].filter((p) => !p.open);
    return { total, done: Math.min(total, ended.length), failed: ended.filter((p) => p.failed).length };
  }
}

function summaryOf(view: RunView, tick: number): RunSummary {
  return {
    id: view.id,
    state: view.state,
    tick,
    ...(view.startedAt === undefined ? {} : { startedAt: view.startedAt }),
    ...(view.endedAt === undefined ? {} : { endedAt: view.endedAt }),
    ...(view.error === undefined ? {} : { error: view.error }),
  };
}

function takenPort(step: StepView): string | undefined {
  if (step.port) return step.port;
  return step.state === "succeeded" ? "out" : undefined;
}

const RANK: StepState[] = [
  "running",
  "waiting",
  "queued",
  "unknown",
  "failed",
  "canceled",
  "pending",
  "succeeded",
  "skipped",
];

function worst(steps: StepView[]): StepState {
  return RANK.find((state) => steps.some((s) => s.state === state)) ?? "pending";
}

function countOf(steps: StepView[]): NodeRun["count"] {
  if (steps.length === 1 && !steps[0]?.key.includes(".")) return undefined;
  const over = steps.filter((s) => s.endedAt !== undefined);
  return { total: steps.length, done: over.length, failed: steps.filter((s) => s.state === "failed").length };
}
