import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "@/api/client";
import { drafts } from "@/api/drafts";
import { ApiError } from "@/api/http";
import { pinsQuery, samplesQuery } from "@/api/queries";
import type { Pin, Sample } from "@/api/types";
import { emptyFlow, type Flow, type FlowNode } from "@/core/flow/document";
import { toast } from "@/ui/Toasts";
import { copyFlow } from "./copying";

vi.mock("@/ui/Toasts", { spy: true });

const set = (id: string): FlowNode => ({ id, type: "core.set", position: [0, 0], with: { a: 1 } });
const flow = (...nodes: FlowNode[]): Flow => ({ ...emptyFlow("Copied"), nodes });
const pin = (node: string) => ({ node, output: { n: 1 }, port: "out" }) as unknown as Pin;
const sample = (name: string): Sample => ({ name, trigger: "", input: { n: 1 } });

/** A server with one flow, and what lies beside each flow that is made of it. */
function setUp() {
  const kept = { samples: [] as readonly Sample[], pins: new Map<string, unknown>() };
  vi.spyOn(flows, "samples").mockImplementation(async (id) => ({
    items: id === "f1" ? [sample("One"), sample("Two")] : [...kept.samples],
    revision: 1,
  }));
  vi.spyOn(flows, "pins").mockResolvedValue({ items: [pin("look")] } as never);
  const create = vi.spyOn(drafts, "create").mockResolvedValue({ id: "f2" } as never);
  const saveSamples = vi.spyOn(flows, "saveSamples").mockImplementation(async (_, revision, items) => {
    kept.samples = items;
    return { items: [...items], revision: revision + 1 };
  });
  const savePin = vi.spyOn(flows, "savePin").mockImplementation(async (_, node, given) => {
    kept.pins.set(node, given.output);
    return { node, ...given } as never;
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const copy = (document = flow(set("look"))) =>
    copyFlow(queries, { id: "f1", saved: flow(set("look")) }, document);
  return { kept, create, saveSamples, savePin, queries, copy };
}

/** What was told last, and the offer to try again. */
function told() {
  const [, text, action] = vi.mocked(toast).mock.calls.at(-1) ?? [];
  return { text, again: () => action?.run() };
}

describe("a copy of a flow", () => {
  beforeEach(() => vi.restoreAllMocks());

  it("tries again only what could not be kept", async () => {
    const { kept, savePin, saveSamples, copy } = setUp();
    savePin.mockRejectedValueOnce(new ApiError(500, "The disk is full", ""));
    expect(await copy()).toBe("f2");
    expect(told().text).toBe("The flow is made, but 1 pinned output could not be kept: The disk is full");
    told().again();
    await vi.waitFor(() => expect(kept.pins.get("look")).toEqual({ n: 1 }));
    expect(kept.samples.map((s) => s.name)).toEqual(["One", "Two"]);
    expect(saveSamples).toHaveBeenCalledTimes(1);
  });

  it("brings no sample twice whose first answer got lost", async () => {
    const { kept, saveSamples, copy } = setUp();
    saveSamples.mockImplementationOnce(async (_, __, items) => {
      kept.samples = items;
      throw new ApiError(0, "Away", "");
    });
    await copy();
    expect(told().text).toBe("The flow is made, but 2 samples could not be kept: Away");
    told().again();
    await vi.waitFor(() => expect(saveSamples).toHaveBeenCalledTimes(2));
    expect(kept.samples.map((s) => s.name)).toEqual(["One", "Two"]);
  });

  it("is not made where what lies beside the flow can't be learned, unless the flow is gone", async () => {
    const { kept, create, queries, copy } = setUp();
    for (const ask of ["samples", "pins"] as const) {
      const spy = vi.spyOn(flows, ask).mockRejectedValueOnce(new ApiError(429, "Too many", ""));
      await expect(copy()).rejects.toThrow("Too many");
      expect(spy).toHaveBeenCalled();
    }
    expect(create).not.toHaveBeenCalled();
    queries.setQueryData(samplesQuery("f1").queryKey, { items: [sample("Known")], revision: 1 });
    queries.setQueryData(pinsQuery("f1").queryKey, { items: [pin("look")] } as never);
    for (const ask of ["samples", "pins"] as const)
      vi.spyOn(flows, ask).mockRejectedValueOnce(new ApiError(404, "Gone", ""));
    await copy();
    expect([kept.samples.map((s) => s.name), [...kept.pins.keys()]]).toEqual([["Known"], ["look"]]);
  });

  it("pins the output of a node that has another id in the draft", async () => {
    const { kept, copy } = setUp();
    await copy(flow(set("look_up")));
    expect([...kept.pins.keys()]).toEqual(["look_up"]);
    await copy(flow(set("look"), set("other")));
    expect([...kept.pins.keys()]).toEqual(["look_up", "look"]);
  });
});
