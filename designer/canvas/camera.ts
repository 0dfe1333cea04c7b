import { useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { type FocusEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Catalog } from "@/core/flow/catalog";
import { edgeId, type Flow, nodeById } from "@/core/flow/document";
import { fitView, freeArea, panToShow, type View } from "@/core/layout/camera";
import { absolutePosition, boundsOf, nodeSize, type Rect } from "@/core/layout/geometry";

/** Flows with more nodes than this are drawn on one canvas when seen from afar. */
export const LARGE = 60;
/** A flow opens at a zoom that can be read, or with its beginning; asked to fit, all of it is shown. */
const OPENING = { min: 0.36, max: 1 };
const FITTED = { min: 0.25, max: 1 };
const FITTED_LARGE = { min: 0.08, max: 1 };
/** The toolbar at the foot of the canvas, with the space around it. */
const TOOLBAR = 52;
const MOTION_MS = 120;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** How the camera moves: at once for those who want no motion. */
export function motion(): { duration: number } {
  return { duration: STILL.matches ? 0 : MOTION_MS };
}

/** The part of the canvas that no panel covers, in its own pixels. */
function freeOf(canvas: HTMLElement): Rect {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const stage = canvas.closest(".editor-stage") ?? canvas;
  const panels = [...stage.querySelectorAll(".inspector, .side-panel")].map((panel) => {
    const box = panel.getBoundingClientRect();
    return { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
  });
  // On a narrow screen they lie below the canvas, and hide nothing of it.
  const over = panels.filter((p) => p.y < height && p.x < width);
  return freeArea({ x: 0, y: 0, width, height: height - TOOLBAR }, over);
}

/** Shows the flow once, when the canvas first has a size; the library's own way would wait for the first node. */
export function useFirstFit(flow: Flow, catalog: Catalog): boolean {
  const { setViewport } = useReactFlow();
  const store = useStoreApi();
  const ready = useStore((s) => s.width > 0 && s.domNode !== null);
  const [placed, setPlaced] = useState(flow.nodes.length === 0);
  useEffect(() => {
    const { domNode } = store.getState();
    if (placed || !ready || domNode === null) return;
    const zooms = flow.nodes.length > LARGE ? FITTED_LARGE : OPENING;
    void setViewport(fitView(boundsOf(flow, catalog), freeOf(domNode), zooms));
    setPlaced(true);
  }, [placed, ready, flow, catalog, store, setViewport]);
  return placed;
}

/** Shows the whole flow; the library's own way knows only the cards that are mounted. */
export function useFit(flow: Flow, catalog: Catalog): () => void {
  const { setViewport } = useReactFlow();
  const store = useStoreApi();
  return useCallback(() => {
    const { domNode } = store.getState();
    if (domNode === null) return;
    const zooms = flow.nodes.length > LARGE ? FITTED_LARGE : FITTED;
    void setViewport(fitView(boundsOf(flow, catalog), freeOf(domNode), zooms), motion());
  }, [flow, catalog, setViewport, store]);
}

/** Going into a container shows all of its inside; coming out, the view is as it was. */
export function useInsideView(
  flow: Flow,
  catalog: Catalog,
  inside: string | undefined,
  placed: boolean,
): void {
  const { setViewport, getViewport } = useReactFlow();
  const store = useStoreApi();
  const views = useRef(new Map<string | undefined, View>());
  const at = useRef(inside);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera follows the place alone, not what is changed there
  useLayoutEffect(() => {
    const { domNode } = store.getState();
    if (at.current === inside || domNode === null) return;
    const from = at.current;
    at.current = inside;
    if (!placed) return; // the first view is of what is seen then
    views.current.set(from, getViewport());
    const known = views.current.get(inside);
    void setViewport(known ?? fitView(boundsOf(flow, catalog), freeOf(domNode), OPENING));
  }, [inside]);
}

/**
 * Keeps the node that was just opened in sight: where it would lie under the
 * inspector or outside, the camera moves the least distance that shows it, and
 * otherwise not at all. The zoom changes only where cards can't be read.
 */
export function useReveal(catalog: Catalog): (flow: Flow, id: string) => void {
  const { setViewport } = useReactFlow();
  const store = useStoreApi();
  return useCallback(
    (flow, id) => {
      const show = () => {
        const node = nodeById(flow, id);
        const { domNode, transform } = store.getState();
        if (node === undefined || domNode === null) return;
        const [x, y] = absolutePosition(flow, node);
        const [width, height] = nodeSize(node, catalog);
        const zoom = Math.max(transform[2], OPENING.min);
        // Where the zoom grows, it does so around the middle of the node.
        const [left, top] = [transform[0], transform[1]].map((t, i) => {
          const middle = i === 0 ? x + width / 2 : y + height / 2;
          return t + middle * (transform[2] - zoom);
        }) as [number, number];
        const box = { x: left + x * zoom, y: top + y * zoom, width: width * zoom, height: height * zoom };
        const [dx, dy] = panToShow(box, freeOf(domNode));
        if (dx === 0 && dy === 0 && zoom === transform[2]) return;
        void setViewport({ x: left + dx, y: top + dy, zoom }, motion());
      };
      // The panel is measured once it stands, and the first view is placed before.
      const whenPlaced = (tries: number) =>
        requestAnimationFrame(() => {
          if (tries > 0 && store.getState().width === 0) whenPlaced(tries - 1);
          else requestAnimationFrame(show);
        });
      whenPlaced(60);
    },
    [catalog, setViewport, store],
  );
}

/** What the Tab key goes to is brought into sight where it lies under a panel; the library looks only at the canvas. */
export function useFocusInSight(flow: Flow, catalog: Catalog): (event: FocusEvent) => void {
  const reveal = useReveal(catalog);
  return (event) => {
    const part = (event.target as Element).closest<HTMLElement>(".react-flow__node, .react-flow__edge");
    const id = part?.dataset.id;
    if (part === null || id === undefined || !part.matches(":focus-visible")) return;
    const wire = flow.edges.find((e) => edgeId(e) === id);
    reveal(flow, wire?.to ?? id);
  };
}
