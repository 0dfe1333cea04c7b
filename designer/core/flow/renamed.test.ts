import { describe, expect, it } from "vitest";
import { emptyFlow, type Flow, type FlowEdge, type FlowNode } from "./document";
import { likelyRenamesOf, renamesOf } from "./renamed";

const set = (id: string, more: Partial<FlowNode> = {}): FlowNode => ({
  ...{ id, type: "core.set", position: [0, 0], with: { a: 1, b: 2, c: 3 } },
  ...more,
});
const flow = (nodes: FlowNode[], edges: FlowEdge[] = []): Flow => ({ ...emptyFlow("Renamed"), nodes, edges });
const wired = (from: string, to: string): FlowEdge => ({ from, to });
const found = (before: Flow, after: Flow) => Object.fromEntries(likelyRenamesOf(before, after));

describe("a node that is called by another id", () => {
  const moved = { position: [400, 0] as [number, number] };

  it("is known by most of its parameters where it has no name, was moved and edited", () => {
    const edited = set("new", { ...moved, with: { a: 1, b: 2, c: "else" } });
    expect(found(flow([set("old")]), flow([edited]))).toEqual({ old: "new" });
    // Of its wires some have to be left, and it lies where it lay.
    const end = set("end", { type: "core.stop" });
    const before = flow([set("old"), end], [wired("old", "end")]);
    expect(found(before, flow([edited, end], [wired("new", "end")]))).toEqual({ old: "new" });
    expect(found(before, flow([edited, end]))).toEqual({});
    const each = set("each", { type: "core.foreach" });
    expect(found(flow([set("old"), each]), flow([{ ...edited, parent: "each" }, each]))).toEqual({});
  });

  it("is known by its wires, where its parameters say little", () => {
    const ends = [set("first", { type: "core.code" }), set("last", { type: "core.stop" })];
    const plain = (id: string, more: Partial<FlowNode>) => set(id, { with: { a: 1 }, ...more });
    const before = flow([...ends, plain("old", {})], [wired("first", "old"), wired("old", "last")]);
    const wires = [wired("new", "last"), wired("first", "new")];
    expect(found(before, flow([...ends, plain("new", moved)], wires))).toEqual({ old: "new" });
    expect(found(before, flow([...ends, plain("new", moved)], wires.slice(1)))).toEqual({});
    // Another in its stead is another.
    expect(found(before, flow([...ends, plain("new", { ...moved, with: { a: 2 } })], wires))).toEqual({});
  });

  it("is another where it does something else, or was given another name", () => {
    const before = flow([set("old", { name: "Look" })]);
    expect(found(before, flow([set("new", { ...moved, name: "Block" })]))).toEqual({});
    expect(found(before, flow([set("new", { ...moved, with: { d: 1 } })]))).toEqual({});
    expect(found(before, flow([set("new", { ...moved, type: "core.code" })]))).toEqual({});
  });

  it("is never guessed where two could be it, or it could be of two", () => {
    const edited = (id: string, x: number) => set(id, { position: [x, 0], with: { a: 1, b: 2, c: 4 } });
    expect(found(flow([set("old")]), flow([edited("one", 400), edited("two", 800)]))).toEqual({});
    expect(
      found(flow([set("old"), set("older", { position: [0, 400] })]), flow([edited("new", 800)])),
    ).toEqual({});
    const copies = [set("one", { ...moved, name: "Look" }), set("two", { position: [800, 0], name: "Look" })];
    expect(found(flow([set("old", { name: "Look" })]), flow(copies))).toEqual({});
  });

  it("is surely the same only in its place, or with its name and all of its parameters", () => {
    const sure = (before: Flow, after: Flow) => Object.fromEntries(renamesOf(before, after));
    const before = flow([set("old", { name: "Look" })]);
    expect(sure(before, flow([set("new", { with: { d: 1 }, name: "Look" })]))).toEqual({ old: "new" });
    expect(sure(before, flow([set("new", { ...moved, name: "Look" })]))).toEqual({ old: "new" });
    // Another may have been drawn in its stead, with most of what it had.
    const another = flow([set("new", { ...moved, with: { a: 1, b: 2, c: 4 } })]);
    expect([sure(flow([set("old")]), another), found(flow([set("old")]), another)]).toEqual([
      {},
      { old: "new" },
    ]);
  });

  /** Two flows of many nodes that all differ, and how often the search read what they hold. */
  function work(n: number) {
    let reads = 0;
    const counted = <T extends object>(part: T): T =>
      new Proxy(part, {
        get(of, key) {
          reads++;
          return Reflect.get(of, key);
        },
      });
    const all = (of: string, y: number) =>
      flow(
        Array.from({ length: n }, (_, i) =>
          set(`${of}${i}`, { position: [i, y], with: counted({ a: i, b: of, c: y }) }),
        ),
        Array.from({ length: n - 1 }, (_, i) => counted(wired(`${of}${i}`, `${of}${i + 1}`))),
      );
    const renamed = found(all("a", 0), all("b", 1));
    return { reads, renamed };
  }

  it("is looked for with work that grows with the nodes, and given up where too many could be it", () => {
    const [some, more, many] = [work(40), work(80), work(400)];
    expect(more.reads).toBeLessThan(some.reads * 2.5);
    expect(many.reads).toBeLessThan(some.reads * 25);
    // The same nodes are found in few pairs, and count as removed and added in many.
    const all = (n: number, of: string, y: number) =>
      flow(
        Array.from({ length: n }, (_, i) =>
          set(`${of}${i}`, { position: [i, y], with: { i, a: 1, b: `${i}` } }),
        ),
      );
    expect(Object.keys(found(all(50, "a", 0), all(50, "b", 1)))).toHaveLength(50);
    expect(found(all(101, "a", 0), all(101, "b", 1))).toEqual({});
  });
});
