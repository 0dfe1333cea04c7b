import { expect, test } from "vitest";
import type { Flow } from "./document";
import { nodeOfKey, passOf, stepName } from "./steps";

const FLOW = {
  format: "drawbridge.flow/1",
  id: "f",
  name: "F",
  nodes: [
    { id: "look", type: "core.set", position: [0, 0], name: "Look it up" },
    { id: "bare", type: "core.set", position: [0, 0] },
  ],
  edges: [],
} as unknown as Flow;

test("steps are called by their node and their pass", () => {
  expect(["look", "each.3.look", "outer.0.each.11.look"].map((k) => stepName(FLOW, k))).toEqual([
    "Look it up",
    "Look it up · item 4",
    "Look it up · item 1 › 12",
  ]);
  expect(["bare", "each.0.gone"].map((k) => stepName(FLOW, k))).toEqual(["bare", "gone · item 1"]);
  expect(stepName(undefined, "look")).toBe("look");
  expect([nodeOfKey("each.3.look"), passOf("look")]).toEqual(["look", undefined]);
});
