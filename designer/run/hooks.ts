import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import { type LiveState, live } from "./live";
import { isOver } from "./reduce";
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

/** What asks for somebody's eye, the gravest first. */
const GRAVE = ["failed", "unknown", "waiting"] as const;

/** Of some nodes the one that fares worst in the run shown; undefined where nobody need look. */
export function useWorst(nodes: readonly { id: string }[]): { id: string; state: string } | undefined {
  const store = useContext(RunContext);
  const watch = useCallback(
    (listener: () => void) => {
      const stops = nodes.map((n) => store.watchNode(n.id, listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [store, nodes],
  );
  // A text, so that what is the same is the same.
  const found = useSyncExternalStore(watch, () => {
    for (const state of GRAVE) {
      const node = nodes.find((n) => store.node(n.id)?.state === state);
      if (node !== undefined) return `${state} ${node.id}`;
    }
    return "";
  });
  const [state, id] = found.split(" ");
  return state === undefined || id === undefined ? undefined : { id, state };
}

export function useRunSummary(): RunSummary | undefined {
  const store = useContext(RunContext);
  return useSyncExternalStore(store.watch, () => store.summary);
}

/** Which run is shown; unlike the summary it does not change with each event. */
export function useRunId(): string | undefined {
  const store = useContext(RunContext);
  return useSyncExternalStore(store.watch, () => store.summary?.id);
}

/** How often what shows a run as a whole is drawn anew while it goes on. */
const CALM_MS = 200;

/** The summary for what is costly to draw: a few times a second, but the end of a run at once. */
export function useRunCalmly(): RunSummary | undefined {
  const store = useContext(RunContext);
  const watch = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tell = () => {
        clearTimeout(timer);
        timer = undefined;
        listener();
      };
      const stop = store.watch(() => {
        if (store.summary === undefined || isOver(store.summary)) tell();
        else timer ??= setTimeout(tell, CALM_MS);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
    [store],
  );
  return useSyncExternalStore(watch, () => store.summary);
}

/** Whether any run is shown; unlike the summary it does not change with each event. */
export function useRunShown(): boolean {
  const store = useContext(RunContext);
  return useSyncExternalStore(store.watch, () => store.summary !== undefined);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}
