import { QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import { flows } from "@/api/client";
import { makeQueryClient } from "@/api/queries";
import type { Pin } from "@/api/types";
import { emptyFlow, type Flow } from "@/core/flow/document";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "../session";
import { SessionContext } from "../useSession";
import { usePinsFollow } from "./pins";

vi.mock("@/ui/Toasts", () => ({ toast: vi.fn() }));

const withNode = (id: string): Flow => ({
  ...emptyFlow("Pinned"),
  nodes: [{ id, type: "core.set", position: [0, 0] }],
});

/** A flow with one pin, at node a; a step is its rename, as the history tells it. */
function setUp() {
  let pins = [{ node: "a", output: 1 } as Pin];
  const session = {
    id: "f1",
    flow: withNode("a"),
    saver: { flush: vi.fn(async () => true) },
    renamed: () => undefined,
  } as unknown as { -readonly [K in keyof EditorSession]: EditorSession[K] };
  vi.spyOn(flows, "pins").mockImplementation(async () => ({ items: pins, next: "" }));
  vi.spyOn(flows, "savePin").mockImplementation(async (_, node, given) => {
    if (session.flow.nodes[0]?.id !== node) throw new Error("there is no such node");
    const pin = { node, ...given } as Pin;
    pins = [...pins, pin];
    return pin;
  });
  vi.spyOn(flows, "removePin").mockImplementation(async (_, node) => {
    pins = pins.filter((pin) => pin.node !== node);
    return undefined as never;
  });
  renderHook(usePinsFollow, {
    wrapper: ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={makeQueryClient()}>
        <SessionContext.Provider value={session as unknown as EditorSession}>
          {children}
        </SessionContext.Provider>
      </QueryClientProvider>
    ),
  });
  const rename = (from: string, to: string) => {
    session.flow = withNode(to);
    session.renamed({ from, to });
  };
  return { rename, at: () => pins.map((pin) => pin.node).join() };
}

describe("a pin of a node whose id is changed", () => {
  it("stays without a word where that is undone before the pin went", async () => {
    const { rename, at } = setUp();
    rename("a", "b");
    rename("b", "a");
    rename("a", "c"); // what comes last shows that all of it is over
    await vi.waitFor(() => expect(at()).toBe("c"));
    expect(toast).not.toHaveBeenCalled();
  });

  it("goes to the last of several ids that follow at once", async () => {
    const { rename, at } = setUp();
    rename("a", "b");
    rename("b", "c");
    await vi.waitFor(() => expect(at()).toBe("c"));
  });
});
