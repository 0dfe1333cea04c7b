import type { WireStart } from "@/canvas/FlowCanvas";
import { duplicate } from "@/core/clipboard/clipboard";
import {
  type Addition,
  addNodeAfter,
  addNodeAt,
  addNodeInside,
  addNote,
  openPort,
} from "@/core/commands/add";
import { insideWalls } from "@/core/commands/containers";
import { remove } from "@/core/commands/edit";
import { addOnWire, edgeById, putOnWire, whyNotBetween } from "@/core/commands/insert";
import type { NodeType } from "@/core/flow/catalog";
import {
  edgeSource,
  type Flow,
  type FlowNode,
  isContainer,
  isTrigger,
  nodeById,
  type Point,
} from "@/core/flow/document";
import { freeId, takenIds } from "@/core/flow/ids";
import {
  absolutePosition,
  boundsOf,
  containerAt,
  GAP_X,
  NODE_HEIGHT,
  NODE_WIDTH,
  placeBelow,
} from "@/core/layout/geometry";
import { toast } from "@/ui/Toasts";
import { isFolded } from "./gestures";
import { rememberType } from "./recent";
import type { EditorSession } from "./session";
import { EMPTY } from "./sessionState";

/** What buttons, keys and gestures do to a session. */

export function deleteSelection(session: EditorSession): void {
  const { selected, selectedEdges } = session.view.getState();
  if (selected.size + selectedEdges.size === 0) return;
  const command = remove(session.flow, selected, selectedEdges);
  session.do(command);
  session.select(EMPTY);
  // The card that had the focus is gone: the canvas takes it, so that the next key still acts here.
  document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus({ preventScroll: true });
  toast("info", command.label.replace("Delete", "Deleted"), session.undoOffer());
}

export function duplicateSelection(session: EditorSession): void {
  const twice = duplicate(session.flow, session.catalog, [...session.view.getState().selected]);
  if (twice === undefined) return;
  session.do(twice.command);
  session.select(twice.ids);
}

export function selectAll(session: EditorSession): void {
  const { flow } = session.shown;
  session.select([...flow.nodes.map((n) => n.id), ...(flow.notes ?? []).map((n) => n.id)]);
}

/** The type that the palette lists for notes: they are texts on the canvas, not steps. */
const NOTE = "core.note";

/** Adds a note at a place of the canvas. */
export function placeNote(session: EditorSession, at: Point): void {
  const { inside } = session.shown;
  const { label, change } = addNote(session.flow, inside === undefined ? at : insideWalls(at)).command;
  const added = freeId("note", takenIds(session.flow));
  session.do({
    label,
    change(draft) {
      change(draft);
      const note = draft.notes?.find((n) => n.id === added);
      if (note !== undefined && inside !== undefined) note.parent = inside.id;
    },
  });
  session.select([added]);
  session.view.setState({ writing: added });
}

/** Collapses the container that is selected, or opens it. */
export function foldSelected(session: EditorSession): void {
  const anchor = session.anchor();
  if (anchor !== undefined && isContainer(anchor.type))
    session.fold(anchor.id, !session.shown.folded.has(anchor.id));
}

/** Adds a node after the selected one, into a selected empty container, or at the end of the flow. */
export function addByType(session: EditorSession, type: NodeType): void {
  rememberType(type.type);
  if (type.type === NOTE) {
    const bounds = boundsOf(session.shown.flow, session.catalog);
    placeNote(session, [bounds.x, bounds.y + bounds.height + 48]);
    return;
  }
  const added = additionFor(session, type);
  session.do(added.command);
  session.show(added.id);
}

/** Opens the list of what may follow a node, beside the port it would hang on. */
export function addNextTo(session: EditorSession, id: string, port?: string): void {
  const node = nodeById(session.flow, id);
  if (node === undefined || session.readOnly) return;
  // What follows an empty container by keys goes into it: nothing else can be its next.
  const inside = port === undefined && isEmptyContainer(session.flow, node);
  const from = inside ? undefined : (port ?? openPort(session.flow, session.catalog, node));
  const card = document.querySelector(`.react-flow__node[data-id="${id}"]`);
  const handle = card?.querySelector(`.react-flow__handle[data-handleid="${from ?? ""}"].source`) ?? card;
  const box = handle?.getBoundingClientRect();
  const screen: Point =
    box === undefined
      ? [window.innerWidth / 2, window.innerHeight / 3]
      : [box.right + 12, box.top + box.height / 2];
  session.view.setState({ addMenu: { screen, after: { node: id, port: from } } });
}

/** Adds a node after another, wired and laid out. */
export function addNext(session: EditorSession, type: NodeType, id: string, port: string | undefined): void {
  const node = nodeById(session.flow, id);
  if (node === undefined) return;
  const { flow, catalog } = session;
  rememberType(type.type);
  const empty = port === undefined && isEmptyContainer(flow, node);
  const added = empty
    ? addNodeInside(flow, catalog, type, node)
    : addNodeAfter(flow, catalog, type, node, port);
  session.do(added.command);
  session.show(added.id);
}

function isEmptyContainer(flow: Flow, node: FlowNode): boolean {
  return isContainer(node.type) && !flow.nodes.some((n) => n.parent === node.id);
}

function additionFor(session: EditorSession, type: NodeType): Addition {
  const { flow, catalog } = session;
  const anchor = session.anchor();
  if (anchor === undefined || (isTrigger(type.type) && !isTrigger(anchor.type))) {
    const { flow: seen, inside } = session.shown;
    if (inside !== undefined && seen.nodes.length === 0 && !isTrigger(type.type))
      return addNodeInside(flow, catalog, type, inside);
    const bounds = boundsOf(seen, catalog);
    const at: Point =
      seen.nodes.length === 0
        ? [0, 0]
        : isTrigger(type.type)
          ? [bounds.x, bounds.y + bounds.height + 48]
          : [bounds.x + bounds.width + GAP_X, bounds.y];
    return addNodeAt(flow, catalog, type, at, inside?.id);
  }
  if (isEmptyContainer(flow, anchor) && !isTrigger(type.type))
    return addNodeInside(flow, catalog, type, anchor);
  return addNodeAfter(flow, catalog, type, anchor);
}

/** Adds a node at a place of the canvas, into the container there, wired if a wire was pulled. */
export function addAtPoint(session: EditorSession, type: NodeType, at: Point, wire?: WireStart): void {
  rememberType(type.type);
  const { flow, catalog, shown } = session;
  if (type.type === NOTE) {
    placeNote(session, at);
    return;
  }
  const [x, y]: Point =
    wire === undefined ? [at[0] - NODE_WIDTH / 2, at[1] - NODE_HEIGHT / 2] : startOf(at, wire);
  // A wired node belongs where its neighbour is: a wire can't cross a container's wall.
  const parent =
    wire === undefined
      ? isTrigger(type.type)
        ? undefined
        : containerAt(shown.flow, catalog, at)
      : nodeById(shown.flow, nodeById(shown.flow, wire.node)?.parent ?? "");
  const [px, py] = parent === undefined ? [0, 0] : absolutePosition(shown.flow, parent);
  const into = parent?.id ?? shown.inside?.id;
  const place: Point = [x - px, y - py];
  const free =
    into === undefined ? place : isFolded(shown, into) ? placeBelow(flow, catalog, into) : insideWalls(place);
  const added = addNodeAt(flow, catalog, type, free, into, wire);
  session.do(added.command);
  session.show(added.id);
}

/** Adds a node in the middle of a wire. */
export function addOnEdge(session: EditorSession, type: NodeType, edge: string): void {
  const wire = edgeById(session.flow, edge);
  const added = wire === undefined ? undefined : addOnWire(session.flow, session.catalog, type, wire);
  if (added === undefined) return;
  rememberType(type.type);
  session.do(added.command);
  session.show(added.id);
}

/** The wire that is seen at a place of the screen, or lies under the one card that is let go there. */
export function wireUnder([x, y]: Point, card?: string): string | undefined {
  const seen = document
    .elementsFromPoint(x, y)
    .find((e) => card === undefined || e.closest<HTMLElement>(".react-flow__node")?.dataset.id !== card);
  return seen?.closest<HTMLElement>(".react-flow__edge")?.dataset.id;
}

/** Puts a node that was let go on a wire into it, unless it is wired already. */
export function dropOnWire(session: EditorSession, id: string, group: string): boolean {
  const { flow, catalog } = session;
  const node = nodeById(flow, id);
  if (node === undefined || flow.edges.some((e) => e.to === id || edgeSource(e).node === id)) return false;
  const box = document.querySelector(`.react-flow__node[data-id="${id}"]`)?.getBoundingClientRect();
  const under =
    box === undefined ? undefined : wireUnder([box.left + box.width / 2, box.top + box.height / 2], id);
  const edge = under === undefined ? undefined : edgeById(flow, under);
  if (edge === undefined || whyNotBetween(flow, catalog, edge, node) !== undefined) return false;
  session.do(putOnWire(catalog, edge, node, group));
  return true;
}

function startOf(at: Point, wire: WireStart): Point {
  return wire.side === "after"
    ? [at[0], at[1] - NODE_HEIGHT / 2]
    : [at[0] - NODE_WIDTH, at[1] - NODE_HEIGHT / 2];
}
