import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Flow } from "@/core/flow/document";
import { flows } from "./client";

/** Makes a flow and opens it. One that was an example's or a file's gets an id of its own. */
export function useCreateFlow() {
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id: _, ...flow }: Flow) => flows.create(flow),
    async onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
}
