import { createContext, type ReactNode, useContext } from "react";

/** What the template of a fixed field needs from the field around it. */
export interface ModeState {
  label: string;
  toggle: ReactNode;
  pointer: string;
  item: boolean;
}

export const ModeContext = createContext<ModeState | undefined>(undefined);

/** The place that has a head already: the branch of a one-of stands under the choice, and needs none of its own. */
export const HeadContext = createContext<string | undefined>(undefined);

/** The id of what is said to be wrong with the field around, where something is. */
export const FaultContext = createContext<string | undefined>(undefined);

/** Says of a control that its value is faulty, and where that is told. */
export function useFault(): { "aria-invalid"?: true; "aria-describedby"?: string } {
  const id = useContext(FaultContext);
  return id === undefined ? {} : { "aria-invalid": true, "aria-describedby": id };
}
