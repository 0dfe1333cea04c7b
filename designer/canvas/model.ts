import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";
import type { Catalog, NodeType } from "@/core/flow/catalog";
import type { Flow, FlowNode, FlowNote, Point } from "@/core/flow/document";
import { edgeId, edgeSource, isContainer, isOpen, isTrigger, PORT_ERROR } from "@/core/flow/document";
import { inputOffset, nodeSize, noteSize, portOffsets } from "@/core/layout/geometry";
import { plainly } from "@/ui/Named";
import { LazyCourse, sameShape, Ways } from "./ways";

/** What a card is drawn from. Run state is not here: it would render every card for each event. */
export interface CardData extends Record<string, unknown> {
  node: FlowNode;
  type: NodeType | undefined;
  ports: { port: string; y: number }[];
  inputY: number | undefined;
  /** The gravest problem of the node, if any. */
  problem: "error" | "warning" | undefined;
  /** The node inside that the problem is of, where it is not the container's own. */
  problemAt: string | undefined;
  /** The nodes that a collapsed container stands for. */
  within: readonly FlowNode[] | undefined;
  /** Whether something is wired to the error port, so that it shows all the time. */
  errorWired: boolean;
}

export interface NoteData extends Record<string, unknown> {
  note: FlowNote;
  /** Its text is being written. */
  writing: boolean;
}

export type CanvasNode = Node<CardData, "card" | "container" | "collapsed"> | Node<NoteData, "note">;
/** `course` is how it goes around cards; `ran` whether it was there when the run shown began. */
export type CanvasEdge = Edge<{ port: string; course: LazyCourse; ran: boolean }, "wire">;

const HANDLE = 12;

export interface ModelInput {
  flow: Flow;
  catalog: Catalog;
  problems: ReadonlyMap<string, "error" | "warning">;
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  /** Places during a drag or a resize, before the document has them. */
  moving: ReadonlyMap<string, Point>;
  sizing: ReadonlyMap<string, Point>;
  readOnly: boolean;
  /** The note whose text is being written. */
  writing?: string | undefined;
  /** The nodes inside the containers that are drawn collapsed. */
  folded: ReadonlyMap<string, readonly FlowNode[]>;
  /** The wires that the run shown had; undefined where all of them count. */
  ran?: ReadonlySet<string> | undefined;
}

/**
 * Turns documents into what the canvas library draws. Parts that didn't change
 * keep their identity, so that the library and React skip them.
 */
export class CanvasModel {
  #nodes = new Map<string, { key: unknown[]; node: CanvasNode }>();
  #list: CanvasNode[] = [];
  #order: (Order & { flow: Flow }) | undefined;
  #edges = new Map<string, { key: unknown[]; edge: CanvasEdge }>();
  #lastEdges:
    | {
        flow: Flow;
        catalog: Catalog;
        ways: Ways;
        selected: ReadonlySet<string>;
        ran: ReadonlySet<string> | undefined;
        list: CanvasEdge[];
      }
    | undefined;

  nodes(input: ModelInput): CanvasNode[] {
    const { flow } = input;
    const { ordered, wired } = this.#orderOf(flow);
    const next = new Map<string, { key: unknown[]; node: CanvasNode }>();
    for (const part of ordered) {
      if ("text" in part) {
        const key = [
          part,
          input.selected.has(part.id),
          input.moving.get(part.id),
          input.sizing.get(part.id),
          input.readOnly,
          input.writing === part.id,
        ];
        next.set(part.id, this.#kept(part.id, key) ?? { key, node: noteNode(part, input) });
        continue;
      }
      const node = part;
      const key = [
        node,
        input.catalog,
        input.problems.get(node.id),
        input.selected.has(node.id),
        input.moving.get(node.id),
        input.sizing.get(node.id),
        wired.has(node.id),
        input.readOnly,
        input.folded.get(node.id),
        worstWithin(node, input)?.id,
      ];
      next.set(node.id, this.#kept(node.id, key) ?? { key, node: cardNode(node, input, wired.has(node.id)) });
    }
    this.#nodes = next;
    const list = [...next.values()].map((n) => n.node);
    // The same list says at once that nothing is to be looked at.
    if (list.length !== this.#list.length || list.some((n, i) => n !== this.#list[i])) this.#list = list;
    return this.#list;
  }

  /** In which order the parts of a flow are drawn; kept while the flow is the same. */
  #orderOf(flow: Flow): Order {
    if (this.#order?.flow !== flow) this.#order = { flow, ...orderOf(flow) };
    return this.#order;
  }

  #kept(id: string, key: unknown[]) {
    const known = this.#nodes.get(id);
    return known?.key.length === key.length && known.key.every((k, i) => k === key[i]) ? known : undefined;
  }

  /** The same list as before while wires, places and the selection are: a drag and a key cost nothing here. */
  edges(input: ModelInput): CanvasEdge[] {
    const { flow, catalog, selectedEdges: selected, ran } = input;
    const last = this.#lastEdges;
    const same = last?.catalog === catalog && sameShape(last.flow, flow, catalog);
    const ways = same ? last.ways : new Ways(flow, catalog);
    const list =
      same && last.selected === selected && last.ran === ran ? last.list : this.#edgeList(input, ways);
    this.#lastEdges = { flow, catalog, ways, selected, ran, list };
    return list;
  }

  #edgeList(input: ModelInput, ways: Ways): CanvasEdge[] {
    const next = new Map<string, { key: unknown[]; edge: CanvasEdge }>();
    const ids = new Set(input.flow.nodes.map((n) => n.id));
    for (const e of input.flow.edges) {
      const id = edgeId(e);
      const { node, port } = edgeSource(e);
      if (!ids.has(node) || !ids.has(e.to) || next.has(id)) continue;
      const selected = input.selectedEdges.has(id);
      const known = this.#edges.get(id);
      const ran = input.ran?.has(id) ?? true;
      const key = [selected, ran];
      if (known?.key.every((k, i) => k === key[i]) && known.edge.data?.course.follow(ways, e)) {
        next.set(id, known);
        continue;
      }
      const edge: CanvasEdge = {
        id,
        type: "wire",
        source: node,
        sourceHandle: port,
        target: e.to,
        targetHandle: "in",
        selected,
        data: { port, ran, course: new LazyCourse(ways, e) },
        ariaLabel: plainly(`Wire from ${node} ${port} to ${e.to}`),
      };
      next.set(id, { key, edge });
    }
    this.#edges = next;
    const list = [...next.values()].map((e) => e.edge);
    const last = this.#lastEdges?.list;
    return last?.length === list.length && last.every((e, i) => e === list[i]) ? last : list;
  }
}

interface Order {
  ordered: readonly (FlowNode | FlowNote)[];
  /** The nodes whose error port has a wire. */
  wired: ReadonlySet<string>;
}

function orderOf(flow: Flow): Order {
  const wired = new Set(
    flow.edges.filter((e) => e.from.endsWith(`.${PORT_ERROR}`)).map((e) => edgeSource(e).node),
  );
  const depths = depthsOf(flow);
  const depth = (part: FlowNode | FlowNote) =>
    "text" in part ? (depths.get(part.parent ?? "") ?? -1) + 0.5 : (depths.get(part.id) ?? 0);
  // Containers before what lies in them, and there notes before nodes: what comes later lies above.
  const ordered = [...flow.nodes, ...(flow.notes ?? [])].sort((a, b) => depth(a) - depth(b));
  return { ordered, wired };
}

function depthsOf(flow: Flow): Map<string, number> {
  const parents = new Map(flow.nodes.map((n) => [n.id, n.parent]));
  const depth = (id: string, guard: number): number => {
    const parent = parents.get(id);
    return parent === undefined || guard > 16 ? 0 : 1 + depth(parent, guard + 1);
  };
  return new Map(flow.nodes.map((n) => [n.id, depth(n.id, 0)]));
}

function cardNode(node: FlowNode, input: ModelInput, errorWired: boolean): CanvasNode {
  const [width, height] = input.sizing.get(node.id) ?? nodeSize(node, input.catalog);
  const at = input.moving.get(node.id) ?? node.position;
  const type = input.catalog.get(node.type);
  const ports = portOffsets(node, input.catalog);
  const within = input.folded.get(node.id);
  const inputY = isTrigger(node.type) ? undefined : inputOffset(node, height);
  const parentKnown =
    node.parent !== undefined && input.flow.nodes.some((n) => n.id === node.parent && isContainer(n.type));
  return {
    id: node.id,
    type: isOpen(node) ? "container" : isContainer(node.type) ? "collapsed" : "card",
    position: { x: at[0], y: at[1] },
    ...(parentKnown && node.parent !== undefined ? { parentId: node.parent } : {}),
    width,
    height,
    measured: { width, height },
    handles: handlesOf(width, ports, inputY),
    selected: input.selected.has(node.id),
    draggable: !input.readOnly,
    deletable: false,
    ariaLabel: plainly(
      `${node.name ?? node.id}, ${type?.name ?? node.type}${within === undefined ? "" : `, collapsed, ${within.length} steps`}`,
    ),
    data: { node, type, ports, inputY, errorWired, within, ...problemOf(node, input) },
  };
}

/** The first node in a collapsed container that has the gravest problem of all in it. */
function worstWithin(node: FlowNode, input: ModelInput): FlowNode | undefined {
  const within = input.folded.get(node.id);
  return (
    within?.find((n) => input.problems.get(n.id) === "error") ?? within?.find((n) => input.problems.has(n.id))
  );
}

/** A collapsed container shows the problems of what is in it as well as its own. */
function problemOf(node: FlowNode, input: ModelInput): Pick<CardData, "problem" | "problemAt"> {
  const own = input.problems.get(node.id);
  const inner = worstWithin(node, input);
  const problem = inner === undefined ? undefined : input.problems.get(inner.id);
  return own === "error" || inner === undefined
    ? { problem: own ?? problem, problemAt: inner?.id }
    : { problem, problemAt: inner.id };
}

function handlesOf(
  width: number,
  ports: { port: string; y: number }[],
  inputY: number | undefined,
): NodeHandle[] {
  const box = { width: HANDLE, height: HANDLE };
  const handles: NodeHandle[] = ports.map(({ port, y }) => ({
    id: port,
    type: "source",
    position: Position.Right,
    x: width - HANDLE / 2,
    y: y - HANDLE / 2,
    ...box,
  }));
  if (inputY !== undefined) {
    handles.push({
      id: "in",
      type: "target",
      position: Position.Left,
      x: -HANDLE / 2,
      y: inputY - HANDLE / 2,
      ...box,
    });
  }
  return handles;
}

function noteNode(note: FlowNote, input: ModelInput): CanvasNode {
  const [width, height] = input.sizing.get(note.id) ?? noteSize(note);
  const at = input.moving.get(note.id) ?? note.position;
  return {
    id: note.id,
    type: "note",
    position: { x: at[0], y: at[1] },
    ...(note.parent === undefined ? {} : { parentId: note.parent }),
    width,
    height,
    measured: { width, height },
    handles: [],
    ...(note.parent === undefined ? { zIndex: -1 } : {}),
    selected: input.selected.has(note.id),
    draggable: !input.readOnly,
    deletable: false,
    ariaLabel: plainly(`Note: ${note.text.slice(0, 60)}`),
    data: { note, writing: input.writing === note.id },
  };
}
