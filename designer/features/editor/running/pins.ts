import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useShallow } from "zustand/react/shallow";
import { flows } from "@/api/client";
import { pinsQuery } from "@/api/queries";
import type { Pin } from "@/api/types";
import type { Catalog } from "@/core/flow/catalog";
import { type FlowNode, isTrigger, type Json, nodeById, PORT_ERROR, PORT_OUT } from "@/core/flow/document";
import type { Renamed } from "@/core/history/history";
import { announce } from "@/ui/announce";
import { toast } from "@/ui/Toasts";
import { useSession } from "../useSession";
import { whyUnsaved } from "./starting";

/** Nodes that give no output of their own which could be given beforehand. */
const WITHOUT = new Set(["core.stop", "core.respond", "core.note"]);

/** The ways out that a pin of a node may choose; none is a node that takes no pin. */
export function pinPorts(catalog: Catalog, node: FlowNode): string[] {
  if (isTrigger(node.type) || WITHOUT.has(node.type) || catalog.get(node.type) === undefined) return [];
  return catalog.ports(node).filter((port) => port !== PORT_ERROR);
}

const NO_PINS: Pin[] = [];

/** The pinned outputs of the nodes that the flow has; the same map while they are the same. */
export function usePins(): ReadonlyMap<string, Pin> {
  const session = useSession();
  const items = useQuery(pinsQuery(session.id)).data?.items ?? NO_PINS;
  const names = usePinnedNames(items);
  return useMemo(() => {
    const there = new Set(names);
    return new Map(items.filter((p) => there.has(p.node)).map((p) => [p.node, p]));
  }, [items, names]);
}

/** The nodes with a pinned output: the same set while they are the same, so that cards are not drawn anew. */
export function usePinnedNodes(): ReadonlySet<string> {
  const items = useQuery(pinsQuery(useSession().id)).data?.items ?? NO_PINS;
  const names = usePinnedNames(items);
  return useMemo(() => new Set(names), [names]);
}

function usePinnedNames(items: readonly Pin[]): readonly string[] {
  return useSession().document(
    useShallow((s) => items.filter((p) => nodeById(s.history.flow, p.node)).map((p) => p.node)),
  );
}

/** Changes whenever a pin does: what is foreseen changes with it. */
export function usePinsMark(): string {
  return [...usePins().values()].map((pin) => `${pin.node}@${pin.updatedAt}`).join();
}

interface Given {
  output: Json;
  port?: string;
}

/** Pins outputs and unpins them, on the server: they are not part of the document. */
export function usePinning() {
  const session = useSession();
  const queries = useQueryClient();
  const { queryKey } = pinsQuery(session.id);
  const put = (node: string, pin: Pin | undefined) =>
    queries.setQueryData(queryKey, (before) => {
      const others = (before?.items ?? []).filter((p) => p.node !== node);
      return { ...before, items: pin === undefined ? others : [...others, pin] };
    });
  const save = useMutation({
    async mutationFn({ node, given }: { node: string; given: Given }) {
      // The server pins what its draft has.
      if (!(await session.saver.flush())) throw new Error(whyUnsaved(session));
      return flows.savePin(session.id, node, given);
    },
    onSuccess(pin) {
      put(pin.node, pin);
      announce("The output is pinned.");
    },
  });
  const remove = useMutation({
    mutationFn: (pin: Pin) => flows.removePin(session.id, pin.node),
    onSuccess(_, pin) {
      put(pin.node, undefined);
      const { node, output, port } = pin;
      const given = { output, ...(port ? { port } : {}) };
      toast("ok", "Unpinned: the step runs again.", {
        label: "Undo",
        run: () => save.mutate({ node, given }, { onError: told }),
      });
    },
    onError: told,
  });
  return { save, remove };
}

/** A pin goes with the node whose id is changed, and back with an undo: under the other id the step would run again. */
export function usePinsFollow(): void {
  const session = useSession();
  const queries = useQueryClient();
  useEffect(() => {
    const query = pinsQuery(session.id);
    // By an id that the node has no more: where its pin lies, which did not go there.
    const stayed = new Map<string, string>();
    const move = async (renamed: Renamed): Promise<void> => {
      const { to } = renamed;
      const from = stayed.get(renamed.from) ?? renamed.from;
      stayed.delete(renamed.from);
      if (from === to) return;
      try {
        const { items } = await queries.fetchQuery({ ...query, staleTime: 0 });
        const pin = items.find((p) => p.node === from);
        if (pin === undefined) return;
        if (!(await session.saver.flush())) {
          // Which id holds is asked; it goes where the answer says.
          if (session.saver.state.kind === "conflict") return;
          throw new Error(whyUnsaved(session));
        }
        // It was undone or given yet another id meanwhile: that comes next.
        if (nodeById(session.flow, to) === undefined) {
          stayed.set(to, from);
          return;
        }
        await flows.savePin(session.id, to, givenBy(pin.output, pin.port));
        await flows.removePin(session.id, from);
        await queries.invalidateQueries({ queryKey: query.queryKey });
      } catch (error) {
        toast("fail", `The pinned output stayed at “${from}”: ${(error as Error).message}`);
      }
    };
    // One after the other: an undo follows what it undoes.
    let last = Promise.resolve();
    session.renamed = (renamed) => {
      last = last.then(() => move(renamed));
    };
    return () => {
      session.renamed = () => {};
    };
  }, [session, queries]);
}

function told(error: Error): void {
  toast("fail", error.message);
}

/** What a step gave, as a pin takes it: the way out is named where there are several. */
export function givenBy(output: Json, port: string | undefined): Given {
  return { output, ...(port === undefined || port === "" || port === PORT_OUT ? {} : { port }) };
}
