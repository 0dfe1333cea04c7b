import { type EdgeProps, getBezierPath, getSmoothStepPath, Position } from "@xyflow/react";
import { memo } from "react";
import { PORT_ERROR } from "@/core/flow/document";
import { useNodeRun } from "@/run/hooks";
import type { CanvasEdge } from "./model";

interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

/** A curve to the right, with a bend where cards lie between; to the left it goes around in straight lines with round corners. */
export function wirePath(ends: Ends, bend?: number): string {
  const sides = { ...ends, sourcePosition: Position.Right, targetPosition: Position.Left };
  // While an end is dragged the bend may lie behind it.
  if (bend !== undefined && bend > ends.sourceX && bend < ends.targetX)
    return getSmoothStepPath({ ...sides, borderRadius: 18, offset: 10, centerX: bend })[0];
  if (ends.targetX - ends.sourceX > 8) return getBezierPath({ ...sides, curvature: 0.32 })[0];
  return getSmoothStepPath({ ...sides, borderRadius: 18, offset: 26 })[0];
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
  const path = wirePath(props, data?.bend);
  return (
    <g
      className="wire"
      data-selected={selected || undefined}
      data-state={state}
      data-error={port === PORT_ERROR || undefined}
    >
      <path d={path} className="wire-line" fill="none" />
      <path
        d={path}
        className="react-flow__edge-interaction"
        fill="none"
        strokeOpacity={0}
        strokeWidth={18}
      />
    </g>
  );
});
