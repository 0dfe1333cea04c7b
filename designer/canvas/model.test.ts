import { expect, it } from "vitest";
import { Catalog } from "@/core/flow/catalog";
import { emptyFlow, type Flow, type Point } from "@/core/flow/document";
import { CanvasModel, type ModelInput } from "./model";

const NONE = new Set<string>();
const CATALOG = new Catalog([]);

function input(flow: Flow): ModelInput {
  return {
    ...{ flow, catalog: CATALOG, problems: new Map(), selected: NONE, selectedEdges: NONE },
    ...{ moving: new Map(), sizing: new Map(), readOnly: false, folded: new Map() },
  };
}

function flowOf(places: Record<string, Point>): Flow {
  const nodes = Object.entries(places).map(([id, position]) => ({ id, type: "core.set", position }));
  return { ...emptyFlow("f"), nodes, edges: [{ from: "a", to: "c" }] };
}

const APART = flowOf({ a: [0, 0], b: [280, 600], c: [1000, 200] });

it("keeps the wires as they are while only what nodes do is changed", () => {
  const model = new CanvasModel();
  const before = model.edges(input(APART));
  const [first, ...rest] = APART.nodes;
  const typed = {
    ...APART,
    nodes: [{ ...(first as (typeof APART.nodes)[0]), with: { value: "x" } }, ...rest],
  };
  expect(model.edges(input(typed))).toBe(before);
});

it("draws a wire anew once a card comes to lie in its way, and not before it was drawn at all", () => {
  const model = new CanvasModel();
  const [wire] = model.edges(input(APART));
  const across = flowOf({ a: [0, 0], b: [280, 0], c: [1000, 200] });
  expect(model.edges(input(across))[0]).toBe(wire);
  expect(wire?.data?.course.way.bend).toBeGreaterThan(0);
  const [free] = model.edges(input(APART));
  expect(free).not.toBe(wire);
  expect(free?.data?.course.way).toEqual({});
});
