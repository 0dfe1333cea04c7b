import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Flow } from "@/core/flow/document";
import { bring, samplesTo } from "./bring";
import { drafts } from "./drafts";
import type { Sample } from "./types";

/** Makes a flow and opens it. One that was an example's or a file's gets an id of its own; samples come along. */
export function useCreateFlow() {
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn({ id: _, samples = [], ...flow }: Flow & { samples?: Sample[] }) {
      const made = await drafts.create(flow);
      await bring(samplesTo(queries, made.id, samples));
      return made;
    },
    async onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
}
