import type { Catalog, NodeType } from "../flow/catalog";
import { edgeBetween, whyNotConnect } from "../flow/connect";
import {
  edgeId,
  edgeSource,
  type Flow,
  type FlowEdge,
  type FlowNode,
  type FlowNote,
  isTrigger,
  nodeById,
  PORT_ERROR,
  PORT_OUT,
  type Point,
} from "../flow/document";
import type { Command } from "../history/history";
import {
  freePlace,
  GAP_X,
  gapBetween,
  inputOffset,
  NODE_HEIGHT,
  nodeSize,
  noteSize,
  portOffsets,
  rectOf,
  snap,
} from "../layout/geometry";
import { type Addition, addNodeAt, fits } from "./add";
import { growContainers } from "./containers";

export function edgeById(flow: Flow, id: string): FlowEdge | undefined {
  return flow.edges.find((e) => edgeId(e) === id);
}

/** Why a node can't stand in the middle of a wire; undefined where it can. */
export function whyNotBetween(
  flow: Flow,
  catalog: Catalog,
  edge: FlowEdge,
  node: FlowNode,
): string | undefined {
  const { node: source, port } = edgeSource(edge);
  if (node.id === source || node.id === edge.to) return "a node can't be put on its own wire";
  const open: Flow = { ...flow, edges: flow.edges.filter((e) => e !== edge) };
  const before = whyNotConnect(open, catalog, source, port, node.id);
  if (before !== undefined) return before;
  const joined: Flow = { ...open, edges: [...open.edges, edgeBetween(source, port, node.id)] };
  return whyNotConnect(joined, catalog, node.id, firstPort(catalog, node), edge.to);
}

function firstPort(catalog: Catalog, node: FlowNode): string {
  const ports = catalog.ports(node);
  return ports.includes(PORT_OUT) ? PORT_OUT : (ports[0] ?? PORT_OUT);
}

/** Puts a node that is there into a wire: what the wire joined is now joined by way of it. */
export function putOnWire(catalog: Catalog, edge: FlowEdge, node: FlowNode, group?: string): Command {
  return {
    label: `Put ${node.name ?? node.id} on the wire`,
    ...(group === undefined ? {} : { group }),
    change(draft) {
      splitEdge(draft, catalog, edgeId(edge), node);
    },
  };
}

function splitEdge(draft: Flow, catalog: Catalog, id: string, node: FlowNode): void {
  const at = draft.edges.findIndex((e) => edgeId(e) === id);
  const edge = draft.edges[at];
  if (edge === undefined) return;
  const { node: source, port } = edgeSource(edge);
  draft.edges.splice(
    at,
    1,
    edgeBetween(source, port, node.id),
    edgeBetween(node.id, firstPort(catalog, node), edge.to),
  );
}

/** Adds a new node in the middle of a wire; what follows moves to the right where there is no room. */
export function addOnWire(
  flow: Flow,
  catalog: Catalog,
  type: NodeType,
  edge: FlowEdge,
): Addition | undefined {
  const source = nodeById(flow, edgeSource(edge).node);
  const target = nodeById(flow, edge.to);
  if (source === undefined || target === undefined || isTrigger(type.type)) return undefined;
  const [width, height] = nodeSize(source, catalog);
  const [, targetHeight] = nodeSize(target, catalog);
  const start: Point = [source.position[0] + width + GAP_X, source.position[1] + (height - NODE_HEIGHT) / 2];
  const added = addNodeAt(flow, catalog, type, start, source.parent);
  return {
    id: added.id,
    command: {
      label: added.command.label,
      change(draft) {
        added.command.change(draft);
        const node = nodeById(draft, added.id);
        if (node === undefined) return;
        const port =
          portOffsets(source, catalog).find((p) => p.port === edgeSource(edge).port)?.y ?? height / 2;
        const into = target.position[1] + inputOffset(target, targetHeight);
        const middle = (source.position[1] + port + into) / 2;
        node.position = [snap(start[0]), snap(middle - NODE_HEIGHT / 2)];
        makeRoom(draft, catalog, node, target.id);
        const others = { ...draft, nodes: draft.nodes.filter((n) => n.id !== node.id) };
        node.position = freePlace(others, catalog, node.parent, node.position, nodeSize(node, catalog));
        splitEdge(draft, catalog, edgeId(edge), node);
        growContainers(draft, catalog, node.parent);
      },
    },
  };
}

/** Moves what lies right of a new node, in its container, as far as it needs. */
function makeRoom(draft: Flow, catalog: Catalog, node: FlowNode, target: string): void {
  const [width] = nodeSize(node, catalog);
  const next = nodeById(draft, target);
  if (next === undefined) return;
  const by = snap(node.position[0] + width + GAP_X - next.position[0]);
  if (by <= 0 || next.position[0] + 32 < node.position[0]) return; // a wire that goes back has its room
  const from = next.position[0];
  const siblings = draft.nodes.filter((n) => n.id !== node.id && n.parent === node.parent);
  const moved = new Set(siblings.filter((n) => n.position[0] >= from));
  // A note beside what moves is about it, and goes along.
  const notes = (draft.notes ?? []).filter((note) => {
    const beside = note.parent === node.parent ? nodeBeside(note, siblings, catalog) : undefined;
    return beside !== undefined && moved.has(beside);
  });
  for (const part of [...moved, ...notes]) part.position = [part.position[0] + by, part.position[1]];
}

/** How near a note stands to the node that it is about. */
const BESIDE = 48;

/** The nearest node that a note covers or stands beside. */
function nodeBeside(note: FlowNote, nodes: readonly FlowNode[], catalog: Catalog): FlowNode | undefined {
  const box = rectOf(note.position, noteSize(note));
  let found: FlowNode | undefined;
  let least = BESIDE;
  for (const node of nodes) {
    const far = gapBetween(box, rectOf(node.position, nodeSize(node, catalog)));
    if (far < least) [found, least] = [node, far];
  }
  return found;
}

/** Whether nodes of a type can stand in the middle of a wire: something must lead on from them. */
export function fitsBetween(type: NodeType): boolean {
  return fits(type, { node: "", port: PORT_OUT, side: "after" }) && type.ports.some((p) => p !== PORT_ERROR);
}
