import type { Catalog } from "../flow/catalog";
import {
  edgeSource,
  type Flow,
  type FlowNode,
  type FlowNote,
  isOpen,
  nodeById,
  type Point,
  partById,
} from "../flow/document";
import type { Command } from "../history/history";
import {
  absolutePosition,
  inputOffset,
  nodeSize,
  noteSize,
  type Rect,
  rectOf,
  snap,
} from "../layout/geometry";
import type { TidyInput, TidyResult } from "../layout/tidy";
import { growContainers, insideWalls } from "./containers";

export type Side = "left" | "centre" | "right" | "top" | "middle" | "bottom";

interface Part {
  id: string;
  box: Rect;
}

/** The chosen nodes and notes with their places on the whole canvas; what lies inside another chosen one moves with it. */
function partsOf(flow: Flow, catalog: Catalog, ids: ReadonlySet<string>): Part[] {
  const parts = flow.nodes
    .filter((n) => ids.has(n.id) && !hasChosenAbove(flow, n, ids))
    .map((n) => ({ id: n.id, box: rectOf(absolutePosition(flow, n), nodeSize(n, catalog)) }));
  const notes = (flow.notes ?? [])
    .filter((n) => ids.has(n.id) && !hasChosenAbove(flow, n, ids))
    .map((n) => ({ id: n.id, box: rectOf(absolutePosition(flow, n), noteSize(n)) }));
  return [...parts, ...notes];
}

function hasChosenAbove(flow: Flow, node: FlowNode | FlowNote, ids: ReadonlySet<string>): boolean {
  const parent = node.parent === undefined ? undefined : nodeById(flow, node.parent);
  return parent !== undefined && (ids.has(parent.id) || hasChosenAbove(flow, parent, ids));
}

/** Whether parts lie in one container, or in none: brought to one line, they would leave it. */
function together(flow: Flow, parts: readonly Part[]): boolean {
  return new Set(parts.map((p) => partById(flow, p.id)?.parent)).size === 1;
}

/** Moves parts by distances on the canvas. */
function shift(draft: Flow, catalog: Catalog, by: ReadonlyMap<string, Point>): void {
  const all: (FlowNode | FlowNote)[] = [...draft.nodes, ...(draft.notes ?? [])];
  for (const part of all) {
    const [dx, dy] = by.get(part.id) ?? [0, 0];
    if (dx !== 0 || dy !== 0) part.position = [snap(part.position[0] + dx), snap(part.position[1] + dy)];
  }
  for (const id of by.keys()) growContainers(draft, catalog, nodeById(draft, id)?.parent);
}

/** Brings the chosen parts to one line; undefined where there are not two of them in one container. */
export function align(
  flow: Flow,
  catalog: Catalog,
  ids: ReadonlySet<string>,
  side: Side,
): Command | undefined {
  const parts = partsOf(flow, catalog, ids);
  if (parts.length < 2 || !together(flow, parts)) return undefined;
  const line = lineOf(
    parts.map((p) => p.box),
    side,
  );
  const by = new Map(parts.map((p) => [p.id, towards(p.box, side, line)] as const));
  return { label: `Align ${side}`, change: (draft) => shift(draft, catalog, by) };
}

function lineOf(boxes: readonly Rect[], side: Side): number {
  const left = Math.min(...boxes.map((b) => b.x));
  const right = Math.max(...boxes.map((b) => b.x + b.width));
  const top = Math.min(...boxes.map((b) => b.y));
  const bottom = Math.max(...boxes.map((b) => b.y + b.height));
  return { left, right, top, bottom, centre: (left + right) / 2, middle: (top + bottom) / 2 }[side];
}

function towards(b: Rect, side: Side, line: number): Point {
  switch (side) {
    case "left":
      return [line - b.x, 0];
    case "centre":
      return [line - b.x - b.width / 2, 0];
    case "right":
      return [line - b.x - b.width, 0];
    case "top":
      return [0, line - b.y];
    case "middle":
      return [0, line - b.y - b.height / 2];
    case "bottom":
      return [0, line - b.y - b.height];
  }
}

/** Makes the gaps between the chosen parts the same; undefined where there are not three of them in one container. */
export function distribute(
  flow: Flow,
  catalog: Catalog,
  ids: ReadonlySet<string>,
  way: "across" | "down",
): Command | undefined {
  const parts = partsOf(flow, catalog, ids);
  if (parts.length < 3 || !together(flow, parts)) return undefined;
  const from = (p: Part) => (way === "across" ? p.box.x : p.box.y);
  const length = (p: Part) => (way === "across" ? p.box.width : p.box.height);
  parts.sort((a, b) => from(a) - from(b));
  const first = parts[0] as Part;
  const end = Math.max(...parts.map((p) => from(p) + length(p)));
  const filled = parts.reduce((sum, p) => sum + length(p), 0);
  const gap = (end - from(first) - filled) / (parts.length - 1);
  const by = new Map<string, Point>();
  let at = from(first);
  for (const part of parts) {
    by.set(part.id, way === "across" ? [at - from(part), 0] : [0, at - from(part)]);
    at += length(part) + gap;
  }
  return { label: `Distribute ${way}`, change: (draft) => shift(draft, catalog, by) };
}

/** What a layout needs to know of a flow, or of some of its nodes with all that lies inside them. */
export function tidyInput(flow: Flow, catalog: Catalog, ids?: ReadonlySet<string>): TidyInput {
  const chosen =
    ids === undefined ? flow.nodes : flow.nodes.filter((n) => ids.has(n.id) || hasChosenAbove(flow, n, ids));
  const ports = new Map(flow.nodes.map((n) => [n.id, catalog.ports(n)] as const));
  const rank = (from: string) => {
    const { node, port } = edgeSource({ from, to: "" });
    return ports.get(node)?.indexOf(port) ?? 0;
  };
  const laid = new Set(chosen.map((n) => n.id));
  return {
    others: flow.nodes
      .filter((n) => !laid.has(n.id))
      .map((n) => ({ ...rectOf(n.position, nodeSize(n, catalog)), parent: n.parent })),
    parts: chosen.map((n) => {
      const [width, height] = nodeSize(n, catalog);
      const [x, y] = n.position;
      return {
        ...{ id: n.id, x, y, width, height, container: isOpen(n), line: inputOffset(n, height) },
        ...(n.parent === undefined ? {} : { parent: n.parent }),
      };
    }),
    wires: [...flow.edges]
      .sort((a, b) => rank(a.from) - rank(b.from))
      .map((e) => [edgeSource(e).node, e.to] as [string, string]),
  };
}

/**
 * Takes a layout over, as one step. A note goes with the node that it lies nearest to; one that is
 * chosen itself goes with the nearest of those that are laid out.
 */
export function takeLayout(
  flow: Flow,
  catalog: Catalog,
  result: TidyResult,
  ids: ReadonlySet<string> = new Set(),
): Command {
  const before = placesOf(flow);
  const laid = new Map<string, Point>(result.places.map(([id]) => [id, before.get(id) ?? [0, 0]]));
  return {
    label: "Tidy",
    change(draft) {
      for (const [id, width, height] of result.sizes)
        setIfOther(nodeById(draft, id), "size", [width, height]);
      for (const [id, x, y] of result.places) setIfOther(nodeById(draft, id), "position", [x, y]);
      for (const [id] of result.places) growContainers(draft, catalog, nodeById(draft, id)?.parent);
      const now = placesOf(draft);
      const shiftOf = (id: string): Point => {
        const [[x, y], [px, py]] = [now.get(id) ?? [0, 0], before.get(id) ?? [0, 0]];
        return [x - px, y - py];
      };
      for (const [i, note] of (draft.notes ?? []).entries()) {
        const at = absolutePosition(flow, flow.notes?.[i] ?? note);
        const near = nearest(at, ids.has(note.id) ? laid : before);
        if (near === undefined) continue;
        const [dx, dy] = shiftOf(near);
        const [cx, cy] = note.parent === undefined ? [0, 0] : shiftOf(note.parent);
        const to: Point = [snap(note.position[0] + dx - cx), snap(note.position[1] + dy - cy)];
        setIfOther(note, "position", note.parent === undefined ? to : insideWalls(to));
        growContainers(draft, catalog, note.parent);
      }
    },
  };
}

function placesOf(flow: Flow): Map<string, Point> {
  return new Map(flow.nodes.map((n) => [n.id, absolutePosition(flow, n)] as const));
}

function setIfOther(part: FlowNode | FlowNote | undefined, key: "position" | "size", to: Point): void {
  if (part !== undefined && (part[key]?.[0] !== to[0] || part[key]?.[1] !== to[1])) part[key] = to;
}

function nearest([left, top]: Point, places: ReadonlyMap<string, Point>): string | undefined {
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, [x, y]] of places) {
    const far = Math.hypot(x - left, y - top);
    if (far < least) [found, least] = [id, far];
  }
  return found;
}
