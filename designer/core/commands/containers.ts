import type { Catalog } from "../flow/catalog";
import type { Flow, FlowNode, Point } from "../flow/document";
import { descendants, edgeSource, isTrigger, nodeById, PORT_OUT } from "../flow/document";
import type { Command } from "../history/history";
import {
  absolutePosition,
  CONTAINER_HEAD,
  CONTAINER_PAD,
  grownSize,
  placeBelow,
  snap,
} from "../layout/geometry";

/** Makes a container and those around it large enough for their children. */
export function growContainers(draft: Flow, catalog: Catalog, id: string | undefined): void {
  let at = id;
  for (let depth = 0; at !== undefined && depth < 16; depth++) {
    const container = nodeById(draft, at);
    if (container === undefined) return;
    const size = grownSize(draft, catalog, container);
    if (container.size?.[0] !== size[0] || container.size?.[1] !== size[1]) container.size = size;
    at = container.parent;
  }
}

/** Edges of a document that cross the wall of a container. */
export function crossingEdges(flow: Flow): number[] {
  const parents = new Map(flow.nodes.map((n) => [n.id, n.parent]));
  return flow.edges.flatMap((e, i) => (parents.get(edgeSource(e).node) === parents.get(e.to) ? [] : [i]));
}

/** Which of some nodes would change their container, when dropped in another. */
export function movable(flow: Flow, ids: readonly string[], into: string | undefined): string[] {
  const banned = into === undefined ? new Set<string>() : new Set([into, ...ancestors(flow, into)]);
  return ids.filter((id) => {
    const node = nodeById(flow, id);
    return (
      node !== undefined &&
      node.parent !== into &&
      !banned.has(id) &&
      !(into !== undefined && isTrigger(node.type))
    );
  });
}

function ancestors(flow: Flow, id: string): string[] {
  const parent = nodeById(flow, id)?.parent;
  return parent === undefined ? [] : [parent, ...ancestors(flow, parent)];
}

/**
 * Moves nodes into a container, or out onto the canvas, keeping where they lie; in one whose inside is
 * not seen they come to lie below all that is in it, as they lay to each other.
 * Wires that would cross its wall are cut; the caller says so.
 */
export function moveInto(
  flow: Flow,
  catalog: Catalog,
  ids: readonly string[],
  into: string | undefined,
  group: string,
  unseen = false,
): Command {
  const target = into === undefined ? undefined : nodeById(flow, into);
  const origin: Point =
    target === undefined
      ? [0, 0]
      : unseen
        ? originBelow(flow, catalog, ids, target.id)
        : absolutePosition(flow, target);
  return {
    label: target === undefined ? "Move out of container" : `Move into ${target.name ?? target.id}`,
    group,
    change(draft) {
      for (const id of ids) {
        const node = nodeById(draft, id);
        if (node === undefined) continue;
        const [x, y] = absolutePosition(draft, node);
        if (into === undefined) delete node.parent;
        else node.parent = into;
        const at: Point = [x - origin[0], y - origin[1]];
        node.position = into === undefined ? [snap(at[0]), snap(at[1])] : insideWalls(at);
      }
      const crossing = new Set(crossingEdges(draft));
      if (crossing.size > 0) draft.edges = draft.edges.filter((_, i) => !crossing.has(i));
      growContainers(draft, catalog, into);
    },
  };
}

/** From where nodes are counted so that the first of them come to lie at the free place of a container. */
function originBelow(flow: Flow, catalog: Catalog, ids: readonly string[], into: string): Point {
  const places = ids.flatMap((id) => nodeById(flow, id) ?? []).map((n) => absolutePosition(flow, n));
  const [x, y] = placeBelow(flow, catalog, into);
  return [Math.min(...places.map((p) => p[0])) - x, Math.min(...places.map((p) => p[1])) - y];
}

/** The nearest place within the upper and the left wall of a container, which grows to the others. */
export function insideWalls([x, y]: Point): Point {
  return [snap(Math.max(x, CONTAINER_PAD)), snap(Math.max(y, CONTAINER_HEAD + 8))];
}

export function resizeNode(id: string, position: Point, size: Point): Command {
  return {
    label: "Resize",
    group: `resize:${id}`,
    change(draft) {
      const part = nodeById(draft, id) ?? draft.notes?.find((n) => n.id === id);
      if (part === undefined) return;
      part.position = [snap(position[0]), snap(position[1])];
      part.size = [snap(size[0]), snap(size[1])];
    },
  };
}

/** Draws a container small, without what lies in it, or as large as it was. Nothing around it moves. */
export function collapse(catalog: Catalog, container: FlowNode, collapsed: boolean): Command {
  return {
    label: `${collapsed ? "Collapse" : "Open"} ${container.name ?? container.id}`,
    change(draft) {
      const node = nodeById(draft, container.id);
      if (node === undefined) return;
      if (collapsed) node.collapsed = true;
      else delete node.collapsed;
      growContainers(draft, catalog, node.parent);
    },
  };
}

/** Everything that goes when these nodes are deleted: what lies inside containers too. */
export function withInside(flow: Flow, ids: Iterable<string>): Set<string> {
  const all = new Set<string>();
  for (const id of ids) {
    all.add(id);
    for (const child of descendants(flow, id)) all.add(child);
  }
  return all;
}

/**
 * Takes a container away and leaves what lies in it where it is. What led to it leads to
 * its first nodes, and its last ones lead to what followed it.
 */
export function unpack(flow: Flow, container: FlowNode): Command {
  const children = flow.nodes.filter((n) => n.parent === container.id);
  const ids = new Set(children.map((n) => n.id));
  const first = children.filter((n) => !flow.edges.some((e) => e.to === n.id));
  const last = children.filter((n) => !flow.edges.some((e) => edgeSource(e).node === n.id && ids.has(e.to)));
  return {
    label: `Unpack ${container.name ?? container.id}`,
    change(draft) {
      const [dx, dy] = container.position;
      for (const node of [...draft.nodes, ...(draft.notes ?? [])]) {
        if (node.parent !== container.id) continue;
        node.position = [snap(node.position[0] + dx), snap(node.position[1] + dy)];
        if (container.parent === undefined) delete node.parent;
        else node.parent = container.parent;
      }
      draft.nodes = draft.nodes.filter((n) => n.id !== container.id);
      draft.edges = draft.edges.flatMap((e) => {
        const { node, port } = edgeSource(e);
        if (e.to === container.id) return first.map((n) => ({ from: e.from, to: n.id }));
        if (node !== container.id) return [e];
        return port === PORT_OUT ? last.map((n) => ({ from: n.id, to: e.to })) : [];
      });
    },
  };
}
