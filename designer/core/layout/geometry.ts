import type { Catalog } from "../flow/catalog";
import type { Flow, FlowNode, FlowNote, Point } from "../flow/document";
import { isContainer, isOpen, nodeById, PORT_ERROR, PORT_OUT } from "../flow/document";

export const NODE_WIDTH = 208;
export const NODE_HEIGHT = 64;
export const CONTAINER_SIZE: Point = [480, 200];
const NOTE_SIZE: Point = [220, 96];
export const CONTAINER_HEAD = 48;
/** Room between a container's wall and the nodes inside. */
export const CONTAINER_PAD = 24;
/** Room between the frame of a group and its nodes; above them stands its head, below them what cards say of a run. */
export const GROUP_PAD = { x: 16, top: 44, bottom: 28 };
export const GAP_X = 48;
const GAP_Y = 40;
/** Each port is a target of its own, so they stand 24 pixels apart. */
const PORT_STEP = 24;
/** The first port with a name: below out, and below the type, so that neither covers the other. */
const PORT_TOP = NODE_HEIGHT / 2 + PORT_STEP;

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Ports that are written on the card: all but out, and error beside out. */
function namedPorts(ports: readonly string[]): string[] {
  return ports.filter((p) => p !== PORT_OUT && p !== PORT_ERROR);
}

export function nodeSize(node: FlowNode, catalog: Catalog): Point {
  if (isOpen(node)) return node.size ?? CONTAINER_SIZE;
  const ports = catalog.ports(node);
  const named = namedPorts(ports).length;
  if (named === 0) return [NODE_WIDTH, NODE_HEIGHT];
  return [NODE_WIDTH, Math.max(NODE_HEIGHT, PORT_TOP + PORT_STEP * named + 10)];
}

export function noteSize(note: FlowNote): Point {
  return note.size ?? NOTE_SIZE;
}

/** Where each port's handle sits on the right edge, from the card's top. */
export function portOffsets(node: FlowNode, catalog: Catalog): { port: string; y: number }[] {
  const ports = catalog.ports(node);
  const [, height] = nodeSize(node, catalog);
  const named = namedPorts(ports);
  const offsets = named.map((port, i) => ({ port, y: PORT_TOP + i * PORT_STEP }));
  if (ports.includes(PORT_OUT)) offsets.push({ port: PORT_OUT, y: inputOffset(node, height) });
  if (ports.includes(PORT_ERROR)) {
    // On a container it stays clear of the corner that resizes it.
    offsets.push({ port: PORT_ERROR, y: height - (isOpen(node) ? 36 : 8) });
  }
  return offsets;
}

/** Where the one input handle sits on the left edge. */
export function inputOffset(node: FlowNode, height: number): number {
  return isOpen(node) ? Math.round(height / 2) : Math.min(height / 2, NODE_HEIGHT / 2);
}

/** A node's or note's place on the whole canvas: the sum of its own and its containers'. */
export function absolutePosition(flow: Flow, node: Pick<FlowNode, "position" | "parent">): Point {
  let [x, y] = node.position;
  let parent = node.parent;
  for (let depth = 0; parent !== undefined && depth < 16; depth++) {
    const id: string = parent;
    const container = nodeById(flow, id);
    if (container === undefined) break;
    x += container.position[0];
    y += container.position[1];
    parent = container.parent;
  }
  return [x, y];
}

export function rectOf(position: Point, size: Point): Rect {
  return { x: position[0], y: position[1], width: size[0], height: size[1] };
}

/** How far two boxes are apart; 0 where they touch. */
export function gapBetween(a: Rect, b: Rect): number {
  const dx = Math.max(a.x - b.x - b.width, b.x - a.x - a.width, 0);
  const dy = Math.max(a.y - b.y - b.height, b.y - a.y - a.height, 0);
  return Math.hypot(dx, dy);
}

function overlaps(a: Rect, b: Rect, gap = 0): boolean {
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

export function snap(n: number): number {
  return Math.round(n / 4) * 4;
}

/** Places a new card right of another, or down from there until it covers nothing. */
export function placeAfter(flow: Flow, catalog: Catalog, after: FlowNode, size: Point): Point {
  const [width] = nodeSize(after, catalog);
  const start: Point = [snap(after.position[0] + width + GAP_X), after.position[1]];
  return freePlace(flow, catalog, after.parent, start, size);
}

/** The nearest place at or below `start` that covers no node of the same container. */
export function freePlace(
  flow: Flow,
  catalog: Catalog,
  parent: string | undefined,
  start: Point,
  size: Point,
): Point {
  const siblings = flow.nodes
    .filter((n) => n.parent === parent)
    .map((n) => rectOf(n.position, nodeSize(n, catalog)));
  let [x, y] = start;
  for (let tries = 0; tries < 500; tries++) {
    const hit = siblings.find((s) => overlaps(rectOf([x, y], size), s, 16));
    if (hit === undefined) break;
    y = snap(hit.y + hit.height + GAP_Y);
  }
  return [snap(x), snap(y)];
}

/** The size a container needs to hold its children; never smaller than it is. */
export function grownSize(flow: Flow, catalog: Catalog, container: FlowNode): Point {
  const [width, height] = container.size ?? CONTAINER_SIZE;
  let right = width;
  let bottom = height;
  for (const child of flow.nodes) {
    if (child.parent !== container.id) continue;
    const [w, h] = nodeSize(child, catalog);
    right = Math.max(right, child.position[0] + w + CONTAINER_PAD);
    bottom = Math.max(bottom, child.position[1] + h + CONTAINER_PAD + 12);
  }
  for (const note of flow.notes ?? []) {
    if (note.parent !== container.id) continue;
    const [w, h] = noteSize(note);
    right = Math.max(right, note.position[0] + w + CONTAINER_PAD);
    bottom = Math.max(bottom, note.position[1] + h + CONTAINER_PAD);
  }
  return [snap(right), snap(bottom)];
}

/** The innermost container whose area holds a point of the canvas; of a collapsed one that is its card. */
export function containerAt(
  flow: Flow,
  catalog: Catalog,
  at: Point,
  except: ReadonlySet<string> = new Set(),
): FlowNode | undefined {
  let found: FlowNode | undefined;
  let area = Number.POSITIVE_INFINITY;
  for (const node of flow.nodes) {
    if (!isContainer(node.type) || except.has(node.id)) continue;
    const [x, y] = absolutePosition(flow, node);
    const [w, h] = nodeSize(node, catalog);
    const inside = at[0] >= x && at[0] <= x + w && at[1] >= y && at[1] <= y + h;
    if (inside && w * h < area) {
      found = node;
      area = w * h;
    }
  }
  return found;
}

/** The first free place below all that lies in a container. */
export function placeBelow(flow: Flow, catalog: Catalog, container: string): Point {
  const bottoms = [
    ...flow.nodes.map((n) => ({ part: n, height: nodeSize(n, catalog)[1] })),
    ...(flow.notes ?? []).map((n) => ({ part: n, height: noteSize(n)[1] })),
  ].flatMap(({ part, height }) => (part.parent === container ? part.position[1] + height + GAP_Y : []));
  return [CONTAINER_PAD, snap(Math.max(CONTAINER_HEAD + 8, ...bottoms))];
}

/** What a frame around a box covers. */
export function framed({ x, y, width, height }: Rect): Rect {
  const { x: side, top, bottom } = GROUP_PAD;
  return { x: x - side, y: y - top, width: width + 2 * side, height: height + top + bottom };
}

/** The area that all nodes and notes of a flow cover, and the frames around them. */
export function boundsOf(flow: Flow, catalog: Catalog): Rect {
  const grouped = new Set((flow.groups ?? []).flatMap((g) => g.nodes));
  const rects = [
    ...flow.nodes
      .filter((n) => n.parent === undefined)
      .map((n) => {
        const rect = rectOf(n.position, nodeSize(n, catalog));
        return grouped.has(n.id) ? framed(rect) : rect;
      }),
    ...(flow.notes ?? []).filter((n) => n.parent === undefined).map((n) => rectOf(n.position, noteSize(n))),
  ];
  if (rects.length === 0) return { x: 0, y: 0, width: 400, height: 300 };
  const x = Math.min(...rects.map((r) => r.x));
  const y = Math.min(...rects.map((r) => r.y));
  return {
    x,
    y,
    width: Math.max(...rects.map((r) => r.x + r.width)) - x,
    height: Math.max(...rects.map((r) => r.y + r.height)) - y,
  };
}
