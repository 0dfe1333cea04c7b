import { create } from "zustand";
import { type LiveSocket, live, type Present } from "@/run/live";
import { announce } from "@/ui/announce";
import { toast } from "@/ui/Toasts";

/** Who edited within this time is at it; a flow that is merely left open is in nobody's way. */
const ACTIVE_S = 180;
/** A page that is loaded anew may meet its own end for a moment. */
const SETTLE_MS = 300;
/** Who edits may be gone only for as long as the connection is made anew. */
const GONE_MS = 2000;
/** How long the other side has to say that it saves: one that says nothing is not connected. */
const HERE_MS = 1000;
/** How long one waits for the other side to save before taking over from it anyway. */
const HANDOVER_MS = 3000;
const TELL_MS = 20_000;

interface PresenceState {
  /** The other editors that have this flow open. */
  others: readonly Present[];
  /** Here it is only read, because it is edited elsewhere. */
  reads: boolean;
  /** It was taken over from here, by this one. */
  takenBy: Present | undefined;
  /** One may draw here at all. */
  mayEdit: boolean;
  /** It is being taken over, and waited for what the other side has not saved. */
  taking: boolean;
}

interface Ports {
  mayEdit: boolean;
  /** Whether something here is not saved yet. */
  dirty: () => boolean;
  flush: () => Promise<boolean>;
}

export function isActive(p: Present): boolean {
  return p.edits && p.idle >= 0 && p.idle < ACTIVE_S;
}

/** Tells who else has a flow open, and who of them edits. Saving is not its business: If-Match is. */
export class Attendance {
  readonly store = create<PresenceState>(() => ({
    ...{ others: [], reads: false, takenBy: undefined, mayEdit: false, taking: false },
  }));
  readonly #client = Math.random().toString(36).slice(2, 14);
  readonly #topic: string;
  readonly #ports: Ports;
  readonly #live: LiveSocket;
  /** The newest take-over that is known; undefined before anything was heard. */
  #seen: number | undefined;
  #edited = false;
  /** Who was asked to hand over had the time to say that they save. */
  #heard = false;
  #told = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(topic: string, ports: Ports, socket = live) {
    this.#topic = topic;
    this.store.setState({ mayEdit: ports.mayEdit });
    this.#ports = ports;
    this.#live = socket;
  }

  get reads(): boolean {
    return this.store.getState().reads;
  }

  /** What is said of this editor whenever the topic is subscribed. */
  present = (): object => {
    const { reads, mayEdit, taking } = this.store.getState();
    return { client: this.#client, edits: mayEdit && (taking || !reads) };
  };

  get mayEdit(): boolean {
    return this.store.getState().mayEdit;
  }

  /** Learns whether one may draw here: that may change while the flow is open. */
  permit(mayEdit: boolean): void {
    if (mayEdit === this.mayEdit) return;
    clearTimeout(this.#timer);
    this.store.setState({ mayEdit, taking: false });
    this.#say({});
    this.#settle();
  }

  hear = (list: readonly Present[]): void => {
    const others = list.filter((p) => !p.self);
    this.#greet(others);
    this.store.setState({ others });
    const took = Math.max(0, ...others.map((p) => p.took));
    const own = list.find((p) => p.self)?.took ?? 0;
    if (this.#seen === undefined) this.#begin();
    else if (took > this.#seen && took > own) this.#yield(others.find((p) => p.took === took));
    this.#seen = Math.max(this.#seen ?? 0, took, own);
    this.#settle();
  };

  /** Goes from reading to editing once what it waits for is so. */
  #settle(): void {
    const { reads, taking } = this.store.getState();
    if (reads && taking) this.#handOver();
    else if (reads && !this.#edits())
      this.#later(GONE_MS, () => {
        if (!this.#edits()) this.#edit(this.mayEdit ? "You can edit this flow again." : "");
      });
  }

  /** Whether somebody else edits. */
  #edits(): boolean {
    return this.store.getState().others.some((p) => p.edits);
  }

  #later(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  /** Something was changed here. */
  edited(): void {
    this.#edited = true;
    if (Date.now() - this.#told < TELL_MS) return;
    this.#told = Date.now();
    this.#say({ active: true });
  }

  /** Edits here from now on: the others are told, save what they have, and go on reading. */
  take(): void {
    this.store.setState({ taking: true });
    this.#heard = false;
    this.#say({ take: true });
    if (!this.reads || !this.#edits()) this.#edit("");
    else
      this.#later(HERE_MS, () => {
        this.#heard = true;
        this.#later(HANDOVER_MS - HERE_MS, () => this.#edit(""));
        this.#handOver();
      });
  }

  /** Ends a take-over once nobody else edits, or nobody says that they save: nothing else is worth waiting for. */
  #handOver(): void {
    const all = this.store.getState().others.filter((p) => p.edits);
    const [one] = all;
    if (one === undefined) this.#edit("");
    else if (this.#heard && !all.some((p) => p.yields)) {
      this.#edit("");
      toast("info", silentText(one));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #say(more: object): void {
    this.#live.attend(this.#topic, { ...this.present(), ...more });
  }

  /** Opened while somebody is at it: reading disturbs nobody, and one click takes over. */
  #begin(): void {
    this.#later(SETTLE_MS, () => {
      if (!this.mayEdit || this.#edited || this.#ports.dirty()) return;
      if (!this.store.getState().others.some(isActive)) return;
      this.store.setState({ reads: true });
      this.#say({});
    });
  }

  #edit(said: string): void {
    clearTimeout(this.#timer);
    this.store.setState({ reads: false, takenBy: undefined, taking: false });
    this.#say({});
    if (said !== "") announce(said);
  }

  /** Another took over: what is not saved is, then it is theirs. */
  async #yield(by: Present | undefined): Promise<void> {
    if (by === undefined || !this.mayEdit) return;
    clearTimeout(this.#timer);
    this.store.setState({ reads: true, takenBy: by, taking: false });
    this.#say({ edits: true, yields: true });
    await this.#ports.flush();
    this.#say({});
  }

  #greet(others: readonly Present[]): void {
    if (this.#seen === undefined) return;
    const before = new Set(this.store.getState().others.map((p) => p.client));
    for (const p of others)
      if (!before.has(p.client))
        announce(p.you ? "You opened this flow in another tab." : `${p.name} opened this flow.`);
  }
}

function silentText(one: Present): string {
  const who = one.you ? "Your other tab" : one.name;
  return `${who} did not answer, so you edit this flow now. What is unsaved there is joined once it is back.`;
}
