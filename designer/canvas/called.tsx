import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { createContext, useContext, useMemo } from "react";
import { flowsQuery } from "@/api/queries";
import type { Flow, FlowNode } from "@/core/flow/document";
import { Named, plainly } from "@/ui/Named";

/** The names of the flows that a flow calls, by their ids. */
export const CalledNames = createContext<ReadonlyMap<string, string>>(new Map());

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The flow that a node calls by its id; what an expression chooses is known in a run alone. */
function calledBy(node: FlowNode): string | undefined {
  const flow = node.type === "core.call" ? node.with?.flow : undefined;
  return typeof flow === "string" && ID.test(flow) ? flow : undefined;
}

/** A flow is found by its id; names change seldom, and nothing depends on them. */
export const flowNameQuery = (id: string) => ({
  ...flowsQuery(id),
  staleTime: 60_000,
  refetchOnWindowFocus: false,
  select: (list: { items: readonly { id: string; name: string }[] }) =>
    list.items.find((f) => f.id === id)?.name,
});

const found = (answers: UseQueryResult<string | undefined>[]) => answers.map((a) => a.data);

/** Looks up what the flows are named that a flow calls. */
export function useCalledNames(flow: Flow): ReadonlyMap<string, string> {
  const called = useMemo(
    () => [...new Set(flow.nodes.flatMap((n) => calledBy(n) ?? []))].sort().join(" "),
    [flow.nodes],
  );
  const [ids, queries] = useMemo(() => {
    const list = called === "" ? [] : called.split(" ");
    return [list, list.map(flowNameQuery)] as const;
  }, [called]);
  const names = useQueries({ queries, combine: found });
  return useMemo(() => new Map(ids.flatMap((id, i) => (names[i] ? [[id, names[i]]] : []))), [ids, names]);
}

/** What a card is of: its type or, of a call, the flow that it calls. */
export function CardType({ node }: { node: FlowNode }) {
  const name = useContext(CalledNames).get(calledBy(node) ?? "");
  if (name === undefined) return <code className="card-type">{node.type}</code>;
  return (
    <span className="card-type" title={`${plainly(name)} (${node.type})`}>
      calls <Named text={name} />
    </span>
  );
}
