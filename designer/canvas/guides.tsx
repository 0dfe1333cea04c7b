import { useStoreApi, ViewportPortal } from "@xyflow/react";
import { useRef, useSyncExternalStore } from "react";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, nodeById, type Point } from "@/core/flow/document";
import { absolutePosition, nodeSize, type Rect, rectOf } from "@/core/layout/geometry";
import { type Guide, type GuideIndex, indexGuides, snapToOthers } from "@/core/layout/guides";

/** How near, on the screen, a dragged card comes to a line before it is drawn to it. */
const WITHIN_PX = 6;

interface Gesture {
  /** The cards that lie still, in the coordinates of the dragged ones' container. */
  others: GuideIndex;
  sizes: ReadonlyMap<string, Point>;
  origin: Point;
}

/** The lines that are shown, outside React: of the whole canvas they alone change with a step of a drag. */
class Lines {
  #shown: readonly Guide[] = [];
  #listeners = new Set<() => void>();

  get = (): readonly Guide[] => this.#shown;

  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(lines: readonly Guide[]): void {
    if (lines.length === 0 && this.#shown.length === 0) return;
    this.#shown = lines;
    for (const listener of this.#listeners) listener();
  }
}

/** Draws dragged cards into line with those around them, and says by which lines. */
export function useSnapping(flow: Flow, catalog: Catalog) {
  const store = useStoreApi();
  const gesture = useRef<Gesture>(undefined);
  const lines = useRef(new Lines()).current;

  const begin = (dragged: ReadonlyMap<string, Point>): Gesture => {
    const lead = [...dragged.keys()].map((id) => nodeById(flow, id)).find((n) => n !== undefined);
    const parent = lead?.parent;
    const holder = parent === undefined ? undefined : nodeById(flow, parent);
    const siblings = flow.nodes.filter((n) => n.parent === parent);
    return {
      others: indexGuides(
        siblings.filter((n) => !dragged.has(n.id)).map((n) => rectOf(n.position, nodeSize(n, catalog))),
      ),
      sizes: new Map(
        siblings.filter((n) => dragged.has(n.id)).map((n) => [n.id, nodeSize(n, catalog)] as const),
      ),
      origin: holder === undefined ? [0, 0] : absolutePosition(flow, holder),
    };
  };

  return {
    lines,
    /** The places of what is dragged, drawn into line. */
    snap(dragged: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
      gesture.current ??= begin(dragged);
      const { others, sizes, origin } = gesture.current;
      const boxes = [...dragged].flatMap(([id, at]) => {
        const size = sizes.get(id);
        return size === undefined ? [] : [rectOf(at, size)];
      });
      const box = around(boxes);
      if (box === undefined) return dragged;
      const { dx, dy, guides } = snapToOthers(box, others, WITHIN_PX / store.getState().transform[2]);
      lines.set(guides.map((l) => placed(l, origin)));
      if (dx === 0 && dy === 0) return dragged;
      return new Map([...dragged].map(([id, [x, y]]) => [id, [x + dx, y + dy] as Point]));
    },
    end() {
      gesture.current = undefined;
      lines.set([]);
    },
  };
}

function around(boxes: readonly Rect[]): Rect | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((b) => b.x));
  const y = Math.min(...boxes.map((b) => b.y));
  const right = Math.max(...boxes.map((b) => b.x + b.width));
  const bottom = Math.max(...boxes.map((b) => b.y + b.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** A line in the coordinates of the whole canvas. */
function placed(guide: Guide, [x, y]: Point): Guide {
  const [across, along] = guide.way === "down" ? [x, y] : [y, x];
  return { ...guide, at: guide.at + across, from: guide.from + along, to: guide.to + along };
}

/** The lines, over the cards. */
export function Guides({ lines }: { lines: Lines }) {
  const guides = useSyncExternalStore(lines.watch, lines.get);
  if (guides.length === 0) return null;
  return (
    <ViewportPortal>
      {guides.map((g) => (
        <div
          key={g.way}
          className="guide"
          data-testid="guide"
          data-way={g.way}
          style={{ transform: drawn(g) }}
        />
      ))}
    </ViewportPortal>
  );
}

/** A guide is one pixel that is stretched: so that none of it is laid out. */
function drawn({ way, at, from, to }: Guide): string {
  return way === "down"
    ? `translate(${at}px, ${from}px) scaleY(${to - from})`
    : `translate(${from}px, ${at}px) scaleX(${to - from})`;
}
