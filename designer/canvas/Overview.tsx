import { useStore } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { Catalog } from "@/core/flow/catalog";
import type { Flow, FlowNode, Point } from "@/core/flow/document";
import { isOpen } from "@/core/flow/document";
import { absolutePosition, nodeSize } from "@/core/layout/geometry";
import { groupBoxes } from "@/core/layout/groups";
import { hueOf } from "@/ui/icons";
import { useShownTheme } from "@/ui/theme";
import { groupInk } from "./groupColors";
import { wiresOf } from "./Wire";

/** Below this zoom cards can't be read: large flows are drawn on one canvas instead. */
export const FAR = 0.35;

interface OverviewProps {
  flow: Flow;
  catalog: Catalog;
  selected: ReadonlySet<string>;
}

/** A large flow from afar: coloured blocks and lines, drawn without an element a node. */
export function Overview({ flow, catalog, selected }: OverviewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const x = useStore((s) => s.transform[0]);
  const y = useStore((s) => s.transform[1]);
  const zoom = useStore((s) => s.transform[2]);
  const width = useStore((s) => s.width);
  const height = useStore((s) => s.height);
  const theme = useShownTheme();
  const wires = useMemo(() => lineOf(flow, catalog), [flow, catalog]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the styles
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = width * ratio;
    element.height = height * ratio;
    const pen = element.getContext("2d");
    if (pen === null) return;
    pen.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
    draw(pen, flow, catalog, selected, getComputedStyle(element), zoom, wires);
  }, [flow, catalog, selected, x, y, zoom, width, height, wires, theme]);
  return <canvas ref={canvas} className="overview" aria-hidden />;
}

/** All wires as one line: each goes the way that it goes close by. */
function lineOf(flow: Flow, catalog: Catalog): Path2D {
  return new Path2D(wiresOf(flow, catalog).join(" "));
}

interface Box {
  node: FlowNode;
  at: Point;
  size: Point;
}

function draw(
  pen: CanvasRenderingContext2D,
  flow: Flow,
  catalog: Catalog,
  selected: ReadonlySet<string>,
  style: CSSStyleDeclaration,
  zoom: number,
  wires: Path2D,
): void {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const boxes = new Map<string, Box>(
    flow.nodes.map((node) => [
      node.id,
      { node, at: absolutePosition(flow, node), size: nodeSize(node, catalog) },
    ]),
  );
  const groups = groupBoxes(flow, catalog);
  for (const { group, rect } of groups) {
    const { floor, line } = groupInk(group.color, style);
    pen.fillStyle = floor;
    pen.strokeStyle = line;
    pen.lineWidth = 1 / zoom;
    pen.beginPath();
    pen.roundRect(rect.x, rect.y, rect.width, rect.height, 14);
    pen.fill();
    pen.stroke();
  }
  pen.lineWidth = 1.2 / zoom;
  pen.strokeStyle = colour("--control");
  pen.stroke(wires);
  for (const { node, at, size } of boxes.values()) {
    const container = isOpen(node);
    const hue = hueOf(node.type);
    pen.fillStyle = container
      ? colour("--sunk")
      : `oklch(${colour("--tile-l")} ${colour("--tile-c")} ${hue})`;
    pen.strokeStyle = selected.has(node.id)
      ? colour("--accent")
      : `oklch(${colour("--tile-il")} 0.06 ${hue})`;
    pen.lineWidth = (selected.has(node.id) ? 2.5 : 1) / zoom;
    pen.beginPath();
    pen.roundRect(at[0], at[1], size[0], size[1], 10);
    pen.fill();
    pen.stroke();
  }
  // Names stay as large as they are read.
  pen.font = `600 ${11 / zoom}px ${colour("--font")}`;
  for (const { group, rect } of groups) {
    pen.fillStyle = groupInk(group.color, style).line;
    pen.fillText(group.name, rect.x + 12, rect.y + 10.5 / zoom, Math.max(rect.width - 24, 40 / zoom));
  }
}
