import { afterEach, describe, expect, it, vi } from "vitest";
import { emptyFlow } from "@/core/flow/document";
import { dropSynced, leftDrafts, openStorage } from "./localDrafts";

afterEach(() => localStorage.clear());

const drawn = { flow: emptyFlow("drawn"), base: 3, saved: emptyFlow("saved") };

it("offers a copy to the person whose it is, and to nobody else", async () => {
  const first = await openStorage({ user: "u1", flow: "f1" });
  first.keep(drawn);
  first.leave();
  expect((await openStorage({ user: "u2", flow: "f1" })).read()).toBeUndefined();
  expect((await openStorage({ user: "u1", flow: "f2" })).read()).toBeUndefined();
  expect((await openStorage({ user: "u1", flow: "f1" })).read()).toMatchObject({
    base: 3,
    flow: { name: "drawn" },
  });
});

it("drops at logout what the server has, and nothing that it lacks", async () => {
  const [synced, lacking, unknown] = await Promise.all(
    ["f1", "f2", "f3"].map((flow) => openStorage({ user: "u1", flow })),
  );
  synced?.keep({ ...drawn, flow: emptyFlow("saved") });
  lacking?.keep(drawn);
  unknown?.keep({ flow: emptyFlow("saved"), base: 3 });
  localStorage.setItem("drawbridge.draft.u1.f4.tab", "not JSON");
  dropSynced();
  expect(synced?.read()).toBeUndefined();
  expect(lacking?.read()).toBeDefined();
  expect(unknown?.read()).toBeDefined();
});

it("leaves what is no draft alone, and offers the one that is", async () => {
  const key = (tab: string) => `drawbridge.draft.u1.f1.${tab}`;
  const copies = { a: { ...drawn }, b: { ...drawn, at: 1e300 }, c: { ...drawn, at: 7, flow: { nodes: [] } } };
  for (const [tab, copy] of Object.entries(copies)) localStorage.setItem(key(tab), JSON.stringify(copy));
  expect(await leftDrafts("u1", new Set())).toEqual([]);
  const storage = await openStorage({ user: "u1", flow: "f1" });
  expect(storage.read()).toBeUndefined();
  storage.keep(drawn);
  storage.leave();
  expect(await leftDrafts("u1", new Set())).toMatchObject([{ of: "f1", flow: { name: "drawn" } }]);
  for (const [tab, copy] of Object.entries(copies))
    expect(localStorage.getItem(key(tab))).toBe(JSON.stringify(copy));
});

/** The locks of a browser, as far as they are used. */
function fakeLocks() {
  const held = new Set<string>();
  return {
    query: async () => ({ held: [...held].map((name) => ({ name })) }),
    async request(name: string, _: object, use: (lock: object | null) => unknown) {
      await Promise.resolve();
      if (held.has(name)) return use(null);
      held.add(name);
      await use({ name });
      return held.delete(name);
    },
  };
}

describe("where the browser has locks", () => {
  const owner = { user: "u1", flow: "f1" };
  afterEach(() => vi.unstubAllGlobals());

  it("counts no tab as gone that is open, though it answers nothing", async () => {
    vi.stubGlobal("navigator", { locks: fakeLocks() });
    // A tab that is frozen says nothing.
    vi.stubGlobal("BroadcastChannel", undefined);
    const open = await openStorage(owner);
    open.keep(drawn);
    expect(await leftDrafts("u1", new Set())).toEqual([]);
    const next = await openStorage(owner);
    expect(next.read()).toBeUndefined();
    next.leave();
    open.leave();
    // It is free at once for who opens it in the same page.
    expect(await leftDrafts("u1", new Set())).toMatchObject([{ of: "f1" }]);
    expect((await openStorage(owner)).read()).toMatchObject({ base: 3 });
  });

  it("gives a copy that was left to one of two that open at the same moment", async () => {
    vi.stubGlobal("navigator", { locks: fakeLocks() });
    const before = await openStorage(owner);
    before.keep(drawn);
    before.leave();
    const both = await Promise.all([openStorage(owner), openStorage(owner)]);
    expect(both.map((storage) => storage.read()?.base).sort()).toEqual([3, undefined]);
  });
});
