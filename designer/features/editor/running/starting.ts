import { useMutation, useQueryClient } from "@tanstack/react-query";
import { flows, type StartRequest } from "@/api/client";
import { ApiError } from "@/api/http";
import { isTrigger, type Json, type Problem } from "@/core/flow/document";
import { faultsUnder } from "@/core/input/faults";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "../session";
import { useSession } from "../useSession";

/** What is to be run, beside the draft itself. */
export interface Start {
  /** Left out where an earlier run's is kept. */
  input?: Json;
  dryRun: boolean;
  pins: boolean;
  until?: string;
  from?: string;
  reuse?: string;
  only?: boolean;
}

/** Why a draft that is not saved can't be run, and what comes next. */
export function whyUnsaved(session: EditorSession): string {
  const { state } = session.saver;
  if (state.kind === "away")
    return "The server can't be reached, so nothing can be run. The draft is kept in this browser and saved once it is back.";
  if (state.kind === "refused") return `The draft could not be saved, so it can't be run: ${state.message}`;
  return "The draft was changed elsewhere: merge the two first.";
}

/** What a start that was refused says of its input. */
export function faultsOf(error: unknown): Problem[] {
  return error instanceof ApiError ? faultsUnder("/input", error.problems) : [];
}

/** A start of the draft as the server takes it; what keeps an earlier run's results keeps its trigger. */
export function requestOf(session: EditorSession, start: Start): StartRequest {
  const body: StartRequest = { ...start, version: "draft" };
  if (start.reuse !== undefined) return body;
  const triggers = session.flow.nodes.filter((n) => isTrigger(n.type));
  const wanted = session.view.getState().sample?.trigger;
  const trigger =
    triggers.find((n) => n.id === wanted) ?? triggers.find((n) => n.type === "trigger.manual") ?? triggers[0];
  return trigger ? { ...body, trigger: trigger.id } : body;
}

/** Saves the draft, starts it, and shows the new run. */
export function useStart() {
  const session = useSession();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn(start: Start) {
      if (!(await session.saver.flush())) throw new Error(whyUnsaved(session));
      const key = crypto.randomUUID?.() ?? String(Math.random());
      return flows.start(session.id, requestOf(session, start), key);
    },
    onSuccess({ id }) {
      session.run.follow(id);
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError(error) {
      if (faultsOf(error).length > 0) return;
      const problems = "problems" in error && Array.isArray(error.problems) ? error.problems : [];
      const inFlow = problems.filter((p: Problem) => p.pointer.startsWith("/nodes") || p.node);
      if (inFlow.length > 0) session.document.setState({ problems });
      const list = { label: "Problems", run: () => session.view.setState({ panel: "problems" }) };
      // Where the server is away there is no list of problems: the badge above says that it is tried again.
      toast("fail", error.message, inFlow.length > 0 ? list : undefined);
    },
  });
}
