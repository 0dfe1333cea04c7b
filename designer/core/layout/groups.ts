import type { Catalog } from "../flow/catalog";
import {
  type Flow,
  type FlowGroup,
  type FlowNode,
  type FlowNote,
  nodeById,
  type Point,
} from "../flow/document";
import {
  absolutePosition,
  CONTAINER_HEAD,
  framed,
  GROUP_PAD,
  nodeSize,
  noteSize,
  type Rect,
} from "./geometry";
import { within } from "./minimap";

/** How high the head of a frame is, and the least room above its nodes. */
const GROUP_HEAD = 30;
const LEAST_TOP = 18;

/** A group's frame on the whole canvas. */
export interface GroupBox {
  group: FlowGroup;
  rect: Rect;
  /** The height of its head, in which its name stands. */
  head: number;
  /** The containers that it lies in, the innermost first. */
  above: string[];
}

/** The frames of a flow's groups, from where their nodes are. */
export function groupBoxes(flow: Flow, catalog: Catalog): GroupBox[] {
  if (flow.groups === undefined) return [];
  const byId = new Map(flow.nodes.map((n) => [n.id, n] as const));
  return flow.groups.flatMap((group) => groupBox(flow, catalog, group, undefined, byId) ?? []);
}

/** One group's frame; of nodes that are being moved where they are now. */
export function groupBox(
  flow: Flow,
  catalog: Catalog,
  group: FlowGroup,
  moving?: ReadonlyMap<string, Point>,
  byId?: ReadonlyMap<string, FlowNode>,
): GroupBox | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let parent: string | undefined;
  for (const id of group.nodes) {
    const node = byId === undefined ? nodeById(flow, id) : byId.get(id);
    if (node === undefined) continue;
    const [x, y] = moving?.get(id) ?? node.position;
    const [width, height] = nodeSize(node, catalog);
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + height)];
    parent = node.parent;
  }
  if (left === Infinity) return undefined;
  const above = aboveOf(flow, parent);
  const [dx, dy] = originOf(flow, above, moving);
  const rect = framed({ x: left + dx, y: top + dy, width: right - left, height: bottom - top });
  // In a container it leaves the container's own head free, and its own is as high as there is room.
  const room =
    above.length === 0 ? GROUP_PAD.top : Math.max(LEAST_TOP, Math.min(GROUP_PAD.top, top - CONTAINER_HEAD));
  const over = GROUP_PAD.top - room;
  return {
    ...{ group, above, head: Math.min(GROUP_HEAD, room) },
    rect: { ...rect, y: rect.y + over, height: rect.height - over },
  };
}

function aboveOf(flow: Flow, parent: string | undefined): string[] {
  const above: string[] = [];
  for (let at = parent; at !== undefined && above.length < 16; at = nodeById(flow, at)?.parent)
    if (nodeById(flow, at) !== undefined) above.push(at);
    else break;
  return above;
}

/** Where the container of a group begins on the canvas. */
function originOf(
  flow: Flow,
  [inner, ...outer]: readonly string[],
  moving: ReadonlyMap<string, Point> | undefined,
): Point {
  const container = inner === undefined ? undefined : nodeById(flow, inner);
  if (container === undefined) return [0, 0];
  if (moving === undefined) return absolutePosition(flow, container);
  const [x, y] = originOf(flow, outer, moving);
  const [dx, dy] = moving.get(container.id) ?? container.position;
  return [x + dx, y + dy];
}

/** The notes that lie in a group's frame: they go along with it. */
export function notesIn(flow: Flow, catalog: Catalog, group: FlowGroup): FlowNote[] {
  const frame = groupBox(flow, catalog, group)?.rect;
  const parent = nodeById(flow, group.nodes[0] ?? "")?.parent;
  if (frame === undefined) return [];
  return (flow.notes ?? []).filter((note) => {
    if (note.parent !== parent) return false;
    const [x, y] = absolutePosition(flow, note);
    const [width, height] = noteSize(note);
    return within({ x, y, width, height }, frame);
  });
}
