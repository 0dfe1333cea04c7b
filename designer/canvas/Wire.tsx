import { type EdgeProps, getBezierPath, getSmoothStepPath, Position, useStoreApi } from "@xyflow/react";
import { memo, useContext, useRef } from "react";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, PORT_ERROR } from "@/core/flow/document";
import { BACK } from "@/core/layout/route";
import { useNodeRun } from "@/run/hooks";
import { CardContext } from "./cards";
import { useDiff } from "./diff";
import { endsOf, useFollow } from "./drag";
import type { CanvasEdge } from "./model";
import { Ways } from "./ways";

/** Where a wire begins and ends on the canvas. */
export interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

/** How a wire goes around cards: the x at which it turns on its way to the right, or the y along which it goes back. */
export interface Way {
  bend?: number;
  lane?: number;
}

/** A curve to the right, with a bend where cards lie between; to the left it goes around in straight lines with round corners. */
function wireOf(
  ends: Ends,
  { bend, lane }: Way = {},
): [path: string, middleX: number, middleY: number, ...unknown[]] {
  const sides = { ...ends, sourcePosition: Position.Right, targetPosition: Position.Left };
  // While an end is dragged the bend may lie behind it.
  if (bend !== undefined && bend > ends.sourceX && bend < ends.targetX)
    return getSmoothStepPath({ ...sides, borderRadius: 18, offset: 10, centerX: bend });
  if (ends.targetX - ends.sourceX > 8) return getBezierPath({ ...sides, curvature: 0.32 });
  return getSmoothStepPath({
    ...{ ...sides, borderRadius: 18, offset: BACK },
    ...(lane === undefined ? {} : { centerY: lane }),
  });
}

export function wirePath(ends: Ends, way?: Way): string {
  return wireOf(ends, way)[0];
}

/** The paths of all wires of a flow, as the canvas draws them close by. */
export function wiresOf(flow: Flow, catalog: Catalog): string[] {
  const ways = new Ways(flow, catalog);
  const all = flow.edges.flatMap((edge) => ways.of(edge) ?? []);
  return all.map(({ ends, way }) => wirePath(ends, way));
}

/** A wire. In a run the taken ones carry its state's colour and weigh more. */
export const Wire = memo(function Wire(props: EdgeProps<CanvasEdge>) {
  const { source, target, data, selected } = props;
  const from = useNodeRun(source);
  const to = useNodeRun(target);
  const port = data?.port ?? "out";
  // A wire that was drawn since the run was no way for it to take.
  const taken = data?.ran !== false && (from?.ports.has(port) ?? false);
  const state = !taken
    ? undefined
    : port === PORT_ERROR
      ? "failed"
      : to?.state === "running"
        ? "running"
        : "succeeded";
  const { onWireAdd } = useContext(CardContext);
  const diff = useDiff(props.id);
  const [path, x, y] = wireOf(props, data?.course.way);
  const group = useRef<SVGGElement>(null);
  const store = useStoreApi();
  useFollow([source, target], (dragged) => {
    const ends = endsOf(store.getState(), { source, port, target });
    if (ends !== undefined && group.current !== null)
      redraw(group.current, wireOf(ends, data?.course.way), dragged);
  });
  return (
    <g
      ref={group}
      className="wire"
      data-selected={selected || undefined}
      data-state={state}
      data-error={port === PORT_ERROR || undefined}
      data-diff={diff}
    >
      <path d={path} className="wire-line" fill="none" />
      <path
        d={path}
        className="react-flow__edge-interaction"
        fill="none"
        strokeOpacity={0}
        strokeWidth={18}
      />
      {onWireAdd !== undefined && (
        // biome-ignore lint/a11y/noStaticElementInteractions: by keys it is the command "Add on the wire" of a chosen wire
        <g
          className="wire-add"
          data-testid={`wire-add-${props.id}`}
          transform={`translate(${x} ${y})`}
          onClick={(e) => {
            e.stopPropagation();
            onWireAdd(props.id, [e.clientX, e.clientY]);
          }}
        >
          <title>Add a node here</title>
          <circle r={9} />
          <path d="M -4 0 H 4 M 0 -4 V 4" />
        </g>
      )}
    </g>
  );
});

/** Draws a wire anew as it stands; in a drag what can't be seen of it waits for the end. */
function redraw(group: SVGGElement, [path, x, y]: ReturnType<typeof wireOf>, dragged: boolean): void {
  const [line, area, add] = group.children;
  line?.setAttribute("d", path);
  if (dragged) return;
  area?.setAttribute("d", path);
  add?.setAttribute("transform", `translate(${x} ${y})`);
}
