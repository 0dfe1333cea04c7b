import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Brought, bring, samplesTo } from "@/api/bring";
import { flows } from "@/api/client";
import { drafts } from "@/api/drafts";
import { ApiError } from "@/api/http";
import { pinsQuery, samplesQuery } from "@/api/queries";
import type { Pin } from "@/api/types";
import { type Flow, nodeById } from "@/core/flow/document";
import { renamesOf } from "@/core/flow/renamed";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { givenBy } from "./running/pins";
import { useSession } from "./useSession";

/** The flow that a copy is made of, with the document by whose ids its outputs are pinned. */
interface Origin {
  id: string;
  saved: Flow | undefined;
}

/** Makes a flow of its own of a document, with the samples and pinned outputs of the flow that it was; gives its id. */
export async function copyFlow(queries: QueryClient, from: Origin, document: Flow): Promise<string> {
  const { id: _, ...flow } = document;
  const [samples, pins] = await Promise.all([
    besides(
      () => queries.fetchQuery({ ...samplesQuery(from.id), staleTime: 0 }),
      () => queries.getQueryData(samplesQuery(from.id).queryKey),
    ),
    besides(
      () => queries.fetchQuery({ ...pinsQuery(from.id), staleTime: 0 }),
      () => queries.getQueryData(pinsQuery(from.id).queryKey),
    ),
  ]);
  const { id } = await drafts.create(flow);
  void queries.invalidateQueries({ queryKey: ["flows"] });
  await bring([...samplesTo(queries, id, samples), ...pinsTo(id, pins, from.saved, document)]);
  return id;
}

/** A name like the one of a flow that is copied which no flow has. */
async function freeName(name: string): Promise<string> {
  const stem = name.replace(/ \(copy(?: \d+)?\)$/, "");
  const taken = new Set((await flows.list(stem)).items.map((f) => f.name));
  for (let n = 1, free = `${stem} (copy)`; ; n++, free = `${stem} (copy ${n})`)
    if (!taken.has(free)) return free;
}

/** Makes a second flow of the opened one, as it is drawn now, and opens it. */
export function useDuplicate() {
  const session = useSession();
  const queries = useQueryClient();
  const go = useNavigate();
  return useMutation({
    async mutationFn() {
      await session.saver.flush(); // where that fails, the copy has all the same what is drawn
      const { flow } = session;
      const origin = { id: session.id, saved: session.saver.base };
      const name = await freeName(flow.name);
      const id = await copyFlow(queries, origin, { ...flow, name });
      await go({ to: "/flows/$id", params: { id }, search: {} });
      const unbound = flow.credentials === undefined ? "" : " An admin has to bind its credentials.";
      toast("ok", `“${plainly(name)}” is a separate draft.${unbound}`);
    },
    onError: (error) => toast("fail", error.message),
  });
}

/**
 * What lies beside a flow: of one that is gone, what was known of it. Where it can't be learned no copy is made: it
 * would silently lack it.
 */
async function besides<T>(
  ask: () => Promise<{ items: T[] }>,
  known: () => { items: T[] } | undefined,
): Promise<readonly T[]> {
  try {
    return (await ask()).items;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return known()?.items ?? [];
  }
}

/** Each pinned output, for the node as the document calls it. */
function pinsTo(to: string, pins: readonly Pin[], saved: Flow | undefined, document: Flow): Brought[] {
  const renamed = saved === undefined ? new Map<string, string>() : renamesOf(saved, document);
  return pins.flatMap((pin): Brought[] => {
    const node = renamed.get(pin.node) ?? pin.node;
    if (nodeById(document, node) === undefined) return [];
    const keep = () => flows.savePin(to, node, givenBy(pin.output, pin.port));
    return [{ noun: "pinned output", count: 1, keep }];
  });
}
