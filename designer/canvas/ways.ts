import type { Catalog } from "@/core/flow/catalog";
import { edgeSource, type Flow, type FlowEdge, type FlowNode, type Point } from "@/core/flow/document";
import { absolutePosition, inputOffset, nodeSize, portOffsets, type Rect } from "@/core/layout/geometry";
import { BACK, bendOf, laneOf } from "@/core/layout/route";
import type { Ends, Way } from "./Wire";

interface Box {
  node: FlowNode;
  rect: Rect;
}

/** Where a wire begins and ends, and how it goes around the cards between. */
export interface Course {
  ends: Ends;
  way: Way;
}

/** The courses of a flow's wires, each worked out when it is first asked for: most of a large flow's are not seen. */
export class Ways {
  readonly #catalog: Catalog;
  readonly #boxes = new Map<string, Box>();
  readonly #levels = new Map<string | undefined, Box[]>();
  readonly #sorted = new Map<string | undefined, Level>();
  readonly #courses = new Map<FlowEdge, Course | undefined>();

  constructor(flow: Flow, catalog: Catalog) {
    this.#catalog = catalog;
    for (const node of flow.nodes) {
      const [x, y] = absolutePosition(flow, node);
      const [width, height] = nodeSize(node, catalog);
      const box = { node, rect: { x, y, width, height } };
      this.#boxes.set(node.id, box);
      const level = this.#levels.get(node.parent);
      if (level === undefined) this.#levels.set(node.parent, [box]);
      else level.push(box);
    }
  }

  /** Where a wire of the flow goes; undefined where one of its ends is not there. */
  of(edge: FlowEdge): Course | undefined {
    if (this.#courses.has(edge)) return this.#courses.get(edge);
    const course = this.#courseOf(edge);
    this.#courses.set(edge, course);
    return course;
  }

  #courseOf(edge: FlowEdge): Course | undefined {
    const { node, port } = edgeSource(edge);
    const [from, to] = [this.#boxes.get(node), this.#boxes.get(edge.to)];
    if (from === undefined || to === undefined) return undefined;
    const ends = endsBetween(from, port, to, this.#catalog);
    return { ends, way: wayBetween(from, to, ends, this.#level(from.node.parent)) };
  }

  #level(parent: string | undefined): Level {
    const level = this.#sorted.get(parent) ?? new Level(this.#levels.get(parent) ?? []);
    this.#sorted.set(parent, level);
    return level;
  }
}

const NO_WAY: Way = {};

/** The course of one wire, worked out when it is drawn. */
export class LazyCourse {
  #ways: Ways;
  #edge: FlowEdge;
  #drawn: Way | undefined;

  constructor(ways: Ways, edge: FlowEdge) {
    this.#ways = ways;
    this.#edge = edge;
  }

  get way(): Way {
    this.#drawn ??= this.#ways.of(this.#edge)?.way ?? NO_WAY;
    return this.#drawn;
  }

  /** Goes by the courses of a changed flow; answers whether it may stay as it is drawn. */
  follow(ways: Ways, edge: FlowEdge): boolean {
    if (this.#drawn !== undefined) {
      const { bend, lane } = ways.of(edge)?.way ?? NO_WAY;
      if (bend !== this.#drawn.bend || lane !== this.#drawn.lane) return false;
    }
    this.#ways = ways;
    this.#edge = edge;
    return true;
  }
}

/** The boxes of one level in order, so that a wire is held against few of them. */
class Level {
  readonly #fromLeft: readonly Box[];
  readonly #fromTop: readonly Rect[];
  readonly #widest: number;

  constructor(boxes: readonly Box[]) {
    this.#fromLeft = [...boxes].sort((a, b) => a.rect.x - b.rect.x);
    this.#fromTop = boxes.map((b) => b.rect).sort((a, b) => a.y - b.y);
    this.#widest = boxes.reduce((most, b) => Math.max(most, b.rect.width), 0);
  }

  /** The cards that lie in an area, but for two. */
  within([left, top]: Point, [right, bottom]: Point, from: Box, to: Box): Rect[] {
    const found: Rect[] = [];
    for (let i = this.#first(left - this.#widest); i < this.#fromLeft.length; i++) {
      const box = this.#fromLeft[i];
      if (box === undefined || box.rect.x >= right) break;
      const { x, y, width, height } = box.rect;
      const lies = x + width > left && y < bottom && y + height > top;
      if (lies && box !== from && box !== to) found.push(box.rect);
    }
    return found;
  }

  /** The cards that lie between two x, from the top. */
  across(left: number, right: number): Rect[] {
    return this.#fromTop.filter((r) => r.x + r.width > left && r.x < right);
  }

  /** The index of the first box that begins at or after an x. */
  #first(x: number): number {
    let [low, high] = [0, this.#fromLeft.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#fromLeft[middle]?.rect.x ?? x) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether two states of a flow have the same wires between boxes of the same places, sizes and ports. */
export function sameShape(a: Flow, b: Flow, catalog: Catalog): boolean {
  if (a === b) return true;
  if (a.edges !== b.edges || a.nodes.length !== b.nodes.length) return false;
  return a.nodes.every((n, i) => {
    const m = b.nodes[i];
    return m === n || (m !== undefined && sameBox(n, m, catalog));
  });
}

function sameBox(a: FlowNode, b: FlowNode, catalog: Catalog): boolean {
  return (
    a.id === b.id &&
    a.type === b.type &&
    a.parent === b.parent &&
    a.collapsed === b.collapsed &&
    a.position === b.position &&
    a.size === b.size &&
    catalog.ports(a).join() === catalog.ports(b).join()
  );
}

function endsBetween(from: Box, port: string, to: Box, catalog: Catalog): Ends {
  const offset = portOffsets(from.node, catalog).find((p) => p.port === port)?.y ?? 32;
  return {
    ...{ sourceX: from.rect.x + from.rect.width, sourceY: from.rect.y + offset },
    ...{ targetX: to.rect.x, targetY: to.rect.y + inputOffset(to.node, to.rect.height) },
  };
}

function wayBetween(from: Box, to: Box, ends: Ends, level: Level): Way {
  const start: Point = [ends.sourceX, ends.sourceY];
  const end: Point = [ends.targetX, ends.targetY];
  if (end[0] <= start[0]) {
    const lane = laneOf(start, end, level.across(end[0] - BACK, start[0] + BACK));
    return lane === undefined ? {} : { lane };
  }
  const [top, bottom] = [Math.min(start[1], end[1]), Math.max(start[1], end[1])];
  const others = level.within([start[0], top - 1], [end[0], bottom + 1], from, to);
  const bend = bendOf(start, end, others);
  return bend === undefined ? {} : { bend };
}
