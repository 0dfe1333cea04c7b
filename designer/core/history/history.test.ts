import { expect, it } from "vitest";
import { emptyFlow, type Flow } from "../flow/document";
import { type Command, type History, perform, redo, startHistory, undo } from "./history";

function flowOf(nodes: number): Flow {
  const all = Array.from({ length: nodes }, (_, i) => ({
    id: `n${i}`,
    type: "core.set",
    position: [i, 0] as [number, number],
    with: { value: "" },
  }));
  return { ...emptyFlow("f"), nodes: all };
}

const nudge = (by: number): Command => ({
  label: "Move",
  group: "nudge",
  change(draft) {
    for (const n of draft.nodes) n.position = [n.position[0] + by, n.position[1]];
  },
});

const patchesOf = (h: History) => h.past.reduce((sum, e) => sum + e.patches.length + e.inverse.length, 0);

it("holds one change a place of a gesture, however long it goes on", () => {
  const began = flowOf(3);
  let h = startHistory(began);
  for (let i = 0; i < 200; i++) h = perform(h, nudge(4), i);
  expect(h.past).toHaveLength(1);
  expect(patchesOf(h)).toBe(6);
  const moved = h.flow;
  h = undo(h);
  expect(h.flow).toEqual(began);
  expect(redo(h).flow).toEqual(moved);
});

it("takes back a gesture that adds, deletes and replaces in whatever order", () => {
  const steps: Command["change"][] = [
    (d) => void (d.nodes[1] as Flow["nodes"][0]).position.splice(0, 2, 9, 9),
    (d) => void d.nodes.splice(1, 1),
    (d) => void Object.assign(d.nodes[0] as object, { with: { value: "a", more: [1, 2] } }),
    (d) => void (d.nodes[0] as unknown as { with: { more: number[] } }).with.more.pop(),
    (d) => void Object.assign(d.nodes[0] as object, { with: { value: "b" } }),
    (d) => void d.nodes.push({ id: "new", type: "core.set", position: [0, 0] }),
    (d) => void Object.assign(d, { name: "g" }),
  ];
  const began = flowOf(3);
  let h = startHistory(began);
  for (const change of [...steps, ...steps.slice(2)])
    h = perform(h, { label: "All", group: "all", change }, 0);
  expect(h.past).toHaveLength(1);
  const ended = h.flow;
  h = undo(h);
  expect(h.flow).toEqual(began);
  expect(redo(h).flow).toEqual(ended);
});

it("forgets the oldest steps once all of them hold too much, never the newest", () => {
  let h = startHistory(flowOf(1000));
  for (let i = 0; i < 150; i++) h = perform(h, { ...nudge(4), group: `drag:${i}` }, i);
  expect(h.past.length).toBeGreaterThan(90);
  expect(h.past.length).toBeLessThan(120);
  h = startHistory(flowOf(1));
  for (let i = 0; i < 600; i++) h = perform(h, { ...nudge(4), group: `drag:${i}` }, i);
  expect(h.past).toHaveLength(500);
});
