import type { Catalog, NodeType } from "../flow/catalog";
import { edgeBetween, whyNotConnect } from "../flow/connect";
import type { Flow, FlowNode, Point } from "../flow/document";
import { isTrigger, nodeById, PORT_ERROR, PORT_OUT } from "../flow/document";
import { freeId, idFromLabel, takenIds } from "../flow/ids";
import type { Command } from "../history/history";
import {
  CONTAINER_HEAD,
  CONTAINER_PAD,
  CONTAINER_SIZE,
  freePlace,
  nodeSize,
  placeAfter,
  snap,
} from "../layout/geometry";
import { growContainers } from "./containers";

/** How a new node hangs on one that is there. */
export interface Link {
  node: string;
  port: string;
  /** Whether the new node follows the other, or comes before it. */
  side: "after" | "before";
}

export interface Addition {
  command: Command;
  id: string;
}

/** A new node of a type: its id comes from the type's name, its place is free. */
function makeNode(
  flow: Flow,
  catalog: Catalog,
  type: NodeType,
  parent: string | undefined,
  at: Point,
): FlowNode {
  const id = freeId(idFromLabel(type.name), takenIds(flow));
  const node: FlowNode = { id, type: type.type, name: type.name, position: [snap(at[0]), snap(at[1])] };
  if (parent !== undefined && !isTrigger(type.type)) node.parent = parent;
  if (type.container) node.size = [...CONTAINER_SIZE];
  node.position = freePlace(flow, catalog, node.parent, node.position, nodeSize(node, catalog));
  return node;
}

/** Adds a node at a place; the place is relative to the container if one is named. */
export function addNodeAt(
  flow: Flow,
  catalog: Catalog,
  type: NodeType,
  at: Point,
  parent?: string,
  link?: Link,
): Addition {
  const node = makeNode(flow, catalog, type, parent, at);
  return { id: node.id, command: insertion(catalog, type, node, link) };
}

/** Adds a node after the chosen one and joins them where that is allowed. */
export function addNodeAfter(
  flow: Flow,
  catalog: Catalog,
  type: NodeType,
  after: FlowNode,
  port?: string,
): Addition {
  const trigger = isTrigger(type.type);
  const size: Point = type.container ? [...CONTAINER_SIZE] : [208, 64];
  const node = makeNode(flow, catalog, type, after.parent, placeAfter(flow, catalog, after, size));
  const from = port ?? openPort(flow, catalog, after);
  const link: Link | undefined =
    trigger || from === undefined ? undefined : { node: after.id, port: from, side: "after" };
  return { id: node.id, command: insertion(catalog, type, node, link) };
}

/** Adds a node as the first of a container, inside its walls. */
export function addNodeInside(flow: Flow, catalog: Catalog, type: NodeType, container: FlowNode): Addition {
  const at: Point = [CONTAINER_PAD + 16, CONTAINER_HEAD + 20];
  const node = makeNode(flow, catalog, type, container.id, at);
  return { id: node.id, command: insertion(catalog, type, node, undefined) };
}

/** The first port of a node without a wire, other than its error. */
export function openPort(flow: Flow, catalog: Catalog, node: FlowNode): string | undefined {
  const ports = catalog.ports(node).filter((p) => p !== PORT_ERROR);
  const used = new Set(
    flow.edges.filter((e) => e.from.split(".")[0] === node.id).map((e) => e.from.split(".")[1] ?? PORT_OUT),
  );
  return ports.find((p) => !used.has(p)) ?? ports[0];
}

function insertion(catalog: Catalog, type: NodeType, node: FlowNode, link: Link | undefined): Command {
  return {
    label: `Add ${type.name}`,
    change(draft) {
      draft.nodes.push(node);
      if (type.connector !== undefined && type.version !== undefined) {
        draft.connectors = { ...draft.connectors };
        draft.connectors[type.connector] ??= type.version;
      }
      if (link !== undefined) joinNew(draft, catalog, node.id, link);
      growContainers(draft, catalog, node.parent);
    },
  };
}

function joinNew(draft: Flow, catalog: Catalog, id: string, link: Link): void {
  const added = nodeById(draft, id);
  if (added === undefined) return;
  const [source, port, target] =
    link.side === "after"
      ? [link.node, link.port, id]
      : [id, catalog.ports(added).find((p) => p !== PORT_ERROR) ?? PORT_OUT, link.node];
  if (whyNotConnect(draft, catalog, source, port, target) === undefined) {
    draft.edges.push(edgeBetween(source, port, target));
  }
}

/** Adds a note at a place. */
export function addNote(flow: Flow, at: Point): Addition {
  const id = freeId("note", takenIds(flow));
  return {
    id,
    command: {
      label: "Add note",
      change(draft) {
        draft.notes = [
          ...(draft.notes ?? []),
          { id, text: "", position: [snap(at[0]), snap(at[1])], size: [220, 96] },
        ];
      },
    },
  };
}

/** Whether a new node of a type may hang on a port or an input that a wire was pulled from. */
export function fits(type: NodeType, link: Link | undefined): boolean {
  if (link === undefined) return true;
  // Notes are no steps.
  if (type.type === "core.note") return false;
  if (link.side === "after") return type.kind !== "trigger";
  return type.type !== "core.stop" && type.ports.some((p) => p !== PORT_ERROR || type.ports.length === 1);
}
