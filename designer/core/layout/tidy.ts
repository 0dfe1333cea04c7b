import { Graph, layout } from "@dagrejs/dagre";
import { leadsTo } from "../flow/reach";
import { CONTAINER_HEAD, CONTAINER_PAD, CONTAINER_SIZE, GAP_X, type Rect, snap } from "./geometry";

/** What is laid out: sizes and wires alone, so that a worker can be sent it. */
export interface TidyInput {
  parts: TidyPart[];
  /** Wires between parts of one container, in the order of their ports. */
  wires: [from: string, to: string][];
  /** What lies still beside them, in the coordinates of its container. */
  others: (Rect & { parent: string | undefined })[];
}

interface TidyPart {
  id: string;
  parent?: string;
  x: number;
  y: number;
  width: number;
  height: number;
  container: boolean;
  /** Where its input is, from its top: inputs are brought to one line, so that wires are straight. */
  line: number;
}

/** Where parts go, and how large the containers among them become. */
export interface TidyResult {
  places: [id: string, x: number, y: number][];
  sizes: [id: string, width: number, height: number][];
}

const NODE_GAP = 36;
const RANK_GAP = GAP_X + 16;

/**
 * Lays a flow out from the left to the right, containers from the inside out. What was
 * the upper left corner of each part that is laid out stays where it is, and covers
 * nothing that isn't.
 */
export function tidy(input: TidyInput): TidyResult {
  const result: TidyResult = { places: [], sizes: [] };
  const ids = new Set(input.parts.map((p) => p.id));
  const inside = new Map<string | undefined, TidyPart[]>();
  for (const part of input.parts) inside.set(part.parent, [...(inside.get(part.parent) ?? []), part]);
  // Places are relative to the container: parts of several are several layouts.
  for (const parent of inside.keys())
    if (parent === undefined || !ids.has(parent)) arrange(parent, inside, input, result, true);
  return result;
}

function arrange(
  parent: string | undefined,
  inside: ReadonlyMap<string | undefined, TidyPart[]>,
  input: TidyInput,
  result: TidyResult,
  outermost: boolean,
): [width: number, height: number] {
  const parts = inside.get(parent) ?? [];
  const sized = parts.map((part) => {
    if (!part.container || !inside.has(part.id)) return part;
    const [width, height] = arrange(part.id, inside, input, result, false);
    result.sizes.push([part.id, width, height]);
    return { ...part, width, height, line: Math.round(height / 2) }; // as a container's input lies
  });
  const corner = outermost ? cornerOf(parts) : ([CONTAINER_PAD, CONTAINER_HEAD + 16] as const);
  const placed = place(sized, input.wires).map((p) => ({ ...p, x: p.x + corner[0], y: p.y + corner[1] }));
  const down = outermost
    ? clearOf(
        placed,
        input.others.filter((o) => o.parent === parent),
      )
    : 0;
  let right = 0;
  let bottom = 0;
  for (const { part, x, y } of placed) {
    result.places.push([part.id, snap(x), snap(y + down)]);
    right = Math.max(right, x + part.width);
    bottom = Math.max(bottom, y + part.height);
  }
  return [
    snap(Math.max(right + CONTAINER_PAD, CONTAINER_SIZE[0] / 2)),
    snap(Math.max(bottom + CONTAINER_PAD + 12, CONTAINER_SIZE[1] / 2)),
  ];
}

/** How far a layout goes down so that it covers nothing that lies still. */
function clearOf(
  placed: readonly { part: TidyPart; x: number; y: number }[],
  others: readonly Rect[],
): number {
  let down = 0;
  for (let tries = 0; tries < 200; tries++) {
    let by = 0;
    for (const { part, x, y } of placed)
      for (const o of others)
        if (
          x < o.x + o.width + NODE_GAP &&
          o.x < x + part.width + NODE_GAP &&
          y + down < o.y + o.height + NODE_GAP / 2 &&
          o.y < y + down + part.height + NODE_GAP / 2
        )
          by = Math.max(by, o.y + o.height + NODE_GAP - (y + down));
    if (by <= 0) return down;
    down += by;
  }
  return down;
}

function cornerOf(parts: readonly TidyPart[]): readonly [number, number] {
  return [Math.min(...parts.map((p) => p.x)), Math.min(...parts.map((p) => p.y))];
}

/** The layout of one level, with its corner at 0, 0. */
function place(parts: readonly TidyPart[], wires: TidyInput["wires"]) {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: NODE_GAP, ranksep: RANK_GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  // The order in which they are given settles what lies above what: as it was drawn.
  for (const part of [...parts].sort((a, b) => a.y - b.y || a.x - b.x))
    graph.setNode(part.id, { width: part.width, height: 2 * Math.max(part.line, part.height - part.line) });
  for (const [from, to] of wires) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  layout(graph, { constraints: portOrder(parts, wires) });
  const placed = parts.map((part) => {
    const node = graph.node(part.id) as { x: number; y: number };
    return { part, x: node.x - part.width / 2, y: node.y - part.line };
  });
  const x = Math.min(...placed.map((p) => p.x));
  const y = Math.min(...placed.map((p) => p.y));
  return placed.map((p) => ({ ...p, x: p.x - x, y: p.y - y }));
}

/** What follows an upper port of a node is to lie above what follows a lower one, as far as that is one order. */
function portOrder(parts: readonly TidyPart[], wires: TidyInput["wires"]) {
  const here = new Set(parts.map((p) => p.id));
  const followers = new Map<string, string[]>();
  for (const [from, to] of wires)
    if (here.has(from) && here.has(to)) followers.set(from, [...(followers.get(from) ?? []), to]);
  const below = new Map<string, string[]>();
  const constraints: { left: string; right: string }[] = [];
  for (const targets of followers.values()) {
    for (const [i, right] of targets.entries()) {
      const left = targets[i - 1];
      if (left === undefined || left === right || leadsTo(below, right, left)) continue;
      below.set(left, [...(below.get(left) ?? []), right]);
      constraints.push({ left, right });
    }
  }
  return constraints;
}
