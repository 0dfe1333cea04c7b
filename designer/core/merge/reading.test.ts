import { describe, expect, it } from "vitest";
import type { Flow, FlowNode, JsonObject } from "../flow/document";
import { edgeId, emptyFlow, nodeById } from "../flow/document";
import { merge, type Side } from "./merge";

const at = (id: string, more: Partial<FlowNode> = {}): FlowNode => ({
  ...{ id, type: "core.set", position: [0, 0] },
  ...more,
});
const reads = (id: string, expression: string): FlowNode => at(id, { with: { v: `{{ ${expression} }}` } });
const flow = (more: Partial<Flow>): Flow => ({ ...emptyFlow("F"), ...more });
const answer = (id: string, side: Side) => new Map([[id, side]]);

describe("what one side takes away and the other begins to read", () => {
  it("is asked for a node that is read in an expression", () => {
    const base = flow({ nodes: [at("a"), at("b")] });
    const mine = flow({ nodes: [at("b")] });
    const theirs = flow({ nodes: [at("a"), reads("b", "steps.a.output.x")], output: "{{ steps.a.output }}" });
    const { conflicts } = merge(base, mine, theirs);
    expect(conflicts).toMatchObject([{ id: "node/a", kind: "deleted", readers: ["b", ""] }]);
    expect(nodeById(merge(base, mine, theirs, answer("node/a", "mine")).flow, "a")).toBeUndefined();
    expect(nodeById(merge(base, mine, theirs, answer("node/a", "theirs")).flow, "a")).toBeDefined();
  });

  it("is not asked for a node that was read before, or that only a text names", () => {
    const base = flow({ nodes: [at("a"), reads("b", "steps.a.output.x")] });
    const mine = flow({ nodes: [at("b")] });
    const theirs = flow({ nodes: [at("a"), { ...reads("b", "steps.a.output.x"), name: "B" }] });
    expect(merge(base, mine, theirs).conflicts).toEqual([]);
    const named = flow({ nodes: [at("a"), reads("b", "steps.a.output.x"), reads("c", "'steps.a.output'")] });
    expect(merge(base, mine, named).conflicts).toEqual([]);
  });

  it("is asked for a field of a node's output", () => {
    const of = (fields: JsonObject, ...more: FlowNode[]) =>
      flow({ nodes: [at("a", { with: fields }), ...more] });
    const base = of({ x: 1, y: 2 });
    const mine = of({ z: 1, y: 2 });
    for (const expression of [
      "steps.a.output.x",
      "steps.a.output.?x.orValue(1)",
      "steps['a'].output[\"x\"]",
      "true ? steps.a.output.x : 1",
      'steps["""a"""].output.x',
      'steps.a.output[r"x"]',
      '"x" in steps.a.output',
      "has(steps.a.output.x) ? 1 : 2",
    ]) {
      const theirs = of({ x: 1, y: 2 }, reads("b", expression));
      const { conflicts, flow: open } = merge(base, mine, theirs);
      expect(conflicts, expression).toMatchObject([
        { id: "node/a/with/x", kind: "read", mine: undefined, theirs: 1, readers: ["b"] },
      ]);
      expect(nodeById(open, "a")?.with).toEqual({ z: 1, y: 2, x: 1 });
      const gone = merge(base, mine, theirs, answer("node/a/with/x", "mine")).flow;
      expect(nodeById(gone, "a")?.with).toEqual({ z: 1, y: 2 });
    }
    expect(merge(base, mine, of({ x: 1, y: 2 }, reads("b", "steps.a.output.y"))).conflicts).toEqual([]);
  });

  it("is asked for a variable, a field of the input, and a field of a form", () => {
    const form = (...names: string[]): JsonObject => ({
      ...{ type: "object", properties: Object.fromEntries(names.map((n) => [n, { type: "string" }])) },
    });
    const of = (names: string[], ...more: FlowNode[]) =>
      flow({
        vars: Object.fromEntries(names.map((n) => [n, 1])),
        input: form(...names),
        nodes: [at("ask", { type: "core.form", with: { form: form(...names) } }), ...more],
      });
    const base = of(["p", "q"]);
    const [one, two] = [of(["p"]), of([])];
    for (const [expression, id] of [
      ["vars.q", "flow//vars/q"],
      ["trigger.body.q", "flow//input/properties/q"],
      ["steps.ask.output.q", "node/ask/with/form"],
    ] as const) {
      const theirs = of(["p", "q"], reads("b", expression));
      expect(merge(base, one, theirs).conflicts, expression).toMatchObject([{ id, readers: ["b"] }]);
      expect(merge(base, two, theirs).conflicts, expression).toMatchObject([{ readers: ["b"] }]);
      expect(merge(base, theirs, one).conflicts, expression).toMatchObject([{ id, readers: ["b"] }]);
    }
  });

  it("is asked for a credential that a node begins to use", () => {
    const base = flow({
      nodes: [at("p", { type: "http.get" })],
      credentials: { key: { type: "http.bearer" } },
    });
    const mine = flow({ nodes: [at("p", { type: "http.get" })] });
    const theirs = { ...base, nodes: [at("p", { type: "http.get", credential: "key" })] };
    const { conflicts } = merge(base, mine, theirs);
    expect(conflicts).toMatchObject([{ id: "flow//credentials", kind: "read", readers: ["p"] }]);
    const chosen = (side: Side) =>
      merge(base, mine, theirs, answer("flow//credentials", side)).flow.credentials;
    expect([chosen("mine"), chosen("theirs")]).toEqual([undefined, base.credentials]);
  });

  it("is asked for a way out of a switch that a wire begins at", () => {
    const sw = (...ports: string[]) =>
      at("sw", { type: "core.switch", with: { cases: ports.map((port) => ({ port, when: "{{ true }}" })) } });
    const base = flow({ nodes: [sw("bad", "good"), at("b")] });
    const mine = flow({ nodes: [sw("good"), at("b")] });
    const theirs = flow({ ...base, edges: [{ from: "sw.bad", to: "b" }] });
    expect(merge(base, mine, theirs).conflicts).toMatchObject([
      { id: "node/sw/with/cases", kind: "read", readers: ["b"] },
    ]);
  });
});

describe("a node that gets another id", () => {
  const look = { type: "intel.lookup", name: "Look it up", with: { value: "x" } };
  const of = (id: string, ...more: FlowNode[]) =>
    flow({
      nodes: [at(id, look), reads("b", `steps.${id}.output`), ...more],
      edges: [{ from: id, to: "b" }],
    });

  it("is asked for where both gave it one, and is never there twice", () => {
    const { conflicts, flow: open } = merge(of("a"), of("seek"), of("search"));
    expect(conflicts).toMatchObject([
      { id: "node/a/id", kind: "renamed", base: "a", mine: "seek", theirs: "search" },
    ]);
    expect(open).toEqual(of("a"));
    for (const [side, id] of [
      ["mine", "seek"],
      ["theirs", "search"],
    ] as const)
      expect(merge(of("a"), of("seek"), of("search"), answer("node/a/id", side)).flow).toEqual(of(id));
  });

  it("is asked for where the other begins to read it, or to draw a wire to it, by the old one", () => {
    const reader = reads("c", "steps.a.output");
    const { conflicts } = merge(of("a"), of("seek"), of("a", reader));
    expect(conflicts).toMatchObject([
      { id: "node/a/id", kind: "renamed", mine: "seek", theirs: "a", readers: ["c"] },
    ]);
    const take = (side: Side) => merge(of("a"), of("seek"), of("a", reader), answer("node/a/id", side)).flow;
    expect(take("mine")).toEqual(of("seek", reads("c", "steps.seek.output")));
    expect(take("theirs")).toEqual(of("a", reader));
    const wired = { ...of("a", at("c")), edges: [...of("a").edges, { from: "a.error", to: "c" }] };
    expect(merge(of("a", at("c")), wired, of("seek", at("c"))).conflicts).toMatchObject([
      { id: "node/a/id", kind: "renamed", readers: ["c"] },
    ]);
  });

  it("takes with it what the other changed in it, and is no question by itself", () => {
    const theirs = of("a");
    const edited = {
      ...theirs,
      nodes: theirs.nodes.map((n) => (n.id === "a" ? { ...n, timeout: "9s" } : n)),
    };
    for (const merged of [merge(of("a"), of("seek"), edited), merge(of("a"), edited, of("seek"))]) {
      expect(merged.conflicts).toEqual([]);
      expect(merged.flow.nodes.map((n) => [n.id, n.timeout])).toEqual([
        ["seek", "9s"],
        ["b", undefined],
      ]);
      expect(merged.flow.edges.map(edgeId)).toEqual(["seek.out>b"]);
    }
    expect(merge(of("a"), of("seek"), of("seek", at("c"))).conflicts).toEqual([]);
  });

  it("is asked for where the other removed it", () => {
    const { conflicts } = merge(of("a"), of("seek"), flow({ nodes: [at("b")] }));
    expect(conflicts).toMatchObject([{ id: "node/a", kind: "deleted", mine: { id: "seek" } }]);
  });

  it("leaves room for another that took the id", () => {
    const merged = merge(of("a"), of("seek"), of("a", at("seek", { with: { v: 1 } })));
    expect(merged.conflicts).toEqual([]);
    expect(merged.flow.nodes.map((n) => n.id).sort()).toEqual(["b", "seek", "seek_2"]);
    expect(nodeById(merged.flow, "b")?.with).toEqual({ v: "{{ steps.seek_2.output }}" });
  });
});
