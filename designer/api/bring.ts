import type { QueryClient } from "@tanstack/react-query";
import { withSample } from "@/core/input/samples";
import { plural } from "@/ui/format";
import { toast } from "@/ui/Toasts";
import { changeSamples } from "./samples";
import type { Sample } from "./types";

/** Something that belongs to a new flow and is no part of its document. */
export interface Brought {
  noun: string;
  count: number;
  keep: () => Promise<unknown>;
}

/** The flow is there, whether they can be kept or not: what could not is told, and it alone is tried again on demand. */
export async function bring(all: readonly Brought[]): Promise<void> {
  const kept = await Promise.allSettled(all.map((b) => b.keep()));
  const failed = all.filter((_, i) => kept[i]?.status === "rejected");
  const first = kept.find((k) => k.status === "rejected");
  if (first === undefined) return;
  const counts = new Map<string, number>();
  for (const { noun, count } of failed) counts.set(noun, (counts.get(noun) ?? 0) + count);
  const what = [...counts].map(([noun, count]) => plural(count, noun)).join(" and ");
  toast("fail", `The flow is made, but ${what} could not be kept: ${(first.reason as Error).message}`, {
    label: "Try again",
    run: () => void bring(failed),
  });
}

/** The samples of a new flow. One that arrived, and whose answer did not, is not brought twice. */
export function samplesTo(queries: QueryClient, flow: string, samples: readonly Sample[]): Brought[] {
  if (samples.length === 0) return [];
  const keep = () =>
    changeSamples(queries, flow, (now) => samples.reduce((all, s) => withSample(all, s, s).items, now));
  return [{ noun: "sample", count: samples.length, keep }];
}
