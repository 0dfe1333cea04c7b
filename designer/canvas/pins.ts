import { createContext, useContext } from "react";

/** The nodes whose output is pinned in the draft that is edited. */
export const PinsContext = createContext<ReadonlySet<string>>(new Set());

export function usePinned(id: string): boolean {
  return useContext(PinsContext).has(id);
}
