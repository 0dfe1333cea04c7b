import { expect, test } from "vitest";
import { compareFlows } from "./compare";
import { decodeFlow } from "./decode";

const flow = (row: string) => {
  const { flow } = decodeFlow(`{"format": "drawbridge.flow/1", "name": "Rows", "nodes": [
    {"id": "t", "type": "core.table", "position": [0, 0], "with": {"rows": [${row}]}}], "edges": []}`);
  if (flow === undefined) throw new Error("not a flow");
  return flow;
};

test("the order of keys is no change, also inside lists", () => {
  const a = flow('{"when": "{{ true }}", "value": 1}');
  const b = flow('{"value": 1, "when": "{{ true }}"}');
  expect(compareFlows(a, b)).toEqual([]);
});

test("a value inside a list is", () => {
  const changes = compareFlows(flow('{"value": 1}'), flow('{"value": 2}'));
  expect(changes).toMatchObject([{ kind: "changed", id: "t", fields: [{ pointer: "/with/rows" }] }]);
});
