import { useMutation, useQueryClient } from "@tanstack/react-query";
import { flows } from "@/api/client";
import { ApiError } from "@/api/http";
import { useSession } from "./useSession";

interface Published {
  version: number;
  hooks: Record<string, string>;
}

/** Saves what is not saved yet and makes the draft live, with a message that others read. */
export function usePublish() {
  const session = useSession();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn(message: string): Promise<Published> {
      if (!(await session.saver.flush())) throw new Error("The draft is not saved yet: save it first.");
      return flows.publish(session.id, message);
    },
    onSuccess(published) {
      session.document.setState({ version: published.version, halted: false, hooks: published.hooks ?? {} });
      void queries.invalidateQueries({ queryKey: ["versions", session.id] });
      void queries.invalidateQueries({ queryKey: ["triggers", session.id] });
      void queries.invalidateQueries({ queryKey: ["flows"] });
    },
    onError(error) {
      if (!(error instanceof ApiError) || error.problems.length === 0) return;
      const errors = error.problems;
      // A refusal names errors alone: what is warned of holds as before.
      session.document.setState((s) => ({
        problems: [
          ...errors,
          ...s.problems.filter(
            (p) =>
              p.severity === "warning" && !errors.some((e) => e.code === p.code && e.pointer === p.pointer),
          ),
        ],
      }));
    },
  });
}
