import { ApiError } from "@/api/http";
import type { ConflictDetail, Problem, SaveAnswer } from "@/api/types";
import type { Flow } from "@/core/flow/document";
import type { DraftStorage } from "./local";

export type SaveState =
  | { kind: "saved" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  /** The server can't be reached; it is tried again, and a copy is kept here. */
  | { kind: "away"; message: string }
  /** The server refused the document itself, so trying again would not help. */
  | { kind: "refused"; message: string; problems: Problem[] }
  | { kind: "conflict"; theirs: ConflictDetail };

interface SaverPorts {
  put: (revision: number, flow: Flow) => Promise<SaveAnswer>;
  storage: DraftStorage;
  onSaved: (revision: number, problems: Problem[]) => void;
  /** Sets and clears timers; tests bring their own. */
  later?: (run: () => void, ms: number) => () => void;
}

const PAUSE_MS = 600;
const RETRY_MS = [1000, 2000, 5000, 10_000];

const wallClock = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Saves a draft after a short pause, one request at a time, always on top of the
 * revision that it was read from. Until the server has it, a copy lies in the
 * browser's storage.
 */
export class DraftSaver {
  #revision: number;
  #state: SaveState = { kind: "saved" };
  #pending: Flow | undefined;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => {};
  #failures = 0;
  #listeners = new Set<() => void>();
  readonly #ports: SaverPorts;
  readonly #later: NonNullable<SaverPorts["later"]>;

  constructor(revision: number, ports: SaverPorts) {
    this.#revision = revision;
    this.#ports = ports;
    this.#later = ports.later ?? wallClock;
  }

  get state(): SaveState {
    return this.#state;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether leaving the page now would rely on the local copy. */
  get dirty(): boolean {
    return this.#state.kind !== "saved";
  }

  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a changed document; it is saved after a pause. */
  changed(flow: Flow): void {
    this.#pending = flow;
    this.#ports.storage.keep(flow, this.#revision);
    if (this.#state.kind === "conflict") return;
    this.#set({ kind: "unsaved" });
    this.#cancel();
    this.#cancel = this.#later(() => void this.flush(), PAUSE_MS);
  }

  /** Saves at once what is not saved; resolves when it is, or when it can't be. */
  async flush(): Promise<boolean> {
    this.#cancel();
    while (this.#pending !== undefined && this.#state.kind !== "conflict") {
      this.#running ??= this.#save(this.#pending).finally(() => {
        this.#running = undefined;
      });
      await this.#running;
      if (this.#state.kind === "away" || this.#state.kind === "refused") return false;
    }
    return this.#state.kind === "saved";
  }

  /** After a conflict: saves one's own document over the other's revision. */
  keepMine(flow: Flow): Promise<boolean> {
    if (this.#state.kind === "conflict") this.#revision = this.#state.theirs.current;
    this.#pending = flow;
    this.#set({ kind: "unsaved" });
    return this.flush();
  }

  /** The document here is now exactly what the server has under a revision. */
  adopt(revision: number): void {
    this.#cancel();
    this.#revision = revision;
    this.#pending = undefined;
    this.#ports.storage.drop();
    this.#set({ kind: "saved" });
  }

  stop(): void {
    this.#cancel();
  }

  async #save(flow: Flow): Promise<void> {
    this.#set({ kind: "saving" });
    try {
      const answer = await this.#ports.put(this.#revision, flow);
      this.#revision = answer.revision;
      this.#failures = 0;
      if (this.#pending === flow) this.#pending = undefined;
      if (this.#pending === undefined) {
        this.#ports.storage.drop();
        this.#set({ kind: "saved" });
      } else this.#ports.storage.keep(this.#pending, this.#revision);
      this.#ports.onSaved(answer.revision, answer.problems ?? []);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const known = error instanceof ApiError ? error : new ApiError(0, "Saving failed", String(error));
    if (known.status === 409) {
      this.#set({ kind: "conflict", theirs: known.body as unknown as ConflictDetail });
    } else if (known.away || known.status === 401 || known.status === 429 || known.status >= 500) {
      this.#set({ kind: "away", message: known.message });
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 10_000;
      this.#cancel = this.#later(() => void this.flush(), wait);
    } else {
      this.#set({ kind: "refused", message: known.message, problems: known.problems });
    }
  }

  #set(state: SaveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
