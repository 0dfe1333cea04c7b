import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Flow } from "@/core/flow/document";
import { bring, samplesTo } from "./bring";
import { flows } from "./client";
import { drafts } from "./drafts";
import type { Sample } from "./types";

/** A flow that is to be made. */
interface Beginning extends Flow {
  samples?: Sample[];
  /** Whether it gets another name where a flow has its name already. */
  apart?: boolean;
}

/** Makes a flow and opens it. One that was an example's or a file's gets an id of its own; samples come along. */
export function useCreateFlow() {
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn({ id: _, samples = [], apart = false, ...flow }: Beginning) {
      const made = await drafts.create(apart ? { ...flow, name: await freeName(flow.name) } : flow);
      await bring(samplesTo(queries, made.id, samples));
      return made;
    },
    async onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["flows"] });
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
}

/** A name that no flow has yet: "Public bucket (2)" where there is a "Public bucket". */
async function freeName(name: string): Promise<string> {
  const taken = new Set((await flows.list(name)).items.map((f) => f.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}
