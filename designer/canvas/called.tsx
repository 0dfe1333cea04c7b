import { useQueries, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useMemo } from "react";
import { flowsQuery } from "@/api/queries";
import type { Flow, FlowNode } from "@/core/flow/document";
import { Named } from "@/ui/Named";

/** The names of the flows that a flow calls, by their ids. */
export const CalledNames = createContext<ReadonlyMap<string, string>>(new Map());

/** The flow that a node calls by its id; what an expression chooses is known in a run alone. */
function calledBy(node: FlowNode): string | undefined {
  const flow = node.type === "core.call" ? node.with?.flow : undefined;
  return typeof flow === "string" && flow !== "" && !flow.includes("{{") ? flow : undefined;
}

/** Looks up what the flows are named that a flow calls. */
export function useCalledNames(flow: Flow): ReadonlyMap<string, string> {
  const called = useMemo(
    () => [...new Set(flow.nodes.flatMap((n) => calledBy(n) ?? []))].sort().join(" "),
    [flow.nodes],
  );
  const ids = useMemo(() => (called === "" ? [] : called.split(" ")), [called]);
  const list = useQuery({ ...flowsQuery(""), enabled: ids.length > 0 });
  // The list ends somewhere: others are asked for one by one.
  const behind = ids.filter((id) => list.isSuccess && !list.data.items.some((f) => f.id === id));
  const found = useQueries({
    queries: behind.map((id) => flowsQuery(id)),
    combine: (answers) => answers.flatMap((a) => a.data?.items ?? []),
  });
  return useMemo(
    () => new Map([...(list.data?.items ?? []), ...found].map((f) => [f.id, f.name])),
    [list.data, found],
  );
}

/** What a card is of: its type or, of a call, the flow that it calls. */
export function CardType({ node }: { node: FlowNode }) {
  const name = useContext(CalledNames).get(calledBy(node) ?? "");
  if (name === undefined) return <code className="card-type">{node.type}</code>;
  return (
    <span className="card-type" title={node.type} data-testid={`calls-${node.id}`}>
      calls <Named text={name} />
    </span>
  );
}
