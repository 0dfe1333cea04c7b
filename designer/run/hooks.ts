import { createContext, useContext, useSyncExternalStore } from "react";
import { type LiveState, live } from "./live";
import { type NodeRun, RunStore, type RunSummary } from "./store";

/** The run that the canvas around shows. */
export const RunContext = createContext<RunStore>(new RunStore());

export function useNodeRun(id: string): NodeRun | undefined {
  const store = useContext(RunContext);
  return useSyncExternalStore(
    (listener) => store.watchNode(id, listener),
    () => store.node(id),
  );
}

export function useRunSummary(): RunSummary | undefined {
  const store = useContext(RunContext);
  return useSyncExternalStore(store.watch, () => store.summary);
}

/** Whether any run is shown; unlike the summary it does not change with each event. */
export function useRunShown(): boolean {
  const store = useContext(RunContext);
  return useSyncExternalStore(store.watch, () => store.summary !== undefined);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}
