import type { QueryClient } from "@tanstack/react-query";
import { flows } from "@/api/client";
import { pinsQuery, samplesQuery } from "@/api/queries";
import { changeSamples } from "@/api/samples";
import type { Pin, Sample } from "@/api/types";
import { type Flow, nodeById } from "@/core/flow/document";
import { withSample } from "@/core/input/samples";
import { plural } from "@/ui/format";
import { toast } from "@/ui/Toasts";
import { givenBy } from "./running/pins";

/** What belongs to a flow and is no part of its document. */
interface Beside {
  samples: readonly Sample[];
  pins: readonly Pin[];
}

/** Makes a flow of its own of a document, with the samples and pinned outputs of the flow that it was; gives its id. */
export async function copyFlow(queries: QueryClient, from: string, document: Flow): Promise<string> {
  const { id: _, ...flow } = document;
  const beside = await besides(queries, from);
  const { id } = await flows.create(flow);
  await bring(queries, id, beside, document);
  return id;
}

/** Asks anew, as far as the flow is still there: of one that is gone all that is left is what was known of it. */
async function besides(queries: QueryClient, id: string): Promise<Beside> {
  const pins = pinsQuery(id);
  const samples = samplesQuery(id);
  await Promise.allSettled([
    queries.fetchQuery({ ...pins, staleTime: 0 }),
    queries.fetchQuery({ ...samples, staleTime: 0 }),
  ]);
  return {
    pins: queries.getQueryData(pins.queryKey)?.items ?? [],
    samples: queries.getQueryData(samples.queryKey)?.items ?? [],
  };
}

/** The flow is there, whether they can be kept or not: what could not is told, and tried again on demand. */
async function bring(queries: QueryClient, to: string, { samples, pins }: Beside, flow: Flow): Promise<void> {
  const placed = pins.filter((pin) => nodeById(flow, pin.node) !== undefined);
  const kept = await Promise.allSettled([
    ...(samples.length === 0
      ? []
      : [changeSamples(queries, to, (now) => samples.reduce((all, s) => withSample(all, s).items, now))]),
    ...placed.map((pin) => flows.savePin(to, pin.node, givenBy(pin.output, pin.port))),
  ]);
  const failed = kept.find((k) => k.status === "rejected");
  if (failed === undefined) return;
  const what = [
    samples.length > 0 && plural(samples.length, "sample"),
    placed.length > 0 && plural(placed.length, "pinned output"),
  ].filter((w) => w !== false);
  toast(
    "fail",
    `The flow is made, but not all of its ${what.join(" and ")} could be kept: ${failed.reason.message}`,
    {
      label: "Try again",
      run: () => void bring(queries, to, { samples, pins }, flow),
    },
  );
}
