import { describe, expect, it } from "vitest";
import { Catalog, type NodeType } from "../flow/catalog";
import { emptyFlow, type Flow, type FlowNode, nodeById } from "../flow/document";
import { type Command, perform, startHistory } from "../history/history";
import { absolutePosition, nodeSize } from "../layout/geometry";
import { indexGuides, snapToOthers } from "../layout/guides";
import { tidy } from "../layout/tidy";
import { align, distribute, takeLayout, tidyInput } from "./arrange";
import { addOnWire, putOnWire, whyNotBetween } from "./insert";

const type = (name: string, over: Partial<NodeType> = {}): NodeType => ({
  ...{ type: name, name, description: "", category: "Test", icon: "box", effect: "none", idempotent: true },
  ...{ kind: name.startsWith("trigger.") ? "trigger" : "core", input: { type: "object" }, output: {} },
  ...{ ports: ["out", "error"], container: false, examples: [] },
  ...over,
});
const catalog = new Catalog([
  type("trigger.webhook", { ports: ["out"] }),
  type("core.set"),
  type("core.if", { ports: ["true", "false", "error"] }),
  type("core.stop", { ports: [] }),
  type("core.foreach", { container: true }),
]);

function flowOf(nodes: Partial<FlowNode>[], edges: [string, string][] = []): Flow {
  return {
    ...emptyFlow("Test"),
    nodes: nodes.map((n) => ({ id: "x", type: "core.set", position: [0, 0], ...n })),
    edges: edges.map(([from, to]) => ({ from, to })),
  };
}

const changed = (flow: Flow, command: Command | undefined): Flow => {
  if (command === undefined) throw new Error("no command");
  return perform(startHistory(flow), command, 0).flow;
};
const places = (flow: Flow) => flow.nodes.map((n) => n.position);
const all = (flow: Flow) => new Set(flow.nodes.map((n) => n.id));

describe("aligning", () => {
  const flow = flowOf([
    { id: "a", position: [0, 0] },
    { id: "b", position: [40, 100] },
    { id: "c", type: "core.foreach", position: [100, 300], size: [480, 200] },
    { id: "d", parent: "c", position: [24, 64] },
  ]);

  it("brings edges and middles to one line", () => {
    expect(places(changed(flow, align(flow, catalog, new Set(["a", "b"]), "left")))[1]).toEqual([0, 100]);
    expect(places(changed(flow, align(flow, catalog, new Set(["a", "b", "c"]), "right")))).toEqual([
      ...[
        [372, 0],
        [372, 100],
        [100, 300],
        [24, 64],
      ],
    ]);
    expect(places(changed(flow, align(flow, catalog, new Set(["a", "b"]), "middle")))).toEqual([
      ...[
        [0, 52],
        [40, 52],
        [100, 300],
        [24, 64],
      ],
    ]);
  });

  it("lets what lies inside a chosen container go with it, and has nothing to do for one", () => {
    const moved = changed(flow, align(flow, catalog, new Set(["a", "c", "d"]), "left"));
    expect(places(moved)).toEqual([
      ...[
        [0, 0],
        [40, 100],
        [0, 300],
        [24, 64],
      ],
    ]);
    expect(align(flow, catalog, new Set(["c", "d"]), "left")).toBeUndefined();
    expect(align(flow, catalog, new Set(["a", "d"]), "left"), "it would leave its container").toBeUndefined();
  });

  it("makes gaps the same", () => {
    const row = flowOf([
      { id: "a", position: [0, 0] },
      { id: "b", position: [220, 0] },
      { id: "c", position: [700, 0] },
    ]);
    expect(places(changed(row, distribute(row, catalog, all(row), "across")))[1]).toEqual([352, 0]);
    expect(distribute(row, catalog, new Set(["a", "b"]), "across")).toBeUndefined();
  });
});

describe("tidying", () => {
  const flow: Flow = {
    ...flowOf(
      [
        { id: "hook", type: "trigger.webhook", position: [300, 400] },
        { id: "cond", type: "core.if", position: [0, 0] },
        { id: "yes", position: [10, 10] },
        { id: "no", position: [10, 200] },
        { id: "each", type: "core.foreach", position: [40, 20], size: [480, 200] },
        { id: "one", parent: "each", position: [0, 0] },
        { id: "two", parent: "each", position: [8, 8] },
      ],
      [
        ["hook", "cond"],
        ["cond.false", "no"],
        ["cond.true", "yes"],
        ["yes", "each"],
        ["one", "two"],
      ],
    ),
    notes: [{ id: "n", text: "", position: [300, 500] }],
  };
  const tidied = changed(flow, takeLayout(flow, catalog, tidy(tidyInput(flow, catalog))));
  const at = (id: string) => absolutePosition(tidied, nodeById(tidied, id) as FlowNode);

  it("goes from the left to the right and covers nothing", () => {
    for (const [from, to] of [
      ["hook", "cond"],
      ["cond", "yes"],
      ["cond", "no"],
      ["yes", "each"],
      ["one", "two"],
    ] as const)
      expect(at(to)[0]).toBeGreaterThanOrEqual(at(from)[0] + 208 + 32);
    const tops = tidied.nodes.filter((n) => n.parent === undefined);
    for (const a of tops)
      for (const b of tops) {
        if (a.id >= b.id) continue;
        const [aw, ah] = nodeSize(a, catalog);
        const [bw, bh] = nodeSize(b, catalog);
        const apart =
          a.position[0] + aw <= b.position[0] ||
          b.position[0] + bw <= a.position[0] ||
          a.position[1] + ah <= b.position[1] ||
          b.position[1] + bh <= a.position[1];
        expect(apart, `${a.id} and ${b.id}`).toBe(true);
      }
    expect(at("yes")[1], "of the upper port").toBeLessThan(at("no")[1]);
  });

  it("makes containers as large as what lies in them, and takes notes along", () => {
    const each = nodeById(tidied, "each") as FlowNode;
    const two = nodeById(tidied, "two") as FlowNode;
    expect(each.size?.[0]).toBeGreaterThanOrEqual(two.position[0] + 208 + 24);
    const [x, y] = at("hook");
    expect(tidied.notes?.[0]?.position).toEqual([x, y + 100]);
  });

  it("leaves what was not chosen, and what is tidy already", () => {
    const some = changed(
      flow,
      takeLayout(flow, catalog, tidy(tidyInput(flow, catalog, new Set(["yes", "no"])))),
    );
    expect(nodeById(some, "hook")?.position).toEqual([300, 400]);
    expect(tidyInput(flow, catalog, new Set(["each"])).parts.map((p) => p.id)).toEqual([
      "each",
      "one",
      "two",
    ]);
    const again = perform(
      startHistory(tidied),
      takeLayout(tidied, catalog, tidy(tidyInput(tidied, catalog))),
      0,
    );
    expect(again.past).toHaveLength(0);
  });
});

describe("tidying a selection", () => {
  const flow = flowOf(
    [
      { id: "a", position: [0, 0] },
      { id: "b", position: [400, 300] },
      { id: "other", position: [300, 20] },
      { id: "c1", type: "core.foreach", position: [0, 500], size: [480, 200] },
      { id: "c2", type: "core.foreach", position: [600, 500], size: [480, 200] },
      { id: "x", parent: "c1", position: [200, 80] },
      { id: "y", parent: "c2", position: [100, 60] },
    ],
    [["a", "b"]],
  );
  const tidied = (...ids: string[]) =>
    changed(flow, takeLayout(flow, catalog, tidy(tidyInput(flow, catalog, new Set(ids)))));

  it("covers nothing that was not chosen", () => {
    const now = tidied("a", "b");
    const b = nodeById(now, "b")?.position ?? [0, 0];
    const apart = b[0] >= 508 || b[0] + 208 <= 300 || b[1] >= 84 || b[1] + 64 <= 20;
    expect(apart, `b is at ${b}`).toBe(true);
  });

  it("takes a chosen note along with the nearest of what is laid out", () => {
    const noted: Flow = { ...flow, notes: [{ id: "n", text: "", position: [300, 100], size: [80, 60] }] };
    const lay = (...ids: string[]) =>
      changed(noted, takeLayout(noted, catalog, tidy(tidyInput(noted, catalog, new Set(ids))), new Set(ids)));
    expect(lay("a", "b").notes?.[0]?.position, "it is about what lies still").toEqual([300, 100]);
    expect(lay("a", "b", "n").notes?.[0]?.position).not.toEqual([300, 100]);
  });

  it("keeps a note within the walls of its container, which grows for it", () => {
    const noted: Flow = {
      ...flow,
      notes: [{ id: "n", text: "", position: [200, 8], size: [480, 300], parent: "c1" }],
    };
    const now = changed(noted, takeLayout(noted, catalog, tidy(tidyInput(noted, catalog))));
    const [x, y] = now.notes?.[0]?.position ?? [0, 0];
    expect(x).toBeGreaterThanOrEqual(24);
    expect(y).toBeGreaterThanOrEqual(56);
    const [width, height] = nodeById(now, "c1")?.size ?? [0, 0];
    expect(x + 480 <= width && y + 300 <= height, `${x}, ${y} in ${width}, ${height}`).toBe(true);
  });

  it("leaves each in its container", () => {
    const now = tidied("a", "x", "y");
    expect(["a", "x", "y"].map((id) => nodeById(now, id)?.position)).toEqual([
      [0, 0],
      [200, 80],
      [100, 60],
    ]);
  });
});

describe("guides", () => {
  const box = (x: number, y: number, width = 208, height = 64) => ({ x, y, width, height });

  it("draw to the nearest edge or middle, each way by itself", () => {
    const s = snapToOthers(box(103, 302), indexGuides([box(100, 0), box(106, 100), box(600, 300)]), 5);
    expect([s.dx, s.dy]).toEqual([-3, -2]);
    expect(s.guides).toEqual([
      { way: "down", at: 100, from: 0, to: 364 },
      { way: "across", at: 300, from: 100, to: 808 },
    ]);
  });

  it("say nothing where nothing is near", () => {
    expect(snapToOthers(box(50, 50), indexGuides([box(400, 400)]), 5)).toEqual({ dx: 0, dy: 0, guides: [] });
  });
});

describe("a wire's middle", () => {
  const flow = flowOf(
    [
      { id: "hook", type: "trigger.webhook", position: [0, 0] },
      { id: "set", position: [256, 0] },
      { id: "end", type: "core.stop", position: [512, 0] },
      { id: "free", position: [0, 300] },
    ],
    [
      ["hook", "set"],
      ["set", "end"],
    ],
  );
  const wire = flow.edges[0];
  if (wire === undefined) throw new Error("no wire");

  it("takes a new node, for which the others make room", () => {
    const added = addOnWire(flow, catalog, catalog.get("core.if") as NodeType, wire);
    const now = changed(flow, added?.command);
    expect(now.edges.map((e) => `${e.from}>${e.to}`)).toEqual([
      `hook>${added?.id}`,
      `${added?.id}.true>set`,
      "set>end",
    ]);
    const made = nodeById(now, added?.id ?? "") as FlowNode;
    expect(made.position[0]).toBe(256);
    expect(nodeById(now, "set")?.position[0]).toBe(512);
    expect(nodeById(now, "end")?.position[0]).toBe(768);
    expect(nodeById(now, "free")?.position).toEqual([0, 300]);
  });

  it("takes the notes along that stand beside what moves, and leaves others", () => {
    const noted: Flow = {
      ...flow,
      notes: [
        { id: "about_end", text: "", position: [520, 80], size: [200, 64] },
        { id: "about_hook", text: "", position: [0, 90], size: [200, 64] },
        { id: "apart", text: "", position: [900, 600], size: [200, 64] },
      ],
    };
    const now = changed(noted, addOnWire(noted, catalog, catalog.get("core.if") as NodeType, wire)?.command);
    expect(now.notes?.map((n) => n.position)).toEqual([
      [776, 80],
      [0, 90],
      [900, 600],
    ]);
  });

  it("takes a node that is there, unless that would be wrong", () => {
    const free = nodeById(flow, "free") as FlowNode;
    expect(whyNotBetween(flow, catalog, wire, free)).toBeUndefined();
    const now = changed(flow, putOnWire(catalog, wire, free));
    expect(now.edges.map((e) => `${e.from}>${e.to}`)).toEqual(["hook>free", "free>set", "set>end"]);
    expect(whyNotBetween(flow, catalog, wire, nodeById(flow, "set") as FlowNode)).toMatch(/own wire/);
    expect(whyNotBetween(flow, catalog, wire, nodeById(flow, "end") as FlowNode)).toBeDefined();
    expect(addOnWire(flow, catalog, catalog.get("trigger.webhook") as NodeType, wire)).toBeUndefined();
  });
});
