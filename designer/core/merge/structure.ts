import type { Flow, FlowEdge, FlowNode, Json, JsonObject } from "../flow/document";
import { edgeId, edgeSource, isContainer, nodeById } from "../flow/document";
import { same } from "../flow/same";
import { absolutePosition } from "../layout/geometry";
import { type Part, placeOf } from "./parts";
import { type Questions, type Side, type Three, three } from "./values";

/** What two documents that are sound may not be together: circles, wires through walls, lost containers. */

const OTHER: Record<Side, Side> = { mine: "theirs", theirs: "mine" };
const asPart = (node: FlowNode): Part => node as unknown as Part;

/** A document on its way, with what it comes from. */
export interface Joined {
  nodes: FlowNode[];
  edges: FlowEdge[];
  from: Three<Flow>;
  questions: Questions;
}

function byId(nodes: readonly FlowNode[]): Map<string, FlowNode> {
  return new Map(nodes.map((n) => [n.id, n]));
}

/** Puts a node where a document has it. */
function placeAs(joined: Joined, id: string, flow: Flow): void {
  const like = nodeById(flow, id);
  if (like === undefined) return;
  joined.nodes = joined.nodes.map((n) => {
    if (n.id !== id) return n;
    const { parent: _, position: __, ...rest } = n;
    return { ...rest, ...placeOf(asPart(like)) } as unknown as FlowNode;
  });
}

/** Containers that each side put into the other's: together neither is anywhere. */
export function untangleContainers(joined: Joined): void {
  for (let tries = joined.nodes.length; tries > 0; tries--) {
    const circle = circleOfParents(joined.nodes);
    if (circle.length === 0) return;
    const { from, questions } = joined;
    const moved = (side: Side) =>
      Object.fromEntries(
        circle.flatMap((id) => {
          const parent = nodeById(from[side], id)?.parent;
          return parent === nodeById(from.base, id)?.parent ? [] : [[id, parent ?? null] as [string, Json]];
        }),
      );
    const side = questions.ask({
      ...{ id: `nest/${[...circle].sort().join("+")}`, kind: "circle", what: "node" },
      ...{ part: circle[0] ?? "", pointer: "/parent", shown: circle },
      ...{ base: undefined, mine: moved("mine"), theirs: moved("theirs") },
    });
    for (const id of circle) placeAs(joined, id, from[side ?? "base"]);
    if (same([...circle].sort(), [...circleOfParents(joined.nodes)].sort())) {
      joined.nodes = joined.nodes.map((n) => (n.id === circle[0] ? detached(n, n.position) : n));
    }
  }
}

function circleOfParents(nodes: readonly FlowNode[]): string[] {
  const all = byId(nodes);
  for (const node of nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const seen: string[] = [];
    let at: FlowNode | undefined = node;
    while (at !== undefined && !seen.includes(at.id)) {
      seen.push(at.id);
      at = at.parent === undefined ? undefined : all.get(at.parent);
    }
    if (at !== undefined) return seen.slice(seen.indexOf(at.id));
  }
  return [];
}

function detached<T extends { parent?: string; position: [number, number] }>(
  part: T,
  position: [number, number],
): T {
  const { parent: _, ...rest } = part;
  return { ...(rest as T), position };
}

/** A part whose container is gone lies where a side has it, or else on the canvas where it was seen. */
export function rehouse<T extends { id: string; parent?: string; position: [number, number] }>(
  parts: readonly T[],
  nodes: readonly FlowNode[],
  from: Three<Flow>,
  of: (flow: Flow, id: string) => T | undefined,
): T[] {
  const all = byId(nodes);
  const holds = (parent: string | undefined) =>
    parent === undefined || isContainer(all.get(parent)?.type ?? "");
  return parts.map((part) => {
    if (holds(part.parent)) return part;
    for (const flow of [from.theirs, from.mine, from.base]) {
      const like = of(flow, part.id);
      if (like === undefined || !holds(like.parent)) continue;
      const next = detached(part, like.position);
      return like.parent === undefined ? next : { ...next, parent: like.parent };
    }
    const seen = [from.mine, from.theirs].find((flow) => of(flow, part.id)?.parent === part.parent);
    return detached(part, absolutePosition(seen ?? from.base, part as unknown as FlowNode));
  });
}

/** Wires that one side drew to a node which the other put elsewhere, and wires to nothing. */
export function mendWires(joined: Joined): void {
  const crosses = (edge: FlowEdge, nodes: ReadonlyMap<string, FlowNode>) => {
    const [a, b] = [nodes.get(edgeSource(edge).node), nodes.get(edge.to)];
    return a === undefined || b === undefined ? undefined : (a.parent ?? "") !== (b.parent ?? "");
  };
  const nodes = byId(joined.nodes);
  const sides = { mine: byId(joined.from.mine.nodes), theirs: byId(joined.from.theirs.nodes) };
  const has = three(joined.from, (f) => new Set(f.edges.map(edgeId)));
  const holder = (edge: FlowEdge) =>
    (["theirs", "mine"] as const).find((s) => has[s].has(edgeId(edge)) && crosses(edge, sides[s]) === false);
  for (const edge of joined.edges.toSorted((a, b) => (edgeId(a) < edgeId(b) ? -1 : 1))) {
    if (crosses(edge, nodes) !== true) continue;
    const side = holder(edge);
    if (side === undefined) continue;
    const moved = [edgeSource(edge).node, edge.to].find(
      (id) => (nodes.get(id)?.parent ?? "") !== (sides[side].get(id)?.parent ?? ""),
    );
    if (moved === undefined) continue;
    placeAs(joined, moved, joined.from[askPlace(joined, moved) ?? OTHER[side]]);
  }
  const after = byId(joined.nodes);
  // What crossed a wall before is left for its author; what would only now does not go with what was chosen.
  joined.edges = joined.edges.filter((e) => {
    const crossing = crosses(e, after);
    return crossing === false || (crossing === true && holder(e) === undefined);
  });
}

function askPlace(joined: Joined, id: string): Side | undefined {
  const { from, questions } = joined;
  const was = new Set(from.base.edges.map(edgeId));
  const told = three(from, (flow): JsonObject => {
    const node = nodeById(flow, id);
    const wires = flow.edges.filter((e) => (edgeSource(e).node === id || e.to === id) && !was.has(edgeId(e)));
    return {
      parent: node?.parent ?? null,
      ...(wires.length === 0 ? {} : { wires: wires.map((e) => `${e.from} → ${e.to}`) }),
    };
  });
  const name = nodeById(from.theirs, id)?.name ?? nodeById(from.mine, id)?.name;
  return questions.ask({
    ...{ id: `node/${id}/place`, kind: "place", what: "node", part: id, pointer: "/parent", shown: [id] },
    ...(name === undefined ? {} : { name }),
    ...told,
  });
}

/** Wires of both sides that together go in a circle: those of one have to go. */
export function openCircles(joined: Joined): void {
  const { from, questions } = joined;
  if (circleOf(from.mine.edges).length > 0 || circleOf(from.theirs.edges).length > 0) return;
  const has = three(from, (f) => new Set(f.edges.map(edgeId)));
  for (let tries = joined.edges.length; tries > 0; tries--) {
    const circle = circleOf(joined.edges);
    if (circle.length === 0) return;
    const without = (side: Side) => circle.filter((e) => !has[side].has(edgeId(e)));
    const told = (side: Side): Json => without(OTHER[side]).map((e) => `${e.from} → ${e.to}`);
    const side = questions.ask({
      ...{ id: `circle/${circle.map(edgeId).sort().join("+")}`, kind: "circle", what: "edge" },
      ...{ part: circle.map(edgeId).sort()[0] ?? "", pointer: "", shown: circle.map((e) => e.to) },
      ...{ base: undefined, mine: told("mine"), theirs: told("theirs") },
    });
    // Undecided, the new wires of both are left out.
    const gone = new Set(side === undefined ? [...without("mine"), ...without("theirs")] : without(side));
    const drop = gone.size > 0 ? gone : new Set(circle.slice(0, 1));
    joined.edges = joined.edges.filter((e) => !drop.has(e));
  }
}

function circleOf(edges: readonly FlowEdge[]): FlowEdge[] {
  const next = new Map<string, FlowEdge[]>();
  // In an order of its own: which circle is found first must not depend on whose wires come first.
  for (const e of edges.toSorted((a, b) => (edgeId(a) < edgeId(b) ? -1 : 1))) {
    const { node } = edgeSource(e);
    next.set(node, [...(next.get(node) ?? []), e]);
  }
  const done = new Set<string>();
  for (const start of next.keys()) {
    const found = walk(start, next, done);
    if (found.length > 0) return found;
  }
  return [];
}

/** Depth first with a stack of its own: a chain of 2,000 nodes must not exhaust the engine's. */
function walk(start: string, next: ReadonlyMap<string, FlowEdge[]>, done: Set<string>): FlowEdge[] {
  if (done.has(start)) return [];
  const path: { id: string; at: number; by?: FlowEdge }[] = [{ id: start, at: 0 }];
  while (path.length > 0) {
    const top = path[path.length - 1];
    if (top === undefined) break;
    const edge = next.get(top.id)?.[top.at++];
    if (edge === undefined) {
      done.add(top.id);
      path.pop();
      continue;
    }
    const open = path.findIndex((p) => p.id === edge.to);
    if (open >= 0) return [...path.slice(open + 1).flatMap((p) => (p.by ? [p.by] : [])), edge];
    if (!done.has(edge.to)) path.push({ id: edge.to, at: 0, by: edge });
  }
  return [];
}
