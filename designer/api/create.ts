import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Flow } from "@/core/flow/document";
import { withSample } from "@/core/input/samples";
import { toast } from "@/ui/Toasts";
import { flows } from "./client";
import { changeSamples } from "./samples";
import type { Sample } from "./types";

/** Makes a flow and opens it. One that was an example's or a file's gets an id of its own; samples come along. */
export function useCreateFlow() {
  const go = useNavigate();
  const queries = useQueryClient();
  /** The flow is there, whether they can be kept or not: it is opened, and they are tried again where they could not. */
  const keep = async (flow: string, samples: Sample[]): Promise<void> => {
    try {
      await changeSamples(queries, flow, (now) => samples.reduce((all, s) => withSample(all, s).items, now));
    } catch (error) {
      toast("fail", `The flow is made, but its samples could not be kept: ${(error as Error).message}`, {
        label: "Try again",
        run: () => void keep(flow, samples),
      });
    }
  };
  return useMutation({
    async mutationFn({ id: _, samples = [], ...flow }: Flow & { samples?: Sample[] }) {
      const made = await flows.create(flow);
      if (samples.length > 0) await keep(made.id, samples);
      return made;
    },
    async onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
}
