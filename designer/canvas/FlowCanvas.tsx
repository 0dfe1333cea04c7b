import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  type EdgeChange,
  type FinalConnectionState,
  type NodeChange,
  type OnConnectStartParams,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import type { Catalog } from "@/core/flow/catalog";
import type { Flow, Point } from "@/core/flow/document";
import { IconButton } from "@/ui/Button";
import { LARGE, motion, useFirstFit, useFit, useFocusInSight } from "./camera";
import { type CardActions, CardContext, ContainerCard, NodeCard, NoteCard } from "./cards";
import { Guides, useSnapping } from "./guides";
import { Minimap } from "./Minimap";
import { type CanvasEdge, CanvasModel, type CanvasNode, type ModelInput } from "./model";
import { FAR, Overview } from "./Overview";
import { Wire, wirePath } from "./Wire";

/** Where a wire was pulled from. */
export interface WireStart {
  node: string;
  port: string;
  side: "after" | "before";
}

/** What an editor does with what happens on the canvas; without one it is read-only. */
export interface CanvasEditor {
  why: (source: string, port: string, target: string) => string | undefined;
  onConnect: (source: string, port: string, target: string) => void;
  /** A wire was let go over something that it can't join. */
  onRefused: (reason: string) => void;
  onWireDropped: (start: WireStart, screen: Point) => void;
  /** Nodes came to rest: after a drag, or one step of the arrow keys. */
  onMoved: (moves: ReadonlyMap<string, Point>, dragged: boolean) => void;
  /** Nodes are dragged, and are not let go yet. */
  onDragged?: (ids: ReadonlySet<string>) => void;
  onResized: (id: string, at: Point, size: Point) => void;
  onNoteText: (id: string, text: string) => void;
  /** A port was clicked: something is to follow there. */
  onPort: (node: string, port: string) => void;
  /** The middle of a wire was clicked: something is to be added there. */
  onWireAdd: (edge: string, screen: Point) => void;
}

interface FlowCanvasProps {
  flow: Flow;
  catalog: Catalog;
  problems?: ReadonlyMap<string, "error" | "warning">;
  selected: ReadonlySet<string>;
  selectedEdges?: ReadonlySet<string>;
  /** The wires that the run shown had, where the flow may have changed since. */
  ran?: ReadonlySet<string> | undefined;
  onSelect: (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => void;
  onOpen?: (node: string) => void;
  onPaneClick?: () => void;
  editor?: CanvasEditor;
  controls?: ReactNode;
}

const NODE_TYPES = { card: NodeCard, container: ContainerCard, note: NoteCard };
const EDGE_TYPES = { wire: Wire };
const NONE: ReadonlyMap<string, never> = new Map<string, never>();
const NO_EDGES: ReadonlySet<string> = new Set();
const MULTI = ["Shift", "Meta", "Control"];
const NO_NODES: CanvasNode[] = [];
const NO_WIRES: CanvasEdge[] = [];
/** Where an empty flow begins: its first node lies clear of the corner. */
const START = { x: 96, y: 128, zoom: 1 };

/** A flow on the canvas: pan, zoom, select; with an editor also move, wire and resize. */
export function FlowCanvas(props: FlowCanvasProps) {
  const { flow, catalog, problems = NONE, selected, selectedEdges = NO_EDGES, onSelect, editor } = props;
  const model = useRef(new CanvasModel()).current;
  const [moving, setMoving] = useState<ReadonlyMap<string, Point>>(NONE);
  const [sizing, setSizing] = useState<ReadonlyMap<string, Point>>(NONE);
  const readOnly = editor === undefined;
  const input: ModelInput = {
    ...{ flow, catalog, problems, selected, selectedEdges, moving, sizing, readOnly },
    ran: props.ran,
  };
  const large = flow.nodes.length > LARGE;
  const far = useStore((s) => large && s.transform[2] < FAR);
  const nodes = far ? NO_NODES : model.nodes(input);
  const edges = far ? NO_WIRES : model.edges(input);

  const snapping = useSnapping(flow, catalog);
  const changes = useChanges(input, onSelect, editor, { moving, sizing, setMoving, setSizing, snapping });
  const wires = useWires(editor);
  const placed = useFirstFit(flow, catalog);
  const inSight = useFocusInSight(flow, catalog);
  const actions = useMemo<CardActions>(
    () => ({
      readOnly,
      ...(editor
        ? { onNoteText: editor.onNoteText, onWireAdd: editor.onWireAdd, onPort: editor.onPort }
        : {}),
    }),
    [readOnly, editor],
  );
  return (
    <CardContext.Provider value={actions}>
      <ReactFlow<CanvasNode, CanvasEdge>
        className={placed ? "" : "canvas-unplaced"}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onlyRenderVisibleElements
        onFocus={inSight}
        {...changes}
        {...wires}
        {...(props.onPaneClick ? { onPaneClick: props.onPaneClick } : {})}
        onNodeClick={(event, node) => {
          if (node.type !== "note" && !event.shiftKey && !event.ctrlKey && !event.metaKey)
            props.onOpen?.(node.id);
        }}
        nodesConnectable={!readOnly}
        nodesDraggable={!readOnly}
        edgesReconnectable={false}
        elementsSelectable
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={MULTI}
        panOnScroll
        zoomOnDoubleClick={false}
        minZoom={0.08}
        maxZoom={2}
        nodeDragThreshold={3}
        connectionRadius={26}
        connectionLineComponent={ConnectionLine}
        snapToGrid
        snapGrid={[4, 4]}
        defaultViewport={START}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} size={1.6} color="var(--dot)" />
        <Guides guides={snapping.guides} />
        {far && <Overview flow={flow} catalog={catalog} selected={selected} />}
      </ReactFlow>
      <Controls flow={flow} catalog={catalog}>
        {props.controls}
      </Controls>
      <Minimap flow={flow} catalog={catalog} />
    </CardContext.Provider>
  );
}

interface Transient {
  moving: ReadonlyMap<string, Point>;
  sizing: ReadonlyMap<string, Point>;
  setMoving: (m: ReadonlyMap<string, Point>) => void;
  setSizing: (m: ReadonlyMap<string, Point>) => void;
  snapping: ReturnType<typeof useSnapping>;
}

/**
 * Turns the library's changes into selections, and into commands when a gesture
 * ends. The library may report several times before the next render, so what was
 * chosen and moved last is kept in a ref and not read from the props.
 */
function useChanges(
  input: ModelInput,
  onSelect: FlowCanvasProps["onSelect"],
  editor: CanvasEditor | undefined,
  t: Transient,
) {
  const now = useRef({ nodes: input.selected, edges: input.selectedEdges, moving: t.moving });
  now.current = { nodes: input.selected, edges: input.selectedEdges, moving: t.moving };
  const select = (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => {
    now.current = { ...now.current, nodes, edges };
    onSelect(nodes, edges);
  };
  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    if (changes.some((c) => c.type === "select"))
      select(applySelection(now.current.nodes, changes), now.current.edges);
    if (editor === undefined) return;
    const dragged = now.current.moving.size > 0;
    const places = placesOf(changes, dragged ? t.snapping.snap : undefined);
    const moving = new Map([...now.current.moving, ...places]);
    const sizing = new Map(t.sizing);
    const rested = new Map<string, Point>();
    let resized: string | undefined;
    for (const change of changes) {
      if (change.type === "position") {
        const at = places.get(change.id);
        if (!change.dragging && at !== undefined) rested.set(change.id, at);
      } else if (change.type === "dimensions" && change.resizing !== undefined) {
        if (change.dimensions) sizing.set(change.id, [change.dimensions.width, change.dimensions.height]);
        if (!change.resizing) resized = change.id;
      }
    }
    if (resized !== undefined) return finishResize(resized, moving, sizing, input, editor, t);
    if (sizing.size > 0) t.setSizing(sizing);
    if (rested.size > 0 && sizing.size === 0) {
      now.current = { ...now.current, moving: NONE };
      t.setMoving(NONE);
      t.snapping.end();
      editor.onMoved(rested, dragged);
    } else if (changes.some((c) => c.type === "position")) {
      now.current = { ...now.current, moving };
      t.setMoving(moving);
      if (dragged && sizing.size === 0) editor.onDragged?.(new Set(moving.keys()));
    }
  };
  const onEdgesChange = (changes: EdgeChange<CanvasEdge>[]) =>
    select(now.current.nodes, applySelection(now.current.edges, changes));
  return { onNodesChange, onEdgesChange };
}

/** Where parts were moved to; in a drag they are drawn into line with others. */
function placesOf(
  changes: readonly NodeChange<CanvasNode>[],
  snap: ((places: ReadonlyMap<string, Point>) => ReadonlyMap<string, Point>) | undefined,
): ReadonlyMap<string, Point> {
  const places = new Map<string, Point>();
  for (const change of changes)
    if (change.type === "position" && change.position)
      places.set(change.id, [change.position.x, change.position.y]);
  // A resize from the left moves too, and isn't a drag.
  const resizing = changes.some((c) => c.type === "dimensions" && c.resizing !== undefined);
  return snap === undefined || places.size === 0 || resizing ? places : snap(places);
}

function applySelection(
  before: ReadonlySet<string>,
  changes: readonly (NodeChange<CanvasNode> | EdgeChange<CanvasEdge>)[],
): ReadonlySet<string> {
  const chosen = new Set(before);
  for (const change of changes) {
    if (change.type !== "select") continue;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  return chosen;
}

function finishResize(
  id: string,
  moving: ReadonlyMap<string, Point>,
  sizing: ReadonlyMap<string, Point>,
  input: ModelInput,
  editor: CanvasEditor,
  t: Transient,
): void {
  const part = [...input.flow.nodes, ...(input.flow.notes ?? [])].find((n) => n.id === id);
  const size = sizing.get(id);
  t.setMoving(NONE);
  t.setSizing(NONE);
  if (part !== undefined && size !== undefined) editor.onResized(id, moving.get(id) ?? part.position, size);
}

/** Wires: which may be drawn, and what happens when one ends on a node or on the empty canvas. */
function useWires(editor: CanvasEditor | undefined) {
  const start = useRef<WireStart | undefined>(undefined);
  if (editor === undefined) return {};
  return {
    isValidConnection: (c: { source: string; sourceHandle?: string | null; target: string }) =>
      editor.why(c.source, c.sourceHandle ?? "out", c.target) === undefined,
    onConnect: (c: { source: string; sourceHandle: string | null; target: string }) =>
      editor.onConnect(c.source, c.sourceHandle ?? "out", c.target),
    onConnectStart: (_: unknown, p: OnConnectStartParams) => {
      start.current =
        p.nodeId === null
          ? undefined
          : {
              node: p.nodeId,
              port: p.handleId ?? "out",
              side: p.handleType === "target" ? "before" : "after",
            };
    },
    onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const from = start.current;
      start.current = undefined;
      if (from === undefined || state.isValid) return;
      const over = nodeUnder(event);
      const target = state.toNode?.id ?? over;
      if (target !== undefined && target !== from.node) return joinNodes(editor, from, target, over);
      if (over === undefined) editor.onWireDropped(from, pointOf(event));
    },
  };
}

/** A wire let go on a card, beside its handle, joins it all the same; or it is said why not. */
function joinNodes(editor: CanvasEditor, from: WireStart, target: string, over: string | undefined): void {
  const [source, port, to] =
    from.side === "after" ? [from.node, from.port, target] : [target, "out", from.node];
  const reason = editor.why(source, port, to);
  if (reason !== undefined) editor.onRefused(reason);
  else if (over !== undefined) editor.onConnect(source, port, to);
}

function pointOf(event: MouseEvent | TouchEvent): Point {
  if ("changedTouches" in event) {
    const touch = event.changedTouches[0];
    return [touch?.clientX ?? 0, touch?.clientY ?? 0];
  }
  return [event.clientX, event.clientY];
}

function nodeUnder(event: MouseEvent | TouchEvent): string | undefined {
  const [x, y] = pointOf(event);
  const card = document.elementFromPoint(x, y)?.closest<HTMLElement>(".react-flow__node");
  // The floor of a container counts as empty canvas: a wire may be dropped there to add.
  if (card?.classList.contains("react-flow__node-container")) return undefined;
  return card?.dataset.id;
}

function ConnectionLine({
  fromX,
  fromY,
  toX,
  toY,
  fromPosition,
}: {
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  fromPosition: string;
}) {
  const ends =
    fromPosition === "left"
      ? { sourceX: toX, sourceY: toY, targetX: fromX, targetY: fromY }
      : { sourceX: fromX, sourceY: fromY, targetX: toX, targetY: toY };
  return <path d={wirePath(ends)} className="react-flow__connection-path" fill="none" />;
}

function Controls({ flow, catalog, children }: { flow: Flow; catalog: Catalog; children?: ReactNode }) {
  const { zoomIn, zoomOut, zoomTo } = useReactFlow();
  const zoom = useStore((s) => s.transform[2]);
  const fit = useFit(flow, catalog);
  return (
    <div className="canvas-controls" role="toolbar" aria-label="Canvas">
      <IconButton label="Zoom out" onClick={() => void zoomOut(motion())}>
        <Minus size={15} aria-hidden />
      </IconButton>
      <button
        type="button"
        className="icon-btn canvas-zoom"
        title="Zoom to 100 %"
        onClick={() => void zoomTo(1, motion())}
      >
        {Math.round(zoom * 100)} %
      </button>
      <IconButton label="Zoom in" onClick={() => void zoomIn(motion())}>
        <Plus size={15} aria-hidden />
      </IconButton>
      <span className="canvas-controls-line" />
      <IconButton label="Fit the whole flow" onClick={fit}>
        <Maximize size={15} aria-hidden />
      </IconButton>
      {children}
    </div>
  );
}
