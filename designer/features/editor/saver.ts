import { ApiError } from "@/api/http";
import type { DraftStorage, LocalDraft } from "@/api/localDrafts";
import type { ConflictDetail, Problem, SaveAnswer } from "@/api/types";
import type { Flow } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";

export type SaveState =
  | { kind: "saved" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  /** The server can't be reached; it is tried again, and a copy is kept here. */
  | { kind: "away"; message: string }
  /** The server refused the document itself, so trying again would not help. */
  | { kind: "refused"; message: string; problems: Problem[]; gone?: true; forbidden?: true }
  | { kind: "conflict"; theirs: ConflictDetail };

/** Whether the flow itself is gone: it was deleted elsewhere. */
export function isGone(state: SaveState): boolean {
  return state.kind === "refused" && state.gone === true;
}

/** Whether who draws here may not save it any more. */
export function isForbidden(state: SaveState): boolean {
  return state.kind === "refused" && state.forbidden === true;
}

interface SaverPorts {
  put: (revision: number, flow: Flow) => Promise<SaveAnswer>;
  storage: DraftStorage;
  onSaved: (revision: number, problems: Problem[]) => void;
  /** Somebody else saved first; who can join the two calls rebase before this returns. */
  onConflict?: (theirs: ConflictDetail) => void;
  /** Sets and clears timers; tests bring their own. */
  later?: (run: () => void, ms: number) => () => void;
}

/** What the server has under a revision; the document may be unknown. */
export interface SavedDraft {
  revision: number;
  flow: Flow | undefined;
}

const PAUSE_MS = 600;
/** A copy is written that long after the first change that it lacks: writing out a large flow costs more than a key may. */
const KEEP_MS = 1000;
const RETRY_MS = [1000, 2000, 5000, 10_000];
/** How many unanswered saves are remembered; the newest is the likeliest to have arrived. */
const SENT = 4;

/** Calls when the page has nothing better to do, where the browser can tell. */
const whenIdle = (run: () => void): void => {
  if (typeof requestIdleCallback === "undefined") run();
  else requestIdleCallback(run, { timeout: 1000 });
};

const wallClock = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Saves a draft after a short pause, one request at a time, always on top of the
 * revision that it was read from. Until the server has it, a copy lies in the
 * browser's storage, together with what it was made from; it is written soon after a change,
 * and at once where the page may be left.
 */
export class DraftSaver {
  #saved: SavedDraft;
  #sent: Flow[] = [];
  #state: SaveState = { kind: "saved" };
  #pending: Flow | undefined;
  #kept = true;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => {};
  /** Set while the copy lacks a change. */
  #toKeep: (() => void) | undefined;
  #failures = 0;
  #forgotten = false;
  #listeners = new Set<() => void>();
  readonly #ports: SaverPorts;
  readonly #later: NonNullable<SaverPorts["later"]>;

  constructor(saved: SavedDraft, ports: SaverPorts) {
    this.#saved = saved;
    this.#ports = ports;
    this.#later = ports.later ?? wallClock;
  }

  get state(): SaveState {
    return this.#state;
  }

  get revision(): number {
    return this.#saved.revision;
  }

  /** The document that what is drawn here was made from. */
  get base(): Flow | undefined {
    return this.#saved.flow;
  }

  /** Whether the server lacks something that is drawn here. */
  get dirty(): boolean {
    if (isGone(this.#state)) return this.#pending !== undefined;
    return this.#state.kind !== "saved";
  }

  /** Whether leaving the page now would lose something: the browser keeps no copy of it. */
  get loses(): boolean {
    return this.dirty && !this.#kept;
  }

  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a changed document; it is saved after a pause. */
  changed(flow: Flow): void {
    if (this.#forgotten) return;
    this.#pending = flow;
    this.#keepSoon();
    // While both are to be joined, and after each change of that, it stays here; likewise where there is nowhere to save it.
    if (this.#state.kind === "conflict" || isGone(this.#state)) {
      this.#set(this.#state);
      return;
    }
    this.#set({ kind: "unsaved" });
    this.#cancel();
    this.#cancel = this.#later(() => void this.flush(), PAUSE_MS);
  }

  /** Goes on with a copy that was kept: it is saved on top of what it was made from. */
  resume({ flow, base, saved, sent = [] }: LocalDraft): void {
    this.#saved = { revision: base, flow: saved };
    this.#sent = [...sent];
    this.changed(flow);
  }

  /** Saves at once what is not saved; resolves when it is, or when it can't be. */
  async flush(): Promise<boolean> {
    this.#cancel();
    while (this.#pending !== undefined && this.#state.kind !== "conflict" && !isGone(this.#state)) {
      this.#running ??= this.#save(this.#pending).finally(() => {
        this.#running = undefined;
      });
      await this.#running;
      if (this.#state.kind === "away" || this.#state.kind === "refused") return false;
    }
    return this.#state.kind === "saved";
  }

  /** Tries again at once, if the server was away. */
  retry(): void {
    if (this.#state.kind === "away") void this.flush();
  }

  /** Goes on from what somebody else saved, with a document that holds both. It is to be saved. */
  rebase(theirs: { current: number; flow: Flow }, flow: Flow): void {
    if (encodeFlow(flow) === encodeFlow(theirs.flow)) {
      this.adopt(theirs.current, flow);
      return;
    }
    this.#saved = { revision: theirs.current, flow: theirs.flow };
    this.#sent = [];
    this.#pending = flow;
    this.#keep();
    this.#set({ kind: "unsaved" });
  }

  /** Learns what somebody else saved, before or instead of being refused. */
  meet(theirs: ConflictDetail): void {
    this.#cancel();
    // An answer that got lost: what the server has is what was sent from here.
    const own = this.#sent.find((flow) => encodeFlow(flow) === encodeFlow(theirs.flow));
    if (own !== undefined && this.#pending !== undefined) this.rebase(theirs, this.#pending);
    else {
      this.#set({ kind: "conflict", theirs });
      this.#ports.onConflict?.(theirs);
    }
  }

  /** The document here is now exactly what the server has under a revision. */
  adopt(revision: number, flow: Flow): void {
    this.#cancel();
    this.#saved = { revision, flow };
    this.#sent = [];
    this.#pending = undefined;
    this.#drop();
    this.#set({ kind: "saved" });
  }

  /** Learns that the flow is gone: all of it lies here alone from now on. Who only reads it has nothing to keep. */
  vanished(flow: Flow | undefined): void {
    if (this.#forgotten) return;
    this.#cancel();
    this.#pending = flow;
    this.#keep();
    this.refuse("The flow was deleted elsewhere.", [], true);
  }

  /** Forgets what is not saved, for good: the flow itself is gone. */
  forget(): void {
    this.#forgotten = true;
    this.#cancel();
    this.#pending = undefined;
    this.#drop();
    this.#set({ kind: "saved" });
  }

  stop(): void {
    this.#cancel();
    this.keepNow();
  }

  /** Writes the copy if it lacks a change: the page may be left. */
  keepNow(): void {
    if (this.#toKeep === undefined) return;
    const before = this.#kept;
    this.#keep();
    if (before !== this.#kept) this.#set(this.#state);
  }

  #keepSoon(): void {
    this.#toKeep ??= this.#later(() => whenIdle(() => this.keepNow()), KEEP_MS);
  }

  #drop(): void {
    this.#toKeep?.();
    this.#toKeep = undefined;
    this.#ports.storage.drop();
  }

  #keep(): void {
    this.#toKeep?.();
    this.#toKeep = undefined;
    if (this.#pending === undefined) return;
    const { revision, flow } = this.#saved;
    this.#kept = this.#ports.storage.keep({
      ...{ flow: this.#pending, base: revision, sent: this.#sent },
      ...(flow === undefined ? {} : { saved: flow }),
    });
  }

  /** Whether it became known that the flow is gone: an answer to what was sent before then changes nothing. */
  get #over(): boolean {
    return this.#forgotten || isGone(this.#state);
  }

  async #save(flow: Flow): Promise<void> {
    this.#set({ kind: "saving" });
    if (!this.#sent.includes(flow)) this.#sent = [...this.#sent.slice(1 - SENT), flow];
    this.#keep();
    try {
      const answer = await this.#ports.put(this.revision, flow);
      if (this.#over) return;
      this.#saved = { revision: answer.revision, flow };
      this.#sent = [];
      this.#failures = 0;
      if (this.#pending === flow) this.#pending = undefined;
      if (this.#pending === undefined) {
        this.#drop();
        this.#set({ kind: "saved" });
      } else this.#keep();
      this.#ports.onSaved(answer.revision, answer.problems ?? []);
    } catch (error) {
      this.#failed(error, flow);
    }
  }

  #failed(error: unknown, flow: Flow): void {
    if (this.#over) return;
    const known = error instanceof ApiError ? error : new ApiError(0, "Saving failed", String(error));
    if (known.away || known.status === 401 || known.status === 429 || known.status >= 500) {
      this.#set({ kind: "away", message: known.message });
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 10_000;
      this.#cancel = this.#later(() => void this.flush(), wait);
      return;
    }
    // It was refused, so the server does not have it.
    this.#sent = this.#sent.filter((sent) => sent !== flow);
    if (known.status === 409 && known.body.flow !== undefined) {
      this.#failures = 0;
      this.meet(known.body as unknown as ConflictDetail);
    } else if (known.status === 403)
      this.#set({ kind: "refused", message: known.message, problems: [], forbidden: true });
    else this.refuse(known.message, known.problems, known.status === 404);
  }

  /** The draft can't be saved as it is: or at all, where the flow was deleted elsewhere. */
  refuse(message: string, problems: Problem[] = [], gone = false): void {
    this.#set({ kind: "refused", message, problems, ...(gone ? { gone } : {}) });
  }

  #set(state: SaveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
