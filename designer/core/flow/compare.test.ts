import { describe, expect, test } from "vitest";
import { compareFlows, countOf } from "./compare";
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

describe("what a person calls a change", () => {
  const all = (text: string) => {
    const { flow } = decodeFlow(`{"format": "drawbridge.flow/1", "name": "Counted", ${text}}`);
    if (flow === undefined) throw new Error("not a flow");
    return flow;
  };
  const node = (id: string, more = "") =>
    `{"id": "${id}", "type": "core.set", "position": [0, 0], "name": "N"${more}}`;
  const reader = (id: string, of: string, y = 1) =>
    `{"id": "${id}", "type": "core.code", "position": [400, ${y}], "with": {"input": {"x": "{{ steps.${of}.output.y }}"}}}`;
  const wires = (of: string) => `"edges": [{"from": "${of}", "to": "r1"}, {"from": "${of}", "to": "r2"}]`;
  const before = all(
    `"nodes": [${node("old")}, ${reader("r1", "old")}, ${reader("r2", "old")}], ${wires("old")}`,
  );

  test("a node with another id is one, however much names it", () => {
    const after = all(
      `"nodes": [${node("new")}, ${reader("r1", "new")}, ${reader("r2", "new")}], ${wires("new")}`,
    );
    const changes = compareFlows(before, after);
    expect(changes).toMatchObject([
      { kind: "changed", what: "node", id: "new", fields: [{ pointer: "/id", before: "old", after: "new" }] },
    ]);
    expect(countOf(changes)).toEqual({ changes: 1, moved: 0 });
  });

  test("what was moved or folded is counted apart", () => {
    const after = all(
      `"nodes": [${node("old", ', "collapsed": true')}, ${reader("r1", "old", 9)}, ${reader("r2", "old")}], ${wires("old")}`,
    );
    expect(countOf(compareFlows(before, after))).toEqual({ changes: 0, moved: 2 });
  });

  test("the wires of a node come and go with it", () => {
    const after = all(`"nodes": [${reader("r1", "old")}, ${reader("r2", "old")}], "edges": []`);
    expect(countOf(compareFlows(before, after))).toEqual({ changes: 1, moved: 0 });
    expect(countOf(compareFlows(after, before))).toEqual({ changes: 1, moved: 0 });
    expect(countOf(compareFlows(before, { ...before, edges: [] }))).toEqual({ changes: 2, moved: 0 });
  });
});
