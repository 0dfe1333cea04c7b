import { describe, expect, it } from "vitest";
import { compareFlows } from "./compare";
import { edgeId, emptyFlow, type Flow } from "./document";
import { kindsOf, mergedView } from "./merged";

const node = (id: string, x = 0) => ({ id, type: "core.set", position: [x, 0] as [number, number] });
const before: Flow = {
  ...emptyFlow("A"),
  nodes: [node("kept"), node("moved"), node("gone"), node("named")],
  edges: [
    { from: "kept", to: "gone" },
    { from: "kept.error", to: "moved" },
  ],
  notes: [{ id: "note", text: "x", position: [0, 0] }],
};
const after: Flow = {
  ...emptyFlow("A"),
  nodes: [
    node("kept"),
    node("moved", 40),
    { ...node("named"), name: "Now" },
    { ...node("new"), type: "core.code" },
  ],
  edges: [
    { from: "kept", to: "new" },
    { from: "kept.error", to: "moved" },
  ],
};

describe("two flows in one picture", () => {
  const view = mergedView(before, after);

  it("have all of the second and what of the first is gone", () => {
    expect(view.nodes.map((n) => n.id)).toEqual(["kept", "moved", "named", "new", "gone"]);
    expect(view.edges.map(edgeId)).toEqual(["kept.out>new", "kept.error>moved", "kept.out>gone"]);
    expect(view.notes?.map((n) => n.id)).toEqual(["note"]);
  });

  it("say of each part what became of it", () => {
    expect(Object.fromEntries(kindsOf(compareFlows(before, after)))).toEqual({
      ...{ moved: "moved", named: "changed", new: "added", gone: "removed", note: "removed" },
      ...{ "kept.out>new": "added", "kept.out>gone": "removed" },
    });
    for (const id of kindsOf(compareFlows(before, after)).keys())
      expect([...view.nodes.map((n) => n.id), ...view.edges.map(edgeId), "note"]).toContain(id);
  });
});
