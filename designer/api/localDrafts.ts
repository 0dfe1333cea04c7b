import type { Flow } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";

/** A draft that the server doesn't have yet, and what it was made from. */
interface Kept {
  flow: Flow;
  /** The revision that it was made from, and what the server had under it. */
  base: number;
  saved?: Flow;
  /** What was sent and never answered: the server may have it. */
  sent?: readonly Flow[];
}

export interface LocalDraft extends Kept {
  at: number;
}

export interface DraftStorage {
  /** Says whether it is kept: a browser's storage may be full, or closed. */
  keep: (draft: Kept) => boolean;
  read: () => LocalDraft | undefined;
  drop: () => void;
  /** From now on the copy is nobody's: the next who opens the flow takes it. */
  leave: () => void;
  /** Begins to keep, where it was opened to read: answers what it takes over then. */
  take: () => Promise<LocalDraft | undefined>;
  /** What a tab left that is gone: looked at, and left as it is. */
  left: () => Promise<LocalDraft | undefined>;
}

const PREFIX = "drawbridge.draft.";

/** Whose copy it is, and of which flow: one person's work is never offered to another. */
export interface Owner {
  user: string;
  flow: string;
}

const prefix = ({ user, flow }: Owner) => `${PREFIX}${user}.${flow}`;

/** How long a living tab has to say that a copy is its own, where the browser has no locks. */
const ANSWER_MS = 150;

/**
 * The local copy of one person's unsaved draft of one flow. Each tab keeps one of its own, so that two tabs
 * don't overwrite one another's; what a tab left that is closed, or was never closed
 * properly, the next takes over. Opened to read, it neither takes, keeps nor drops any.
 */
export async function openStorage(owner: Owner, reads = false): Promise<DraftStorage> {
  let own: Own | undefined;
  let taking: Promise<Own> | undefined;
  let over = false;
  const take = async (): Promise<LocalDraft | undefined> => {
    const first = taking === undefined && !over;
    if (first) taking = takeOver(owner);
    const taken = await taking;
    if (over) taken?.leave();
    if (taken === undefined || over) return undefined;
    own = taken;
    return first ? read(own.key) : undefined;
  };
  if (!reads) await take();
  return {
    keep(draft) {
      if (own === undefined) return false;
      const at = Date.now();
      // Where there is no room for all, at least what was drawn is kept.
      return write(own.key, { ...draft, at }) || write(own.key, { flow: draft.flow, base: draft.base, at });
    },
    read: () => own && read(own.key),
    drop: () => own && remove(own.key),
    leave() {
      over = true;
      own?.leave();
    },
    take,
    left: async () => (await leftOf(owner))[0],
  };
}

/** A copy that no open tab keeps. */
export interface LeftDraft extends LocalDraft {
  /** The flow that it is a draft of. */
  of: string;
  /** Forgets the copy; what it answers brings it back. */
  forget: () => () => void;
}

/** The newest copy that one person left of each of their flows, but for flows that are known to be there. */
export async function leftDrafts(user: string, there: ReadonlySet<string>): Promise<LeftDraft[]> {
  const start = prefix({ user, flow: "" });
  const ids = new Set(keys(start).map((key) => key.slice(start.length, key.lastIndexOf("."))));
  const of = await Promise.all(
    [...ids].filter((id) => !there.has(id)).map((id) => leftOf({ user, flow: id })),
  );
  return of.flat().sort((a, b) => b.at - a.at);
}

async function leftOf(owner: Owner): Promise<LeftDraft[]> {
  const [tab] = await leftCopies(owner);
  const key = `${prefix(owner)}.${tab}`;
  const copy = tab === undefined ? undefined : read(key);
  if (copy === undefined) return [];
  const forget = () => {
    remove(key);
    return () => void write(key, copy);
  };
  return [{ ...copy, of: owner.flow, forget }];
}

/** Forgets the copies that the server has as they are: of what is nowhere else nothing is dropped, whoever logs out. */
export function dropSynced(): void {
  for (const key of keys(PREFIX)) {
    const copy = read(key);
    if (copy?.saved !== undefined && encodeFlow(copy.flow) === encodeFlow(copy.saved)) remove(key);
  }
}

function newTab(): string {
  return Math.random().toString(36).slice(2, 12);
}

function write(key: string, draft: LocalDraft): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

function read(key: string): LocalDraft | undefined {
  try {
    const text = localStorage.getItem(key);
    const value = text === null ? undefined : (JSON.parse(text) as LocalDraft);
    return value !== undefined && isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What another version or another hand wrote may be anything. */
function isDraft({ flow, at }: LocalDraft): boolean {
  const named = Array.isArray(flow?.nodes) && typeof flow.name === "string";
  return named && typeof at === "number" && !Number.isNaN(new Date(at).getTime());
}

function remove(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept then.
  }
}

function keys(start: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

/** The copy that is a tab's own, until it leaves it. */
interface Own {
  key: string;
  leave: () => void;
}

/** What is this tab's from now on: the newest copy that was left, or a new one. */
async function takeOver(owner: Owner): Promise<Own> {
  for (const tab of [...(await leftCopies(owner)), newTab()]) {
    const key = `${prefix(owner)}.${tab}`;
    // Another tab may take it over at the same moment.
    const leave = locks() === undefined ? answerFor(owner, tab) : await hold(key);
    if (leave !== undefined) return { key, leave };
  }
  return { key: `${prefix(owner)}.${newTab()}`, leave: () => undefined };
}

/** The tabs that left a copy and live no more, the newest copy first. */
async function leftCopies(owner: Owner): Promise<string[]> {
  const copies = copiesOf(owner);
  if (copies.length === 0) return [];
  const living = (await heldTabs(owner)) ?? (await answeringTabs(owner));
  return copies.filter((tab) => !living.has(tab));
}

function copiesOf(owner: Owner): string[] {
  const start = `${prefix(owner)}.`;
  return keys(start)
    .flatMap((key) => {
      const copy = read(key);
      return copy === undefined ? [] : [{ tab: key.slice(start.length), at: copy.at }];
    })
    .sort((a, b) => b.at - a.at)
    .map((copy) => copy.tab);
}

/** Plain http on another host has none. */
function locks(): LockManager | undefined {
  return navigator.locks;
}

/** What was left a moment ago is free only then. */
let freed: Promise<unknown> = Promise.resolve();

/** Holds a copy as long as its tab lives, also one that is frozen; undefined where another does. */
function hold(key: string): Promise<(() => void) | undefined> {
  return new Promise((settle) => {
    let leave = () => {};
    const left = new Promise<void>((done) => {
      leave = done;
    });
    const free = locks()?.request(key, { ifAvailable: true }, (lock) => {
      settle(lock === null ? undefined : release);
      return lock === null ? undefined : left;
    });
    const release = () => {
      leave();
      freed = Promise.allSettled([freed, free]);
    };
    // Where they are there and may not be used, nobody holds any.
    free?.catch(() => settle(() => undefined));
  });
}

async function heldTabs(owner: Owner): Promise<ReadonlySet<string> | undefined> {
  await freed;
  const start = `${prefix(owner)}.`;
  const all = await locks()
    ?.query()
    .catch(() => undefined);
  return (
    all &&
    new Set(all.held?.flatMap(({ name }) => (name?.startsWith(start) ? [name.slice(start.length)] : [])))
  );
}

function channel(owner: Owner): BroadcastChannel | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(prefix(owner));
}

/** Tells other tabs of this browser that this one lives, whenever they ask. */
function answerFor(owner: Owner, tab: string): () => void {
  const line = channel(owner);
  line?.addEventListener("message", ({ data }) => data === "who" && line.postMessage(tab));
  return () => line?.close();
}

async function answeringTabs(owner: Owner): Promise<ReadonlySet<unknown>> {
  const living = new Set<unknown>();
  const line = channel(owner);
  if (line === undefined) return living;
  line.addEventListener("message", ({ data }) => living.add(data));
  line.postMessage("who");
  await new Promise((done) => setTimeout(done, ANSWER_MS));
  line.close();
  return living;
}
