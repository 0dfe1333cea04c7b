import type { Flow } from "@/core/flow/document";

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
}

const prefix = (id: string) => `drawbridge.draft.${id}`;

/** How long a living tab has to say that a copy is its own. */
const ANSWER_MS = 150;

/**
 * The local copy of one flow's unsaved draft. Each tab keeps one of its own, so that two tabs
 * don't overwrite one another's; what a tab left that is closed, or was never closed
 * properly, the next takes over.
 */
export async function openStorage(id: string): Promise<DraftStorage> {
  const [left] = await leftCopies(id);
  return draftStorage(id, left ?? newTab());
}

export function draftStorage(id: string, tab = newTab()): DraftStorage {
  const key = `${prefix(id)}.${tab}`;
  const leave = answerFor(id, tab);
  return {
    keep(draft) {
      const at = Date.now();
      // Where there is no room for all, at least what was drawn is kept.
      return write(key, { ...draft, at }) || write(key, { flow: draft.flow, base: draft.base, at });
    },
    read: () => read(key),
    drop() {
      try {
        localStorage.removeItem(key);
      } catch {
        // Nothing was kept then.
      }
    },
    leave,
  };
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
    return value !== undefined && Array.isArray(value.flow?.nodes) ? value : undefined;
  } catch {
    return undefined;
  }
}

function channel(id: string): BroadcastChannel | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(prefix(id));
}

/** Tells other tabs of this browser that this one lives, whenever they ask. */
function answerFor(id: string, tab: string): () => void {
  const line = channel(id);
  line?.addEventListener("message", ({ data }) => data === "who" && line.postMessage(tab));
  return () => line?.close();
}

/** The tabs that left a copy and don't answer any more, the newest copy first. */
async function leftCopies(id: string): Promise<string[]> {
  const copies = copiesOf(id);
  const line = channel(id);
  if (copies.length === 0 || line === undefined) return copies;
  const living = new Set<unknown>();
  line.addEventListener("message", ({ data }) => living.add(data));
  line.postMessage("who");
  await new Promise((done) => setTimeout(done, ANSWER_MS));
  line.close();
  return copies.filter((tab) => !living.has(tab));
}

function copiesOf(id: string): string[] {
  try {
    const start = `${prefix(id)}.`;
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(start))
      .flatMap((key) => ({ tab: key.slice(start.length), at: read(key)?.at ?? 0 }))
      .sort((a, b) => b.at - a.at)
      .map((copy) => copy.tab);
  } catch {
    return [];
  }
}
