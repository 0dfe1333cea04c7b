import { describe, expect, it } from "vitest";
import { unpack } from "../commands/containers";
import { perform, startHistory } from "../history/history";
import { Catalog, type NodeType } from "./catalog";
import { targetsOf, whyNotConnect } from "./connect";
import { emptyFlow, type Flow, type FlowNode, nodeById } from "./document";
import { findIn, groupedOutline, outlineOf } from "./outline";

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
  type("core.foreach", { container: true }),
]);
const node = (id: string, over: Partial<FlowNode> = {}): FlowNode => ({
  ...{ id, type: "core.set", position: [0, 0] },
  ...over,
});
const flow: Flow = {
  ...emptyFlow("Test"),
  nodes: [
    node("last"),
    node("no", { position: [0, 90] }),
    node("yes", {
      position: [0, 10],
      with: { to: "{{ steps.hook.output.address }}", list: [{ deep: "a needle here" }] },
    }),
    node("two", { parent: "each" }),
    node("one", { parent: "each", position: [24, 64] }),
    node("each", { type: "core.foreach", position: [100, 50] }),
    node("cond", { type: "core.if" }),
    node("hook", { type: "trigger.webhook", name: "A mail" }),
  ],
  edges: [
    ...[
      { from: "hook", to: "cond" },
      { from: "cond.true", to: "yes" },
      { from: "cond.false", to: "no" },
    ],
    ...[
      { from: "yes", to: "each" },
      { from: "each", to: "last" },
      { from: "one", to: "two" },
    ],
    { from: "each.error", to: "no" },
  ],
};

describe("an outline", () => {
  it("reads from the first to the last, and containers with what lies in them", () => {
    expect(outlineOf(flow).map((l) => `${"-".repeat(l.level)}${l.node.id}`)).toEqual([
      ...["-hook", "-cond", "-yes", "-each", "--one", "--two", "-last", "-no"],
    ]);
  });

  it("finds names, ids, types and parameters, however deep", () => {
    const yes = nodeById(flow, "yes") as FlowNode;
    expect(findIn(yes, "NEEDLE")).toEqual({ where: "list.0.deep", text: "a needle here" });
    expect(findIn(yes, "hook.output")).toEqual({ where: "to", text: "{{ steps.hook.output.address }}" });
    expect(findIn(nodeById(flow, "hook") as FlowNode, "mail")?.where).toBe("name");
    expect(findIn(yes, "nothing")).toBeUndefined();
  });
});

describe("targets of a node", () => {
  it("are what may be joined to it one by one", () => {
    for (const source of flow.nodes) {
      const allowed = catalog
        .ports(source)
        .flatMap((port) =>
          flow.nodes
            .filter((n) => whyNotConnect(flow, catalog, source.id, port, n.id) === undefined)
            .map((n) => `${port}>${n.id}`),
        );
      expect(targetsOf(flow, catalog, source).map((t) => `${t.port}>${t.target.id}`)).toEqual(allowed);
    }
  });
});

describe("unpacking", () => {
  it("leaves what lay in a container where it was, and in the way it was in", () => {
    const done = perform(startHistory(flow), unpack(flow, nodeById(flow, "each") as FlowNode), 0).flow;
    expect(nodeById(done, "each")).toBeUndefined();
    expect(nodeById(done, "one")).toEqual(node("one", { position: [124, 116] }));
    expect(done.edges.map((e) => `${e.from}>${e.to}`)).toEqual([
      ...["hook>cond", "cond.true>yes", "cond.false>no", "yes>one", "two>last", "one>two"],
    ]);
  });
});

it("shows a group's nodes below its name, where the first of them would stand", () => {
  const grouped = {
    ...flow,
    groups: [
      { id: "g", name: "Ends", nodes: ["no", "each"] },
      { id: "h", name: "Inner", nodes: ["two"] },
    ],
  };
  const lines = groupedOutline(grouped).map((l) => `${l.level} ${"group" in l ? l.group.name : l.node.id}`);
  expect(lines.join(", ")).toBe("1 hook, 1 cond, 1 yes, 1 Ends, 2 each, 3 one, 3 Inner, 4 two, 2 no, 1 last");
  expect(groupedOutline(flow)).toEqual(outlineOf(flow));
});
