import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useRef } from "react";
import type { Point } from "@/core/flow/document";
import type { Drag } from "./drag";
import type { CanvasEditor } from "./FlowCanvas";
import type { CanvasEdge, CanvasNode, ModelInput } from "./model";

type Places = ReadonlyMap<string, Point>;

/** What moves or resizes parts at the moment. */
export interface Gesture {
  drag: Drag;
  sizing: Places;
  setSizing: (sizes: Places) => void;
  /** Draws places into line with other cards. */
  snap: (places: Places) => Places;
  end: () => void;
}

const NONE: Places = new Map<string, never>();

/**
 * Turns the library's changes into selections, and into commands when a gesture
 * ends. The library may report several times before the next render, so what was
 * chosen and moved last is kept in a ref and not read from the props.
 */
export function useChanges(
  input: ModelInput,
  onSelect: (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => void,
  editor: CanvasEditor | undefined,
  gesture: Gesture,
) {
  const { drag } = gesture;
  const now = useRef({ nodes: input.selected, edges: input.selectedEdges });
  now.current = { nodes: input.selected, edges: input.selectedEdges };
  const select = (nodes: ReadonlySet<string>, edges: ReadonlySet<string>) => {
    now.current = { nodes, edges };
    onSelect(nodes, edges);
  };
  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    if (changes.some((c) => c.type === "select"))
      select(applySelection(now.current.nodes, changes), now.current.edges);
    if (editor === undefined) {
      // Somebody took the flow over in the middle of a drag: it ends where it began.
      if (drag.places.size > 0) gesture.end();
      return;
    }
    if (drag.canceled) return;
    const dragged = drag.places.size > 0;
    const places = placesOf(changes, dragged ? gesture.snap : undefined);
    const moving = new Map([...drag.places, ...places]);
    const sizing = new Map(gesture.sizing);
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
    if (resized !== undefined) return finishResize(resized, moving, sizing, input, editor, gesture);
    if (sizing.size > 0) gesture.setSizing(sizing);
    if (rested.size > 0 && sizing.size === 0) {
      gesture.end();
      editor.onMoved(rested, dragged);
    } else if (changes.some((c) => c.type === "position")) {
      drag.move(moving);
      if (dragged && sizing.size === 0) editor.onDragged?.(new Set(moving.keys()));
    }
  };
  const onEdgesChange = (changes: EdgeChange<CanvasEdge>[]) =>
    select(now.current.nodes, applySelection(now.current.edges, changes));
  return { onNodesChange, onEdgesChange };
}

/** Where parts were moved to; in a drag they are drawn into line with others. */
function placesOf(changes: readonly NodeChange<CanvasNode>[], snap: Gesture["snap"] | undefined): Places {
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
  moving: Places,
  sizing: Places,
  input: ModelInput,
  editor: CanvasEditor,
  gesture: Gesture,
): void {
  const part = [...input.flow.nodes, ...(input.flow.notes ?? [])].find((n) => n.id === id);
  const size = sizing.get(id);
  gesture.setSizing(NONE);
  gesture.end();
  if (part !== undefined && size !== undefined) editor.onResized(id, moving.get(id) ?? part.position, size);
}
