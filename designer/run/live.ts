/** The live socket: topics with a sequence, resumed after a break. */

export interface LiveEvent {
  seq: number;
  at: string;
  kind: string;
  step?: string;
  node?: string;
  attempt?: number;
  port?: string;
  /** The output was given beforehand. */
  pinned?: boolean;
  output?: unknown;
  error?: { code: string; message: string } | null;
  total?: number;
  /** Until when the step waits, of step.waiting and step.retry. */
  due?: string;
  /** The trigger that fired, of run.started. */
  trigger?: string;
  [key: string]: unknown;
}

/** One editor in which a flow is open. */
export interface Present {
  /** The opened editor: no two have the same. */
  client: string;
  /** It is this very one. */
  self: boolean;
  name: string;
  /** It is the same person's. */
  you: boolean;
  edits: boolean;
  /** It heard that another takes the flow over, and saves before it only reads. */
  yields: boolean;
  /** How many seconds ago something was edited there; -1 is never. */
  idle: number;
  /** Rises with each editor that took the flow over: the highest has it. */
  took: number;
}

export interface Topic {
  /** The last seq that was seen; the server sends what came after it, or a snapshot. */
  since: () => number;
  onSnapshot: (snapshot: Record<string, unknown>, seq: number) => void;
  onEvent: (event: LiveEvent, seq: number) => void;
  /** There is no such thing any more. */
  onGone?: () => void;
  /** What an editor says of itself, each time that it subscribes; then it is told who else has the flow open. */
  present?: () => object;
  onPresence?: (list: Present[]) => void;
}

export type LiveState = "idle" | "connecting" | "open" | "lost";

interface Message {
  topic?: string;
  seq?: number;
  event?: LiveEvent;
  snapshot?: Record<string, unknown>;
  presence?: Present[];
  error?: { code: string };
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const LINGER = 5000;
const NO_SESSION = 4401;
const NOT_ALLOWED = 4403;

/** One socket for the whole page; it is open while somebody listens. */
export class LiveSocket {
  #topics = new Map<string, Set<Topic>>();
  #socket: WebSocket | undefined;
  #state: LiveState = "idle";
  #listeners = new Set<() => void>();
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #refused: () => void = () => {};
  readonly #address: () => string;

  constructor(address: () => string) {
    this.#address = address;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** For useSyncExternalStore: calls back when the state changes. */
  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  whenRefused(listener: () => void): void {
    this.#refused = listener;
  }

  /** Follows a topic until the returned function is called. */
  follow(name: string, topic: Topic): () => void {
    const all = this.#topics.get(name) ?? new Set();
    all.add(topic);
    this.#topics.set(name, all);
    if (this.#socket === undefined) this.#open();
    else this.#subscribe(name);
    return () => {
      all.delete(topic);
      if (all.size > 0) return;
      this.#topics.delete(name);
      this.#send({ unsubscribe: name });
      if (this.#topics.size > 0) return;
      // It lingers, so that going from one page to the next keeps the connection.
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.#topics.size === 0 && this.close(), LINGER);
    };
  }

  /** Asks anew for what a topic has missed. */
  resume(name: string): void {
    this.#subscribe(name);
  }

  /** Says what has changed of an editor that has a flow open. */
  attend(name: string, what: object): void {
    this.#send({ present: name, ...what });
  }

  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#set("idle");
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#set(this.#state === "lost" ? "lost" : "connecting");
    const socket = new WebSocket(this.#address());
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#set("open");
      for (const name of this.#topics.keys()) this.#subscribe(name);
    };
    socket.onmessage = (message) => this.#receive(String(message.data));
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lost(event.code);
    };
  }

  #lost(code: number): void {
    this.#socket = undefined;
    if (code === NO_SESSION) this.#refused();
    if (code === NO_SESSION || code === NOT_ALLOWED || this.#topics.size === 0) {
      this.#set("idle");
      return;
    }
    this.#set("lost");
    // A spread keeps a hundred browsers from coming back in the same instant.
    const wait = this.#wait * (0.75 + Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #receive(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return;
    }
    for (const topic of this.#topics.get(message.topic ?? "") ?? []) {
      if (message.snapshot !== undefined) topic.onSnapshot(message.snapshot, message.seq ?? 0);
      else if (message.presence !== undefined) topic.onPresence?.(message.presence);
      else if (message.error?.code === "not_found") topic.onGone?.();
      else if (message.event !== undefined) topic.onEvent(message.event, message.seq ?? message.event.seq);
    }
  }

  #subscribe(name: string): void {
    const topics = [...(this.#topics.get(name) ?? [])];
    const since = Math.min(...topics.map((t) => t.since()));
    this.#send({ subscribe: name, since: Number.isFinite(since) ? since : 0 });
    for (const topic of topics) if (topic.present) this.attend(name, topic.present());
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #set(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const live = new LiveSocket(() => {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/api/v1/live`;
});
