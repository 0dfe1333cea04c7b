import { createContext, useContext, useSyncExternalStore } from "react";
import type { Catalog } from "@/core/flow/catalog";
import type { Flow } from "@/core/flow/document";
import type { Shown } from "@/core/flow/shown";
import type { SaveState } from "./saver";
import type { EditorSession } from "./session";

export const SessionContext = createContext<EditorSession | undefined>(undefined);

export function useSession(): EditorSession {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("no flow is open around this component");
  return session;
}

/** Whether nothing can be changed here, now; it changes as somebody takes over. */
export function useReadOnly(): boolean {
  const session = useSession();
  session.attendance.store((s) => s.reads || !s.mayEdit);
  return session.readOnly;
}

/** What of the flow is on the canvas. */
export function useShown(): Shown {
  const session = useSession();
  useFlow();
  session.view((s) => s.folds);
  session.view((s) => s.inside);
  return session.shown;
}

export function useFlow(): Flow {
  return useSession().document((s) => s.history.flow);
}

/** What can be placed; it changes with the versions that the flow is pinned to. */
export function useCatalog(): Catalog {
  const session = useSession();
  session.document((s) => s.history.flow.connectors);
  return session.catalog;
}

export function useSaveState(): SaveState {
  const { saver } = useSession();
  return useSyncExternalStore(saver.watch, () => saver.state);
}
