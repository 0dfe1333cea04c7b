import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { flows } from "./client";
import { ApiError } from "./http";
import { samplesQuery } from "./queries";
import type { Sample } from "./types";

/** How often a change is made anew on what others saved in between. */
const TRIES = 5;

/** How the samples that a flow has now are to change. */
export type SamplesChange = (items: readonly Sample[]) => readonly Sample[];

/**
 * Changes the samples of a flow as they are on the server, so that what somebody else kept
 * meanwhile stays. Answers those that are kept then.
 */
export async function changeSamples(
  queries: QueryClient,
  flow: string,
  change: SamplesChange,
): Promise<readonly Sample[]> {
  for (let left = TRIES; ; left--) {
    const { items, revision } = await flows.samples(flow);
    const next = change(items);
    if (next === items) return items;
    try {
      const saved = await flows.saveSamples(flow, revision, next);
      queries.setQueryData(samplesQuery(flow).queryKey, saved);
      return saved.items;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || left === 0) throw error;
    }
  }
}

/** Changes the samples of one flow. */
export function useChangeSamples(flow: string): (change: SamplesChange) => Promise<readonly Sample[]> {
  const queries = useQueryClient();
  return (change) => changeSamples(queries, flow, change);
}
