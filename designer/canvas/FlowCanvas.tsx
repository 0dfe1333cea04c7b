import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  type FinalConnectionState,
  type OnConnectStartParams,
  ReactFlow,
  useReactFlow,
  useStore,
  useStoreApi,
} from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { type ReactNode, useMemo, useReducer, useRef, useState } from "react";
import type { Catalog } from "@/core/flow/catalog";
import type { Flow, Point } from "@/core/flow/document";
import { IconButton } from "@/ui/Button";
import { CalledNames, useCalledNames } from "./called";
import { LARGE, motion, useFirstFit, useFit, useFocusInSight, useInsideView } from "./camera";
import { type CardActions, CardContext, NodeCard } from "./cards";
import { type Gesture, useChanges } from "./changes";
import { CollapsedCard, ContainerCard } from "./containers";
import { Drag, DragContext } from "./drag";
import { type Folding, useFolding } from "./folding";
import { type GroupDrag, type GroupEditor, Groups } from "./Groups";
import { Guides, useSnapping } from "./guides";
import { InsideCrumbs } from "./InsideCrumbs";
import { Minimap } from "./Minimap";
import { type CanvasEdge, CanvasModel, type CanvasNode, type ModelInput } from "./model";
import { NoteCard } from "./notes";
import { FAR, Overview } from "./Overview";
import { useCanvasHeir, useKeptFocus } from "./standing";
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
  /** A drag is over, whatever came of it. */
  onDragEnd?: () => void;
  onResized: (id: string, at: Point, size: Point) => void;
  onNoteText: (id: string, text: string) => void;
  /** A port was clicked: something is to follow there. */
  onPort: (node: string, port: string) => void;
  onNoteWrite: (id: string, writing: boolean) => void;
  /** The middle of a wire was clicked: something is to be added there. */
  onWireAdd: (edge: string, screen: Point) => void;
  groups: GroupEditor;
}

interface FlowCanvasProps {
  flow: Flow;
  /** What of the flow is seen; without it containers are opened and collapsed here, for the eye alone. */
  folding?: Folding;
  catalog: Catalog;
  problems?: ReadonlyMap<string, "error" | "warning">;
  selected: ReadonlySet<string>;
  selectedEdges?: ReadonlySet<string>;
  /** The wires that the run shown had, where the flow may have changed since. */
  ran?: ReadonlySet<string> | undefined;
  onSelect: (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => void;
  onOpen?: (node: string) => void;
  onPaneClick?: () => void;
  /** The group or note whose text is being written. */
  writing?: string | undefined;
  editor?: CanvasEditor;
  controls?: ReactNode;
}

const NODE_TYPES = { card: NodeCard, container: ContainerCard, collapsed: CollapsedCard, note: NoteCard };
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
  const { catalog, problems = NONE, selected, selectedEdges = NO_EDGES, onSelect, editor } = props;
  const own = useFolding(props.flow);
  const folding = props.folding ?? { ...own, lead: own.bring };
  const { shown } = folding;
  const { flow, folded } = shown;
  const model = useRef(new CanvasModel()).current;
  const store = useStoreApi();
  const dragging = useRef<Drag>(undefined);
  dragging.current ??= new Drag(store);
  const drag = dragging.current;
  const [sizing, setSizing] = useState<ReadonlyMap<string, Point>>(NONE);
  const readOnly = editor === undefined;
  const input: ModelInput = {
    ...{ flow, catalog, problems, selected, selectedEdges, sizing, readOnly, moving: drag.places },
    ...{ ran: props.ran, folded, writing: props.writing },
  };
  const large = flow.nodes.length > LARGE;
  const far = useStore((s) => large && s.transform[2] < FAR);
  const nodes = far ? NO_NODES : model.nodes(input);
  const edges = far ? NO_WIRES : model.edges(input);

  const snapping = useSnapping(flow, catalog);
  // What was rendered during a drag is rendered once more after it, also where nothing came of it.
  const [, render] = useReducer((n: number) => n + 1, 0);
  // Whoever takes the flow over in the middle of a drag takes the editor away with it.
  const began = useRef(editor);
  began.current = editor ?? began.current;
  const gesture: Gesture = {
    ...{ drag, sizing, setSizing, snap: snapping.snap },
    end() {
      drag.end();
      snapping.end();
      began.current?.onDragEnd?.();
      render();
    },
  };
  drag.cancel = gesture.end;
  const changes = useChanges(input, onSelect, editor, gesture);
  const groupDrag: GroupDrag | undefined = editor && {
    move: (places) => drag.move(snapping.snap(places)),
    end(places, dragged) {
      if (drag.canceled) return;
      const there = drag.places;
      gesture.end();
      editor.onMoved(dragged && there.size > 0 ? there : places, dragged);
    },
  };
  const wires = useWires(editor);
  const placed = useFirstFit(flow, catalog);
  const folds = useRef(folding);
  folds.current = folding;
  useInsideView(flow, catalog, shown.inside?.id, placed);
  const inSight = useFocusInSight(flow, catalog);
  const stand = useCanvasHeir(selected);
  const kept = useKeptFocus();
  const called = useCalledNames(props.flow);
  const actions = useMemo<CardActions>(
    () => ({
      ...{ readOnly, onFold: (id, collapsed) => folds.current.fold(id, collapsed) },
      onEnter: (id) => folds.current.enter(id),
      onLead: (id) => folds.current.lead(id),
      ...(editor
        ? {
            onNoteText: editor.onNoteText,
            onNoteWrite: editor.onNoteWrite,
            onWireAdd: editor.onWireAdd,
            onPort: editor.onPort,
          }
        : {}),
    }),
    [readOnly, editor],
  );
  return (
    <CardContext.Provider value={actions}>
      <CalledNames.Provider value={called}>
        <DragContext.Provider value={drag}>
          <ReactFlow<CanvasNode, CanvasEdge>
            className={placed ? "" : "canvas-unplaced"}
            nodes={nodes}
            edges={edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onlyRenderVisibleElements
            onFocus={(event) => {
              stand(event);
              inSight(event);
            }}
            {...kept}
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
            autoPanOnNodeDrag={false}
            connectionRadius={26}
            connectionLineComponent={ConnectionLine}
            snapToGrid
            snapGrid={[4, 4]}
            defaultViewport={START}
            proOptions={{ hideAttribution: true }}
          >
            <Background gap={20} size={1.6} color="var(--dot)" />
            <Guides lines={snapping.lines} />
            {!far && (
              <Groups
                {...{ flow, catalog, selected }}
                drag={groupDrag}
                writing={props.writing}
                editor={editor?.groups}
                onSelect={(nodes) => onSelect(nodes, NO_EDGES)}
              />
            )}
            {far && <Overview flow={flow} catalog={catalog} selected={selected} />}
          </ReactFlow>
          <Controls flow={flow} catalog={catalog}>
            {props.controls}
          </Controls>
          <InsideCrumbs flow={props.flow} folding={folding} />
          <Minimap flow={flow} catalog={catalog} />
        </DragContext.Provider>
      </CalledNames.Provider>
    </CardContext.Provider>
  );
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
