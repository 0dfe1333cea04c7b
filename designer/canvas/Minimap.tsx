import { useReactFlow, useStore } from "@xyflow/react";
import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, isOpen } from "@/core/flow/document";
import { absolutePosition, boundsOf, nodeSize, type Rect } from "@/core/layout/geometry";
import { type GroupBox, groupBoxes } from "@/core/layout/groups";
import { type MiniView, miniView, within } from "@/core/layout/minimap";
import { hueOf } from "@/ui/icons";
import { useShownTheme } from "@/ui/theme";
import { groupInk } from "./groupColors";

const WIDTH = 180;
const HEIGHT = 112;

/**
 * The flow as a small picture with a frame around what is seen of it; a press or drag goes
 * there. It is there only while something lies outside the view, and for mouse and touch:
 * by keys one goes from node to node.
 */
export function Minimap({ flow, catalog }: { flow: Flow; catalog: Catalog }) {
  const transform = useStore((s) => s.transform);
  const width = useStore((s) => s.width);
  const height = useStore((s) => s.height);
  const { setCenter } = useReactFlow();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = transform;
  const seen: Rect = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  const bounds = useMemo(() => boundsOf(flow, catalog), [flow, catalog]);
  const boxes = useMemo(() => boxesOf(flow, catalog), [flow, catalog]);
  const groups = useMemo(() => groupBoxes(flow, catalog), [flow, catalog]);
  const theme = useShownTheme();
  const view = miniView(bounds, seen, WIDTH, HEIGHT);
  const shown = flow.nodes.length > 0 && width > 0 && !within(bounds, seen);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is made of these, the colours of the theme
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, boxes, groups, view, seen);
  }, [boxes, groups, x, y, zoom, width, height, shown, theme]);
  if (!shown) return null;
  const go = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.type !== "pointerdown" && event.buttons === 0) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const at = [event.clientX - box.left - view.x, event.clientY - box.top - view.y] as const;
    void setCenter(at[0] / view.scale, at[1] / view.scale, { zoom });
  };
  return (
    <canvas
      ref={canvas}
      className="minimap"
      data-testid="minimap"
      width={WIDTH}
      height={HEIGHT}
      aria-hidden
      onPointerDown={go}
      onPointerMove={go}
    />
  );
}

interface Box extends Rect {
  hue: number;
  container: boolean;
}

function boxesOf(flow: Flow, catalog: Catalog): Box[] {
  const boxes = flow.nodes.map((node) => {
    const [x, y] = absolutePosition(flow, node);
    const [width, height] = nodeSize(node, catalog);
    return { x, y, width, height, hue: hueOf(node.type), container: isOpen(node) };
  });
  // Containers lie under what is in them.
  return boxes.sort((a, b) => Number(b.container) - Number(a.container) || a.hue - b.hue);
}

function draw(
  canvas: HTMLCanvasElement,
  boxes: readonly Box[],
  groups: readonly GroupBox[],
  view: MiniView,
  seen: Rect,
): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== WIDTH * ratio) {
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
  }
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, WIDTH, HEIGHT);
  const place = (r: Rect) =>
    [
      r.x * view.scale + view.x,
      r.y * view.scale + view.y,
      r.width * view.scale,
      r.height * view.scale,
    ] as const;
  const [lightness, chroma] = [colour("--tile-il"), colour("--tile-c")];
  for (const { group, rect } of groups) {
    pen.fillStyle = groupInk(group.color, style).floor;
    pen.fillRect(...place(rect));
  }
  // Blocks are fainter than the frame that is looked for.
  pen.globalAlpha = 0.6;
  const line = colour("--line");
  // To read a colour costs more than to draw a block: those of one hue come together.
  let inkOf: number | undefined;
  pen.fillStyle = line;
  for (const box of boxes) {
    const hue = box.container ? undefined : box.hue;
    if (hue !== inkOf) pen.fillStyle = hue === undefined ? line : `oklch(${lightness} ${chroma} ${hue})`;
    inkOf = hue;
    const [x, y, w, h] = place(box);
    pen.fillRect(x, y, Math.max(w, 1.5), Math.max(h, 1));
  }
  pen.globalAlpha = 1;
  const [x, y, w, h] = place(seen);
  // A rim keeps the frame apart from the blocks that it runs over.
  for (const [ink, width] of [
    ["--panel", 5],
    ["--accent", 2],
  ] as const) {
    pen.strokeStyle = colour(ink);
    pen.lineWidth = width;
    pen.strokeRect(x, y, w, h);
  }
}
