import { create } from "zustand";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "drawbridge.theme";

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function apply(choice: ThemeChoice): void {
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

interface ThemeStore {
  choice: ThemeChoice;
  choose: (choice: ThemeChoice) => void;
}

/** The chosen theme; theme.js has applied it before the first paint already. */
export const useTheme = create<ThemeStore>((set) => ({
  choice: stored(),
  choose(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Without storage the choice holds for this page alone.
    }
    apply(choice);
    set({ choice });
  },
}));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  apply(useTheme.getState().choice),
);
