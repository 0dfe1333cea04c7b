import { createContext, type ReactNode } from "react";

/** What the template of a fixed field needs from the field around it. */
export interface ModeState {
  label: string;
  toggle: ReactNode;
  pointer: string;
  item: boolean;
}

export const ModeContext = createContext<ModeState | undefined>(undefined);
