import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { flows } from "@/api/client";
import { emptyFlow, type FlowNode } from "@/core/flow/document";
import { CalledNames, CardType, useCalledNames } from "./called";

const THERE = "0199f3a0-6d2b-7c11-8a53-3f7d20c9c001";
const GONE = "0199f3a0-6d2b-7c11-8a53-3f7d20c9c002";

const call = (id: string, flow: string): FlowNode => ({
  ...{ id, type: "core.call", position: [0, 0], with: { flow } },
});

function Cards({ nodes }: { nodes: FlowNode[] }) {
  const names = useCalledNames({ ...emptyFlow("f"), nodes });
  return (
    <CalledNames.Provider value={names}>
      {nodes.map((node) => (
        <p key={node.id} data-testid={node.id}>
          <CardType node={node} />
        </p>
      ))}
    </CalledNames.Provider>
  );
}

it("names the flow that a card calls, and asks for each once", async () => {
  const list = vi.spyOn(flows, "list").mockImplementation(
    async (q) =>
      ({
        // A search by an id may find others that speak of it.
        items: [
          { id: "another", name: "Another" },
          { id: THERE, name: "Enrich" },
        ].filter((f) => f.id !== q || q === THERE),
      }) as Awaited<ReturnType<typeof flows.list>>,
  );
  const nodes = [
    ...[call("one", THERE), call("two", THERE), call("gone", GONE)],
    ...[call("computed", "{{ vars.flow }}"), call("odd", "enrich it"), call("open", "")],
    { ...call("other", THERE), type: "core.set" },
  ];
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Cards nodes={nodes} />
    </QueryClientProvider>,
  );
  await screen.findAllByText("Enrich");
  for (const id of ["one", "two"]) expect(screen.getByTestId(id).textContent).toBe("calls Enrich");
  for (const id of ["gone", "computed", "odd", "open"])
    expect(screen.getByTestId(id).textContent).toBe("core.call");
  expect(screen.getByTestId("other").textContent).toBe("core.set");
  expect(list.mock.calls.map(([q]) => q).sort()).toEqual([THERE, GONE]);
});
