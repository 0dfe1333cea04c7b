import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { DraftStorage } from "@/api/localDrafts";
import { makeQueryClient } from "@/api/queries";
import type { FlowDetail } from "@/api/types";
import { Catalog } from "@/core/flow/catalog";
import { emptyFlow, type FlowNode } from "@/core/flow/document";
import { fakeServer } from "@/test/pages";
import { EditorSession } from "../session";
import { SessionContext } from "../useSession";
import { TriggerSamples } from "./TriggerSamples";

test("what a trigger is tried with follows the flow's input while it is described", async () => {
  fakeServer({ "GET /flows/f1/samples": { items: [] } });
  const detail = { id: "f1", revision: 1, version: 0, flow: emptyFlow("Tried") } as FlowDetail;
  const storage: DraftStorage = {
    ...{ keep: () => true, read: () => undefined, drop: () => undefined, leave: () => undefined },
    ...{ take: async () => undefined, left: async () => undefined },
  };
  const session = new EditorSession(detail, new Catalog([]), false, storage);
  const node: FlowNode = { id: "hook", type: "trigger.webhook", position: [0, 0] };
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <SessionContext.Provider value={session}>
        <TriggerSamples node={node} />
      </SessionContext.Provider>
    </QueryClientProvider>,
  );
  expect(await screen.findByTestId("example-0")).not.toHaveTextContent("From the flow's input");
  act(() =>
    session.do({
      label: "Describe the input",
      change(draft) {
        draft.input = { type: "object", properties: { host: { type: "string" } } };
      },
    }),
  );
  expect(screen.getByTestId("example-0")).toHaveTextContent("From the flow's input");
  session.stop();
});
