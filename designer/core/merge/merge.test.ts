import { describe, expect, it } from "vitest";
import { Dice, randomEdits, randomFlow } from "../../test/random/flows";
import { decodeFlow } from "../flow/decode";
import type { Flow, FlowNode, Json, JsonObject } from "../flow/document";
import { edgeId, edgeSource, emptyFlow, nodeById } from "../flow/document";
import { encodeFlow } from "../flow/encode";
import { same } from "../flow/same";
import { validateFlow } from "../flow/validate";
import { type MergeConflict, type Merged, merge, type Side } from "./merge";

const ROUNDS = 250;

/** Everything that a document says, each on its own, by a path. */
function facts(flow: Flow): Map<string, unknown> {
  const all = new Map<string, unknown>();
  const tell = (path: string, value: unknown, deep: boolean) => {
    if (value === undefined) return;
    if (deep && typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [k, v] of Object.entries(value)) tell(`${path}/${k}`, v, false);
    else all.set(path, value);
  };
  for (const [key, value] of Object.entries(flow)) {
    if (key === "nodes" || key === "notes" || key === "groups") {
      for (const part of value as FlowNode[]) {
        all.set(`${key}/${part.id}`, true);
        for (const [k, v] of Object.entries(part)) tell(`${key}/${part.id}/${k}`, v, k === "with");
      }
    } else if (key === "edges") for (const e of flow.edges) all.set(`edges/${edgeId(e)}`, true);
    else if (key === "labels") for (const label of value as string[]) all.set(`labels/${label}`, true);
    else tell(key, value, true);
  }
  return all;
}

/** The paths at which a document says something else than another. */
function changed(before: Flow, after: Flow): Map<string, unknown> {
  const [a, b] = [facts(before), facts(after)];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((p) => !same(a.get(p), b.get(p)));
  return new Map(paths.map((p) => [p, b.get(p)]));
}

/** Moving what the other removed is no reason to keep it, and a size may be larger than both wanted it. */
function counts(path: string, other: Flow): boolean {
  if (/\/size$/.test(path)) return false;
  const [kind, id = ""] = path.split("/");
  if (kind !== "nodes" && kind !== "notes") return kind !== "groups";
  const there = kind === "nodes" ? nodeById(other, id) : other.notes?.find((n) => n.id === id);
  return !(/\/position$/.test(path) && there === undefined);
}

function asked(path: string, conflicts: readonly MergeConflict[]): boolean {
  const [kind, id = "", field = ""] = path.split("/");
  return conflicts.some((c) => {
    if (c.kind === "layout") return field === "position" && c.shown.includes(id);
    if (kind === "edges") {
      const [from = "", to = ""] = id.split(">");
      return [from.split(".")[0], to].some((n) => c.shown.includes(n ?? "")) && c.what !== "flow";
    }
    if (kind === "nodes" || kind === "notes") {
      // A field is asked for by its name; the whole, or its place, by the part.
      return c.shown.includes(id) && (c.kind !== "field" || `${kind}/${id}${c.pointer}` === path);
    }
    return c.what === "flow" && c.pointer === `/${path}`;
  });
}

function sets(flow: Flow): unknown {
  const sorted = (list: readonly unknown[]) => list.map((v) => JSON.stringify(v)).sort();
  return [...facts(flow)].map(([k, v]) => [k, Array.isArray(v) ? sorted(v) : v]).sort();
}

/** Answers all with one side, and what that raises, until nothing is asked any more. */
function decide(base: Flow, mine: Flow, theirs: Flow, side: Side): Merged {
  const choices = new Map<string, Side>();
  for (;;) {
    const merged = merge(base, mine, theirs, choices);
    const open = merged.conflicts.filter((c) => !choices.has(c.id));
    if (open.length === 0) return merged;
    for (const c of open) choices.set(c.id, side);
  }
}

function rounds(check: (base: Flow, mine: Flow, theirs: Flow, seed: number) => void): void {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const dice = new Dice(seed);
    const base = randomFlow(dice);
    const mine = randomEdits(base, dice, "me", 2 + dice.roll(10));
    const theirs = randomEdits(base, dice, "lead", 2 + dice.roll(10));
    check(base, mine, theirs, seed);
  }
}

describe("merging random edits", () => {
  it("loses no edit of either side that it does not ask for", () => {
    let conflicts = 0;
    rounds((base, mine, theirs, seed) => {
      const merged = merge(base, mine, theirs);
      conflicts += merged.conflicts.length;
      const now = facts(merged.flow);
      for (const [side, other] of [
        [mine, theirs],
        [theirs, mine],
      ] as const)
        for (const [path, value] of changed(base, side))
          if (counts(path, other) && !same(now.get(path), value))
            expect(asked(path, merged.conflicts), `seed ${seed}: ${path} is lost`).toBe(true);
    });
    expect(conflicts).toBeGreaterThan(ROUNDS / 3);
  });

  it("does what one chooses: all mine holds every edit of mine, all theirs every one of theirs", () => {
    rounds((base, mine, theirs, seed) => {
      for (const [side, own, other] of [
        ["mine", mine, theirs],
        ["theirs", theirs, mine],
      ] as const) {
        const now = facts(decide(base, mine, theirs, side).flow);
        for (const [path, value] of changed(base, own))
          if (counts(path, other)) expect(now.get(path), `seed ${seed}: ${path}, ${side}`).toEqual(value);
      }
    });
  });

  it("takes what one side alone changed as it is", () => {
    rounds((base, mine) => {
      for (const merged of [merge(base, mine, base), merge(base, base, mine), merge(base, mine, mine)]) {
        expect(merged.conflicts).toEqual([]);
        expect(encodeFlow(merged.flow)).toBe(encodeFlow(mine));
      }
    });
  });

  it("is the same from both sides", () => {
    rounds((base, mine, theirs, seed) => {
      const [here, there] = [merge(base, mine, theirs), merge(base, theirs, mine)];
      const ids = (m: Merged) => m.conflicts.map((c) => c.id).sort();
      expect(ids(here), `seed ${seed}`).toEqual(ids(there));
      expect(sets(here.flow), `seed ${seed}`).toEqual(sets(there.flow));
      for (const c of here.conflicts) {
        const turned = there.conflicts.find((d) => d.id === c.id);
        expect([turned?.mine, turned?.theirs], `seed ${seed}: ${c.id}`).toEqual([c.theirs, c.mine]);
      }
    });
  });

  it("always gives a sound document, whatever is chosen", () => {
    rounds((base, mine, theirs, seed) => {
      for (const merged of [
        merge(base, mine, theirs),
        decide(base, mine, theirs, "mine"),
        decide(base, mine, theirs, "theirs"),
      ]) {
        const { flow, problems } = decodeFlow(encodeFlow(merged.flow));
        expect(flow, `seed ${seed}`).toBeDefined();
        expect([...problems, ...validateFlow(merged.flow)], `seed ${seed}`).toEqual([]);
        soundGroups(merged.flow, seed);
      }
    });
  });
});

/** A node is in one group at most, the nodes of a group lie in one container, and no group is empty. */
function soundGroups(flow: Flow, seed: number): void {
  const { groups = [] } = flow as unknown as { groups?: { nodes: string[] }[] };
  const members = groups.flatMap((g) => g.nodes);
  expect(new Set(members).size, `seed ${seed}`).toBe(members.length);
  for (const { nodes } of groups) {
    expect(nodes.length, `seed ${seed}`).toBeGreaterThan(0);
    expect(new Set(nodes.map((id) => nodeById(flow, id)?.parent)).size, `seed ${seed}`).toBe(1);
    expect(
      nodes.every((id) => nodeById(flow, id) !== undefined),
      `seed ${seed}`,
    ).toBe(true);
  }
}

const at = (id: string, more: Partial<FlowNode> = {}): FlowNode => ({
  ...{ id, type: "core.set", position: [0, 0] },
  ...more,
});
const flow = (more: Partial<Flow>): Flow => ({ ...emptyFlow("F"), ...more });

describe("merging", () => {
  it("keeps both of two new nodes with one id, and what refers to mine follows", () => {
    const base = flow({ nodes: [at("a")], edges: [] });
    const mine = flow({
      nodes: [at("a"), at("set", { with: { x: 1 } }), at("b", { with: { v: "{{ steps.set.output.x }}" } })],
      edges: [
        { from: "a", to: "set" },
        { from: "set", to: "b" },
      ],
      output: "{{ steps.set.output }}",
    });
    const theirs = flow({
      nodes: [at("a"), at("set", { with: { x: 2 } })],
      edges: [{ from: "a", to: "set" }],
    });
    const merged = merge(base, mine, theirs);
    expect(merged.conflicts).toEqual([]);
    expect([...merged.renamed]).toEqual([["set", "set_2"]]);
    expect(nodeById(merged.flow, "set")?.with).toEqual({ x: 2 });
    expect(nodeById(merged.flow, "set_2")?.with).toEqual({ x: 1 });
    expect(nodeById(merged.flow, "b")?.with).toEqual({ v: "{{ steps.set_2.output.x }}" });
    expect(merged.flow.output).toBe("{{ steps.set_2.output }}");
    expect(merged.flow.edges.map(edgeId).sort()).toEqual(["a.out>set", "a.out>set_2", "set_2.out>b"]);
  });

  it("knows a node again that one side gave another id and moved, and takes the edit of the other", () => {
    const was = at("old", { name: "Look", with: { a: 1, b: 2 } });
    const mine = flow({ nodes: [{ ...was, id: "now", position: [400, 0] }] });
    const theirs = flow({ nodes: [{ ...was, with: { a: 1, b: 9 } }] });
    const merged = merge(flow({ nodes: [was] }), mine, theirs);
    expect(merged.conflicts).toEqual([]);
    expect(merged.flow.nodes).toEqual([{ ...was, id: "now", position: [400, 0], with: { a: 1, b: 9 } }]);
  });

  it("never puts an edit on a node that only resembles the one that was removed: it asks for that one", () => {
    const act = (id: string, fields: Partial<Record<string, Json>>, more: Partial<FlowNode> = {}) =>
      at(id, { with: { tenant: "acme", mode: "full", days: 3, ...fields } as JsonObject, ...more });
    const of = (node: FlowNode) =>
      flow({ nodes: [at("first", { position: [0, -100] }), node], edges: [{ from: "first", to: node.id }] });
    const base = of(act("isolate", { host: "dc-1" }));
    const mine = of(act("release", { host: "laptop-7" }, { position: [300, 0] }));
    const theirs = of(act("isolate", { host: "dc-1", days: 30 }));
    const merged = merge(base, mine, theirs);
    expect(merged.conflicts).toMatchObject([{ id: "node/isolate", kind: "deleted" }]);
    expect(nodeById(merged.flow, "release")?.with).toMatchObject({ days: 3, host: "laptop-7" });
    expect(nodeById(decide(base, mine, theirs, "mine").flow, "isolate")).toBeUndefined();
    expect(nodeById(decide(base, mine, theirs, "theirs").flow, "isolate")?.with).toMatchObject({ days: 30 });
  });

  it("asks once for a container that was removed with what the other edited in it", () => {
    const inside = at("look", { parent: "each" });
    const base = flow({ nodes: [at("each", { type: "core.foreach" }), inside] });
    const mine = flow({ nodes: [] });
    const theirs = flow({
      nodes: [at("each", { type: "core.foreach" }), { ...inside, name: "Look it up" }],
    });
    const { conflicts } = merge(base, mine, theirs);
    expect(conflicts).toMatchObject([{ id: "node/each", kind: "deleted", shown: ["each", "look"] }]);
    const choose = (side: Side) => merge(base, mine, theirs, new Map([["node/each", side]])).flow.nodes;
    expect(choose("mine")).toEqual([]);
    expect(choose("theirs")).toEqual(theirs.nodes);
  });

  it("keeps a node that was removed if the other drew a wire to it", () => {
    const base = flow({ nodes: [at("a"), at("b")] });
    const mine = flow({ nodes: [at("a")] });
    const theirs = flow({ nodes: [at("a"), at("b")], edges: [{ from: "a", to: "b" }] });
    expect(merge(base, mine, theirs).conflicts).toMatchObject([
      { id: "node/b", mine: undefined, theirs: { id: "b", wires: ["a → b"] } },
    ]);
  });

  it("keeps the wire between two nodes of which each removed one, if both nodes stay", () => {
    const edges = [{ from: "a", to: "b" }];
    const base = flow({ nodes: [at("a"), at("b")], edges });
    const mine = flow({ nodes: [at("b", { name: "Mine" })] });
    const theirs = flow({ nodes: [at("a", { name: "Theirs" })] });
    const choices = new Map<string, Side>([
      ["node/a", "theirs"],
      ["node/b", "mine"],
    ]);
    expect(merge(base, mine, theirs, choices).flow.edges).toEqual(edges);
  });

  it("merges the parameters of one node field by field", () => {
    const of = (w: Record<string, number>) => flow({ nodes: [at("a", { with: w })] });
    const merged = merge(of({ x: 1, y: 1 }), of({ x: 2, y: 1 }), of({ x: 1, y: 3, z: 4 }));
    expect(merged.conflicts).toEqual([]);
    expect(nodeById(merged.flow, "a")?.with).toEqual({ x: 2, y: 3, z: 4 });
    const both = merge(of({ x: 1 }), of({ x: 2 }), of({ x: 3 }));
    expect(both.conflicts).toMatchObject([{ pointer: "/with/x", base: 1, mine: 2, theirs: 3 }]);
  });

  it("asks once for all that both moved, and not for what one moved", () => {
    const of = (...places: [number, number][]) =>
      flow({ nodes: places.map((position, i) => at(`n${i}`, { position })) });
    const merged = merge(of([0, 0], [0, 0], [0, 0]), of([1, 0], [1, 0], [1, 0]), of([2, 0], [2, 0], [0, 0]));
    expect(merged.conflicts).toMatchObject([{ id: "layout", shown: ["n0", "n1"] }]);
    expect(nodeById(merged.flow, "n2")?.position).toEqual([1, 0]);
  });

  it("asks with the layout which group a node is in that each put into another", () => {
    const of = (groups: Record<string, string[]>) =>
      ({
        ...flow({ nodes: [at("a"), at("b"), at("c")] }),
        groups: Object.entries(groups).map(([id, nodes]) => ({ id, nodes })),
      }) as unknown as Flow;
    const [base, mine, theirs] = [of({}), of({ g: ["a", "b"] }), of({ h: ["b", "c"] })];
    expect(merge(base, mine, theirs).conflicts).toMatchObject([{ id: "layout", shown: ["b"] }]);
    const { groups } = decide(base, mine, theirs, "theirs").flow as unknown as { groups: unknown };
    expect(groups).toEqual([
      { id: "g", nodes: ["a"] },
      { id: "h", nodes: ["b", "c"] },
    ]);
  });

  it("gives another id to a note that has that of a new node", () => {
    const note = { id: "x", text: "t", position: [0, 0] as [number, number] };
    const merged = merge(flow({}), flow({ notes: [note] }), flow({ nodes: [at("x")] }));
    expect([merged.flow.nodes[0]?.id, merged.flow.notes?.[0]?.id]).toEqual(["x", "x_2"]);
  });

  it("asks which wires hold where those of both go in a circle", () => {
    const nodes = [at("a"), at("b")];
    const mine = flow({ nodes, edges: [{ from: "a", to: "b" }] });
    const theirs = flow({ nodes, edges: [{ from: "b", to: "a" }] });
    expect(merge(flow({ nodes }), mine, theirs).conflicts).toMatchObject([
      { kind: "circle", mine: ["a → b"], theirs: ["b → a"] },
    ]);
    expect(decide(flow({ nodes }), mine, theirs, "mine").flow.edges).toEqual(mine.edges);
  });

  it("asks where a node is that one put into a container and the other wired outside", () => {
    const nodes = [at("a"), at("b"), at("each", { type: "core.foreach" })];
    const mine = flow({ nodes: [at("a"), at("b", { parent: "each" }), nodes[2] as FlowNode] });
    const theirs = flow({ nodes, edges: [{ from: "a", to: "b" }] });
    expect(merge(flow({ nodes }), mine, theirs).conflicts).toMatchObject([
      { id: "node/b/place", mine: { parent: "each" }, theirs: { wires: ["a → b"] } },
    ]);
  });

  it("asks where containers are that were put into one another", () => {
    const box = (id: string, parent?: string) =>
      at(id, { type: "core.foreach", ...(parent === undefined ? {} : { parent }) });
    const base = flow({ nodes: [box("a"), box("b")] });
    const mine = flow({ nodes: [box("a", "b"), box("b")] });
    const theirs = flow({ nodes: [box("a"), box("b", "a")] });
    expect(merge(base, mine, theirs).conflicts).toMatchObject([
      { kind: "circle", mine: { a: "b" }, theirs: { b: "a" } },
    ]);
    expect(decide(base, mine, theirs, "theirs").flow.nodes).toEqual(theirs.nodes);
  });

  it("keeps a pin and an alias that one removed and the other began to use", () => {
    const base = flow({ connectors: { email: "1.0.0" }, credentials: { key: { type: "t" } } });
    const mine = flow({});
    const theirs = flow({
      ...base,
      nodes: [at("p", { type: "email.parse", credential: "key" })],
    });
    expect(merge(base, mine, theirs).flow).toMatchObject({
      connectors: { email: "1.0.0" },
      credentials: { key: { type: "t" } },
    });
  });

  it("keeps groups, whose members are a set, and forgets members that are gone", () => {
    const of = (nodes: string[], members: string[]) =>
      ({
        ...flow({ nodes: nodes.map((id) => at(id)) }),
        groups: [{ id: "g", nodes: members }],
      }) as unknown as Flow;
    const merged = merge(of(["a", "b", "c"], ["a"]), of(["a", "b", "c"], ["a", "b"]), of(["b", "c"], ["c"]));
    const [group] = (merged.flow as unknown as { groups: { nodes: string[] }[] }).groups;
    expect(group?.nodes.sort()).toEqual(["b", "c"]);
    expect(merged.flow.edges.every((e) => edgeSource(e).node !== "a")).toBe(true);
  });
});
