import { createContext, useContext } from "react";
import type { FlowChange } from "@/core/flow/compare";

/** What became of the parts of a picture that shows two flows at once. */
export const DiffContext = createContext<ReadonlyMap<string, FlowChange["kind"]>>(new Map());

export function useDiff(id: string): FlowChange["kind"] | undefined {
  return useContext(DiffContext).get(id);
}
