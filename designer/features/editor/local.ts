import type { Flow } from "@/core/flow/document";

/** A draft that the server doesn't have yet, on top of which revision it was made, and when. */
export interface LocalDraft {
  flow: Flow;
  base: number;
  at: number;
}

export interface DraftStorage {
  keep: (flow: Flow, base: number) => void;
  read: () => LocalDraft | undefined;
  drop: () => void;
}

/** The local copy of one flow's unsaved draft. Storage that is full or closed loses only this copy. */
export function draftStorage(id: string): DraftStorage {
  const key = `drawbridge.draft.${id}`;
  return {
    keep(flow, base) {
      try {
        localStorage.setItem(key, JSON.stringify({ flow, base, at: Date.now() }));
      } catch {
        // The draft itself is safe in memory and on its way to the server.
      }
    },
    read() {
      try {
        const text = localStorage.getItem(key);
        const value = text === null ? undefined : (JSON.parse(text) as LocalDraft);
        return value !== undefined && Array.isArray(value.flow?.nodes) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    drop() {
      try {
        localStorage.removeItem(key);
      } catch {
        // Nothing was kept then.
      }
    },
  };
}
