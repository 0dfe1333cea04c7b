import { useSyncExternalStore } from "react";
import { create } from "zustand";

export type ThemeChoice = "light" | "dark" | "system";
export type Density = "comfortable" | "dense";

const THEME = "drawbridge.theme";
const DENSITY = "drawbridge.density";

function stored<T extends string>(key: string, known: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(key);
    return known.find((k) => k === value) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the choice holds for this page alone.
  }
}

function apply({ choice, density }: { choice: ThemeChoice; density: Density }): void {
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.density = density;
}

interface ThemeStore {
  choice: ThemeChoice;
  density: Density;
  choose: (choice: ThemeChoice) => void;
  space: (density: Density) => void;
}

/** How this browser shows everything; theme.js has applied it before the first paint already. */
export const useTheme = create<ThemeStore>((set, get) => ({
  choice: stored(THEME, ["light", "dark", "system"], "system"),
  density: stored(DENSITY, ["comfortable", "dense"], "comfortable"),
  choose(choice) {
    store(THEME, choice);
    set({ choice });
    apply(get());
  },
  space(density) {
    store(DENSITY, density);
    set({ density });
    apply(get());
  },
}));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(useTheme.getState()));

/** Whether light or dark is shown, for what is drawn by hand and so must be drawn anew when that changes. */
export function useShownTheme(): string {
  return useSyncExternalStore(watchRoot, () => document.documentElement.dataset.theme ?? "light");
}

function watchRoot(changed: () => void): () => void {
  const watch = new MutationObserver(changed);
  watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => watch.disconnect();
}
