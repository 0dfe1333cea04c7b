import { afterEach, expect, it } from "vitest";
import { emptyFlow } from "@/core/flow/document";
import { dropSynced, openStorage } from "./localDrafts";

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
