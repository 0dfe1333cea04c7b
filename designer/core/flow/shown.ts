import {
  edgeSource,
  type Flow,
  type FlowNode,
  type FlowNote,
  isContainer,
  isOpen,
  nodeById,
} from "./document";

/** How a flow is looked at: nothing of it is part of the document. */
export interface Viewpoint {
  /** Containers that are open or collapsed for the eye, whatever the document says. */
  folds: ReadonlyMap<string, boolean>;
  /** The container whose inside alone is seen. */
  inside: string | undefined;
}

/** What is drawn of a flow: a flow of its own, in the coordinates of the container that is seen into. */
export interface Shown {
  flow: Flow;
  /** The nodes that lie in each collapsed container that is drawn, at any depth. */
  folded: ReadonlyMap<string, readonly FlowNode[]>;
  inside: FlowNode | undefined;
}

export const NO_FOLDS: ReadonlyMap<string, boolean> = new Map();
export const PLAIN: Viewpoint = { folds: NO_FOLDS, inside: undefined };

/** What is drawn of a flow from a viewpoint. A flow of which all is seen is given back as it is. */
export function shownOf(flow: Flow, view: Viewpoint): Shown {
  const { folds } = view;
  const inside = flow.nodes.find((n) => n.id === view.inside && isContainer(n.type));
  const byId = new Map(flow.nodes.map((n) => [n.id, folded(n, folds)] as const));
  const folding = [...byId.values()].some((n) => isContainer(n.type) && (!isOpen(n) || folds.has(n.id)));
  if (!folding && inside === undefined) return { flow, folded: new Map(), inside };
  const within = new Map<string, FlowNode[]>();
  const nodes: FlowNode[] = [];
  for (const node of flow.nodes) {
    const above = containersOf(node, byId);
    const depth = inside === undefined ? above.length : above.indexOf(inside.id);
    if (depth < 0) continue;
    // The outermost one that is collapsed stands for all that lies in it.
    const closed = above.slice(0, depth).findLast((id) => byId.get(id)?.collapsed === true);
    if (closed === undefined) nodes.push(rooted(byId.get(node.id) ?? node, inside));
    else within.set(closed, [...(within.get(closed) ?? []), node]);
  }
  const seen = new Set(nodes.map((n) => n.id));
  for (const node of nodes)
    if (isContainer(node.type) && !isOpen(node)) within.set(node.id, within.get(node.id) ?? []);
  const notes = flow.notes?.filter((n) =>
    n.parent === undefined
      ? inside === undefined
      : n.parent === inside?.id || (seen.has(n.parent) && byId.get(n.parent)?.collapsed !== true),
  );
  const groups = flow.groups?.filter((g) => g.nodes.some((id) => seen.has(id)));
  return {
    flow: {
      ...flow,
      ...(groups === undefined ? {} : { groups }),
      nodes: Object.freeze(nodes) as FlowNode[],
      edges: flow.edges.filter((e) => seen.has(e.to) && seen.has(edgeSource(e).node)),
      ...(notes === undefined ? {} : { notes: notes.map((n) => rooted(n, inside)) }),
    },
    folded: within,
    inside,
  };
}

/** The containers around a node, the innermost first. */
function containersOf(node: FlowNode, byId: ReadonlyMap<string, FlowNode>): string[] {
  const above: string[] = [];
  for (let at = node.parent; at !== undefined && above.length < 16; at = byId.get(at)?.parent) above.push(at);
  return above;
}

/** The containers around a node of a flow, the innermost first. */
export function containersAround(flow: Flow, id: string): string[] {
  const byId = new Map(flow.nodes.map((n) => [n.id, n] as const));
  const node = byId.get(id);
  return node === undefined ? [] : containersOf(node, byId);
}

/** What stands on the canvas for a node: itself, or the collapsed container that it lies in. */
export function standIn(shown: Shown, id: string): string {
  for (const [container, within] of shown.folded) if (within.some((n) => n.id === id)) return container;
  return id;
}

// Copies are kept, so that what did not change keeps its identity and is not drawn anew.
const roots = new WeakMap<object, FlowNode | FlowNote>();
const folds = { open: new WeakMap<FlowNode, FlowNode>(), closed: new WeakMap<FlowNode, FlowNode>() };

/** A part as it lies on the canvas of the container that is seen into. */
function rooted<T extends FlowNode | FlowNote>(part: T, inside: FlowNode | undefined): T {
  if (inside === undefined || part.parent !== inside.id) return part;
  const known = roots.get(part);
  if (known !== undefined) return known as T;
  const { parent: _, ...rest } = part;
  roots.set(part, rest as T);
  return rest as T;
}

function folded(node: FlowNode, by: Viewpoint["folds"]): FlowNode {
  const closed = by.get(node.id);
  if (closed === undefined || closed === (node.collapsed === true)) return node;
  const kept = closed ? folds.closed : folds.open;
  const known = kept.get(node) ?? { ...node, collapsed: closed };
  kept.set(node, known);
  return known;
}

/** A viewpoint from which a node is seen, changed no more than that needs. */
export function viewpointOf(flow: Flow, view: Viewpoint, id: string): Viewpoint {
  const above = containersAround(flow, id);
  const inside = view.inside !== undefined && !above.includes(view.inside) ? undefined : view.inside;
  const between = inside === undefined ? above : above.slice(0, above.indexOf(inside));
  const closed = between.filter((c) => view.folds.get(c) ?? nodeById(flow, c)?.collapsed === true);
  if (closed.length === 0 && inside === view.inside) return view;
  return { inside, folds: new Map([...view.folds, ...closed.map((c) => [c, false] as const)]) };
}
