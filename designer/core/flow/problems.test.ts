import { expect, it } from "vitest";
import { Catalog, type NodeType } from "./catalog";
import type { Flow, Problem } from "./document";
import { fieldOf, placeOf } from "./problems";

const flow: Flow = {
  format: "drawbridge.flow/1",
  name: "f",
  nodes: [{ id: "judge", type: "core.table", name: "Judge the mail", position: [0, 0] }],
  edges: [],
};
const table = {
  type: "core.table",
  input: { properties: { rows: { title: "Rows", items: { properties: { when: { title: "When" } } } } } },
} as unknown as NodeType;

const at = (pointer: string, node?: string) => {
  const problem: Problem = {
    code: "x",
    severity: "error",
    pointer,
    message: "no",
    ...(node ? { node } : {}),
  };
  const place = placeOf(problem, flow, new Catalog([table]));
  return [place.node?.id, place.field, fieldOf(problem)];
};

it("names the node and the field of a problem as the screen does", () => {
  expect(at("/nodes/0/with/rows/2/when", "judge")).toEqual(["judge", "Rows › 3 › When", "/rows/2/when"]);
  expect(at("/nodes/0/with/free_key")).toEqual(["judge", "free_key", "/free_key"]);
  expect(at("/nodes/0/retry/backoff", "judge")).toEqual(["judge", "Retry", "@retry"]);
  expect(at("/nodes/0", "judge")).toEqual(["judge", undefined, undefined]);
});

it("says what of the flow a problem is about where it is of no node", () => {
  expect(at("/output/verdict")).toEqual([undefined, "Output", undefined]);
  expect(at("")).toEqual([undefined, undefined, undefined]);
});
