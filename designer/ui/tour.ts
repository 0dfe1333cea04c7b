import { create } from "zustand";

const KEY = "drawbridge.tour";

/** How far this browser is with the tour: not asked yet, done with it, or at a step of it in a flow. */
type TourState = { at: "offered" } | { at: "off" } | { at: "step"; flow: string; step: number };

function stored(): TourState {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as TourState | null;
    if (kept?.at === "off") return kept;
    if (kept?.at === "step" && typeof kept.flow === "string" && Number.isInteger(kept.step)) return kept;
  } catch {
    // What can't be read is as if nobody had been asked.
  }
  return { at: "offered" };
}

interface TourStore {
  now: TourState;
  go: (next: TourState) => void;
}

/** Kept in this browser, so that who skipped the tour is not asked again. */
export const useTour = create<TourStore>((set) => ({
  now: stored(),
  go(now) {
    try {
      localStorage.setItem(KEY, JSON.stringify(now));
    } catch {
      // Without storage it holds for this page alone.
    }
    set({ now });
  },
}));
