import type { Catalog } from "@/core/flow/catalog";
import { edgeId, edgeSource, type Flow, type FlowNode, type Point } from "@/core/flow/document";
import { absolutePosition, inputOffset, nodeSize, portOffsets, type Rect } from "@/core/layout/geometry";
import { bendOf, laneOf } from "@/core/layout/route";
import type { Ends, Way } from "./Wire";

interface Box {
  id: string;
  node: FlowNode;
  rect: Rect;
}

/** Where each wire begins and ends, and how it goes around the cards between, by wire. */
export function waysOf(flow: Flow, catalog: Catalog): Map<string, { ends: Ends; way: Way }> {
  const boxes = new Map<string, Box>();
  const levels = new Map<string | undefined, Box[]>();
  for (const node of flow.nodes) {
    const [x, y] = absolutePosition(flow, node);
    const [width, height] = nodeSize(node, catalog);
    const box = { id: node.id, node, rect: { x, y, width, height } };
    boxes.set(node.id, box);
    const level = levels.get(node.parent);
    if (level === undefined) levels.set(node.parent, [box]);
    else level.push(box);
  }
  const ways = new Map<string, { ends: Ends; way: Way }>();
  for (const edge of flow.edges) {
    const { node: source, port } = edgeSource(edge);
    const [from, to] = [boxes.get(source), boxes.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    const ends = endsBetween(from, port, to, catalog);
    ways.set(edgeId(edge), { ends, way: wayBetween(from, to, ends, levels.get(from.node.parent) ?? []) });
  }
  return ways;
}

function endsBetween(from: Box, port: string, to: Box, catalog: Catalog): Ends {
  const offset = portOffsets(from.node, catalog).find((p) => p.port === port)?.y ?? 32;
  return {
    ...{ sourceX: from.rect.x + from.rect.width, sourceY: from.rect.y + offset },
    ...{ targetX: to.rect.x, targetY: to.rect.y + inputOffset(to.node, to.rect.height) },
  };
}

function wayBetween(from: Box, to: Box, ends: Ends, level: readonly Box[]): Way {
  const start: Point = [ends.sourceX, ends.sourceY];
  const end: Point = [ends.targetX, ends.targetY];
  if (end[0] <= start[0]) {
    const lane = laneOf(
      start,
      end,
      level.map((b) => b.rect),
    );
    return lane === undefined ? {} : { lane };
  }
  const others = level.filter((b) => b !== from && b !== to).map((b) => b.rect);
  const bend = bendOf(start, end, others);
  return bend === undefined ? {} : { bend };
}
