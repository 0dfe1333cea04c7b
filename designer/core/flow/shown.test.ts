import { describe, expect, it } from "vitest";
import { emptyFlow, type Flow } from "./document";
import { PLAIN, shownOf, viewpointOf } from "./shown";

const flow: Flow = {
  ...emptyFlow("Test"),
  nodes: [
    { id: "a", type: "core.set", position: [0, 0] },
    { id: "each", type: "core.foreach", position: [300, 0], collapsed: true },
    { id: "look", type: "core.set", position: [20, 60], parent: "each" },
    { id: "again", type: "core.repeat", position: [300, 60], parent: "each" },
    { id: "ask", type: "core.set", position: [24, 64], parent: "again" },
  ],
  edges: [
    { from: "a", to: "each" },
    { from: "look", to: "again" },
  ],
  notes: [
    { id: "out", text: "", position: [0, 200] },
    { id: "in1", text: "", position: [30, 10], parent: "each" },
  ],
};
const ids = (list: readonly { id: string }[] | undefined) => (list ?? []).map((p) => p.id);

describe("what is drawn of a flow", () => {
  it("is the flow itself where nothing is collapsed", () => {
    const open = { ...flow, nodes: flow.nodes.map(({ collapsed: _, ...n }) => n) };
    expect(shownOf(open, PLAIN).flow).toBe(open);
  });

  it("leaves out what lies in a collapsed container, at any depth, and its wires and notes", () => {
    const { flow: shown, folded } = shownOf(flow, PLAIN);
    expect(ids(shown.nodes)).toEqual(["a", "each"]);
    expect(shown.edges).toEqual([{ from: "a", to: "each" }]);
    expect(ids(shown.notes)).toEqual(["out"]);
    expect(ids(folded.get("each"))).toEqual(["look", "again", "ask"]);
    expect(shown.nodes[0]).toBe(flow.nodes[0]);
  });

  it("is the inside alone, on a canvas of its own", () => {
    const view = { ...PLAIN, inside: "each" };
    const { flow: shown, inside } = shownOf(flow, view);
    expect(inside?.id).toBe("each");
    expect(shown.nodes.map((n) => [n.id, n.parent])).toEqual([
      ["look", undefined],
      ["again", undefined],
      ["ask", "again"],
    ]);
    expect(shown.edges).toEqual([{ from: "look", to: "again" }]);
    expect(shown.notes).toEqual([{ id: "in1", text: "", position: [30, 10] }]);
    expect(shownOf(flow, view).flow.nodes[0], "drawn anew each time").toBe(shown.nodes[0]);
  });

  it("takes an inside that is gone for the whole flow", () => {
    expect(ids(shownOf(flow, { ...PLAIN, inside: "nope" }).flow.nodes)).toEqual(["a", "each"]);
  });

  it("leads to a node by opening what hides it, or by leaving what it isn't in", () => {
    const view = viewpointOf(flow, PLAIN, "ask");
    expect([...view.folds]).toEqual([["each", false]]);
    expect(ids(shownOf(flow, view).flow.nodes)).toContain("ask");
    expect(viewpointOf(flow, { ...PLAIN, inside: "again" }, "ask").folds.size).toBe(0);
    expect(viewpointOf(flow, { ...PLAIN, inside: "again" }, "a").inside).toBeUndefined();
    expect(viewpointOf(flow, PLAIN, "a")).toBe(PLAIN);
  });

  it("lets the eye collapse what the document has open", () => {
    const view = {
      ...PLAIN,
      folds: new Map([
        ["each", false],
        ["again", true],
      ]),
    };
    const { flow: shown, folded } = shownOf(flow, view);
    expect(ids(shown.nodes)).toEqual(["a", "each", "look", "again"]);
    expect(ids(folded.get("again"))).toEqual(["ask"]);
  });
});
