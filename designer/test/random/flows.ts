/** Makes sound flows and random edits of them, for tests: always the same for a seed. */

import type { Flow, FlowNode, Json, JsonObject, Point } from "@/core/flow/document";
import { descendants, edgeId, edgeSource, emptyFlow, isContainer } from "@/core/flow/document";

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to, but not, n. */
  roll(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.roll(list.length)];
  }

  point(): Point {
    return [this.roll(50) * 16, this.roll(50) * 16];
  }
}

type Loose = Flow & { groups?: { id: string; name: string; nodes: string[] }[] };

export function randomFlow(dice: Dice): Flow {
  const flow: Loose = {
    ...emptyFlow("Base"),
    id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11",
    vars: { a: 1, b: "x" },
    labels: ["one", "two"],
    limits: { concurrency: 2 },
    groups: [],
  };
  for (let i = 0; i < 2 + dice.roll(5); i++) addNode(flow, dice, `n${i}`);
  for (let i = 0; i < 6; i++) addEdge(flow, dice);
  flow.notes = [{ id: "note0", text: "hello", position: [0, 0] }];
  flow.groups = [{ id: "g0", name: "Group", nodes: flow.nodes.slice(0, 3).map((n) => n.id) }];
  settleGroups(flow);
  return flow;
}

function addNode(flow: Flow, dice: Dice, id: string): void {
  const container = dice.roll(4) === 0;
  const parent = dice.roll(3) === 0 ? dice.pick(containers(flow)) : undefined;
  flow.nodes.push({
    ...{ id, type: container ? "core.foreach" : "core.set", position: dice.point() },
    ...(container ? { size: [480, 200] as Point } : { with: { x: dice.roll(9), y: "{{ vars.a }}" } }),
    ...(parent === undefined ? {} : { parent: parent.id }),
  });
}

const containers = (flow: Flow) => flow.nodes.filter((n) => n.type === "core.foreach" && depth(flow, n) < 5);

function depth(flow: Flow, node: FlowNode): number {
  const above = flow.nodes.find((n) => n.id === node.parent);
  return above === undefined ? 0 : depth(flow, above) + 1;
}

function reaches(flow: Flow, from: string, to: string): boolean {
  if (from === to) return true;
  return flow.edges.some((e) => edgeSource(e).node === from && reaches(flow, e.to, to));
}

function addEdge(flow: Flow, dice: Dice): void {
  const [a, b] = [dice.pick(flow.nodes), dice.pick(flow.nodes)];
  if (a === undefined || b === undefined || a.parent !== b.parent || reaches(flow, b.id, a.id)) return;
  const edge = { from: dice.roll(4) === 0 ? `${a.id}.error` : a.id, to: b.id };
  if (!flow.edges.some((e) => edgeId(e) === edgeId(edge))) flow.edges.push(edge);
}

function removeNode(flow: Loose, id: string): void {
  const gone = new Set([id, ...descendants(flow, id)]);
  flow.nodes = flow.nodes.filter((n) => !gone.has(n.id));
  flow.edges = flow.edges.filter((e) => !gone.has(edgeSource(e).node) && !gone.has(e.to));
  for (const note of flow.notes ?? []) if (gone.has(note.parent ?? "")) delete note.parent;
  for (const group of flow.groups ?? []) group.nodes = group.nodes.filter((n) => !gone.has(n));
}

function leaveGroups(flow: Loose, id: string): void {
  for (const group of flow.groups ?? []) group.nodes = group.nodes.filter((n) => n !== id);
}

/** As the editor does after each change. */
function settleGroups(flow: Loose): void {
  const parents = new Map(flow.nodes.map((n) => [n.id, n.parent]));
  for (const group of flow.groups ?? []) {
    const home = parents.get(group.nodes[0] ?? "");
    group.nodes = group.nodes.filter((n) => parents.has(n) && parents.get(n) === home);
  }
  flow.groups = flow.groups?.filter((g) => g.nodes.length > 0) ?? [];
}

function moveInto(flow: Flow, node: FlowNode, dice: Dice): void {
  const banned = new Set([node.id, ...descendants(flow, node.id)]);
  const into = dice.pick([undefined, ...containers(flow).filter((c) => !banned.has(c.id))]);
  if (into === undefined) delete node.parent;
  else node.parent = into.id;
  node.position = dice.point();
  const parents = new Map(flow.nodes.map((n) => [n.id, n.parent]));
  flow.edges = flow.edges.filter((e) => parents.get(edgeSource(e).node) === parents.get(e.to));
}

type Edit = (flow: Loose, dice: Dice, name: string) => void;

const onNode =
  (edit: (node: FlowNode, dice: Dice, name: string, flow: Loose) => void): Edit =>
  (flow, dice, name) => {
    const node = dice.pick(flow.nodes);
    if (node !== undefined) edit(node, dice, name, flow);
  };

const set = (node: FlowNode, key: string, value: Json) => {
  node.with = { ...node.with, [key]: value } as JsonObject;
};

const EDITS: Edit[] = [
  onNode((n, _, name) => {
    n.name = `Called by ${name}`;
  }),
  onNode((n, dice, name) => set(n, dice.pick(["x", "y", "z"]) ?? "x", `${name} ${dice.roll(3)}`)),
  onNode((n, dice) => set(n, "nested", { deep: [dice.roll(3)] })),
  onNode((n) => {
    const { x: _, ...rest } = n.with ?? {};
    n.with = rest;
  }),
  onNode((n, dice) => {
    if (n.type === "core.set") n.retry = { attempts: 2 + dice.roll(3) };
  }),
  onNode((n) => {
    n.disabled = true;
  }),
  onNode((n) => {
    if (isContainer(n.type)) n.collapsed = true;
  }),
  onNode((n, dice) => {
    n.position = dice.point();
  }),
  onNode((n, dice) => {
    if (n.size) n.size = [480 + dice.roll(20), 200 + dice.roll(20)];
  }),
  onNode((n, _dice, _name, flow) => removeNode(flow, n.id)),
  onNode((n, dice, _name, flow) => moveInto(flow, n, dice)),
  (flow, dice, name) => addNode(flow, dice, `${name}_${flow.nodes.length}_${dice.roll(99)}`),
  addEdge,
  addEdge,
  (flow, dice) => {
    const gone = dice.pick(flow.edges);
    flow.edges = flow.edges.filter((e) => e !== gone);
  },
  (flow, _, name) => {
    for (const note of flow.notes ?? []) note.text = `${note.text} ${name}`;
  },
  (flow) => {
    flow.notes = flow.notes?.slice(1) ?? [];
  },
  (flow, dice, name) => {
    flow.notes = [...(flow.notes ?? []), { id: `${name}_${dice.roll(9999)}`, text: name, position: [0, 0] }];
  },
  (flow, dice) => {
    const note = dice.pick(flow.notes ?? []);
    const parent = dice.pick(containers(flow));
    if (note && parent) note.parent = parent.id;
  },
  (flow, dice, name) => {
    flow.vars = { ...flow.vars, [dice.pick(["a", "b", name]) ?? "a"]: `${name} ${dice.roll(3)}` };
  },
  (flow) => {
    const { b: _, ...rest } = flow.vars ?? {};
    flow.vars = rest;
  },
  (flow, _, name) => {
    flow.name = name;
  },
  (flow, _, name) => {
    flow.labels = [...(flow.labels ?? []).slice(1), name];
  },
  (flow, dice) => {
    flow.output = { v: dice.roll(5) };
  },
  (flow, dice) => {
    flow.limits = { ...flow.limits, keep: `${1 + dice.roll(9)}d` };
  },
  (flow, dice) => {
    const [group, node] = [dice.pick(flow.groups ?? []), dice.pick(flow.nodes)];
    if (!group || !node) return;
    leaveGroups(flow, node.id);
    group.nodes.push(node.id);
  },
  (flow, dice, name) => {
    const node = dice.pick(flow.nodes);
    if (!node) return;
    leaveGroups(flow, node.id);
    flow.groups = [...(flow.groups ?? []), { id: `${name}_g${dice.roll(999)}`, name, nodes: [node.id] }];
  },
];

/** What somebody makes of a flow by a number of edits; new parts have ids of their own. */
export function randomEdits(flow: Flow, dice: Dice, name: string, edits: number): Flow {
  const made = structuredClone(flow);
  for (let i = 0; i < edits; i++) {
    dice.pick(EDITS)?.(made, dice, name);
    settleGroups(made);
  }
  return made;
}
