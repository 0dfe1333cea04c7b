import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Flow } from "@/core/flow/document";
import { drafts } from "./drafts";

/** Makes a flow and opens it. One that was a file's gets an id of its own. */
export function useCreateFlow() {
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id: _, ...flow }: Flow) => drafts.create(flow),
    async onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
}
