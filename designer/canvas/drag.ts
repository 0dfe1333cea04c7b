import type { ReactFlowState, useStoreApi } from "@xyflow/react";
import { createContext, useContext, useEffect, useRef } from "react";
import type { Point } from "@/core/flow/document";

/** Draws something as it is now; whether a drag goes on. */
type Draw = (dragged: boolean) => void;

type Store = Pick<ReturnType<typeof useStoreApi>, "getState" | "setState" | "subscribe">;

/** How near the edge a drag may pan; wider than where the library does, so that it has begun by then. */
const EDGE_PX = 72;
const NOWHERE: ReadonlyMap<string, Point> = new Map<string, Point>();

/**
 * A drag, while it lasts. A step of it costs no render: the library's own places are changed in
 * its store, and the elements that show them are moved as they stand. Whatever renders meanwhile
 * reads the same places and so agrees with them.
 */
export class Drag {
  #places = NOWHERE;
  #touched = new Set<string>();
  #followers = new Map<string, Set<Draw>>();
  #cards: ReadonlyMap<string, HTMLElement> | undefined;
  #stop: (() => void) | undefined;
  #canceled = false;
  /** Ends the gesture that this is a part of, as if it had not begun. */
  cancel: () => void = () => {};
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Where the dragged parts are now, in the coordinates of what they lie in. */
  get places(): ReadonlyMap<string, Point> {
    return this.#places;
  }

  /** It was called off, and the button is still down: what comes of it now counts for nothing. */
  get canceled(): boolean {
    return this.#canceled;
  }

  /** Calls back as any of some parts is moved, and once more after the drag. */
  follow(ids: readonly string[], draw: Draw): () => void {
    for (const id of ids) this.#followers.set(id, (this.#followers.get(id) ?? new Set()).add(draw));
    return () => {
      for (const id of ids) {
        const rest = this.#followers.get(id);
        if (rest?.delete(draw) && rest.size === 0) this.#followers.delete(id);
      }
    };
  }

  move(places: ReadonlyMap<string, Point>): void {
    if (this.#canceled) return;
    this.#stop ??= this.#start();
    this.#places = places;
    for (const [id, at] of places) this.#place(id, at);
    this.#draw();
    if (this.#unseen(places)) this.#store.setState({});
  }

  /** Gives the library its own places back: from now on the document says where parts are. */
  end(): void {
    if (this.#places.size === 0) return;
    const ids = [...this.#places.keys()];
    this.#places = NOWHERE;
    this.#stop?.();
    this.#stop = undefined;
    for (const id of ids) this.#place(id);
    // What ends where it began is not rendered anew, and would stay where it was drawn last.
    requestAnimationFrame(() => {
      if (this.#places.size > 0) return;
      this.#cards = undefined;
      this.#draw();
      this.#cards = undefined;
      this.#touched.clear();
    });
  }

  #start(): () => void {
    // Whatever the library tells of may have mounted cards, or taken some away.
    const unwatch = this.#store.subscribe(() => {
      this.#cards = undefined;
    });
    window.addEventListener("pointermove", this.#panAtEdge, true);
    window.addEventListener("keydown", this.#callOff, true);
    this.#store.getState().domNode?.toggleAttribute("data-drag", true);
    return () => {
      unwatch();
      window.removeEventListener("pointermove", this.#panAtEdge, true);
      window.removeEventListener("keydown", this.#callOff, true);
      this.#pan(false);
      this.#store.getState().domNode?.removeAttribute("data-drag");
    };
  }

  #callOff = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#canceled = true;
    this.cancel();
    // The library goes on until the button is up, and then says where it thinks that all lies.
    const held = new AbortController();
    const over = () => {
      held.abort();
      setTimeout(() => (this.#canceled = false), 0);
    };
    for (const up of ["pointerup", "pointercancel"])
      window.addEventListener(up, over, { signal: held.signal });
  };

  /** The library asks for frame after frame as long as a drag may pan: it may only near the edges. */
  #panAtEdge = ({ clientX: x, clientY: y }: PointerEvent): void => {
    const box = this.#store.getState().domNode?.getBoundingClientRect();
    if (box === undefined) return;
    this.#pan(Math.min(x - box.left, box.right - x, y - box.top, box.bottom - y) < EDGE_PX);
  };

  #pan(may: boolean): void {
    if (this.#store.getState().autoPanOnNodeDrag !== may) this.#store.setState({ autoPanOnNodeDrag: may });
  }

  /** A part's place, and with it those of all that lie in it. */
  #place(id: string, at?: Point): void {
    const { nodeLookup, parentLookup } = this.#store.getState();
    const node = nodeLookup.get(id);
    if (node === undefined) return;
    const { position } = node.internals.userNode;
    const [x, y] = at ?? [position.x, position.y];
    // As cards come into view the library works out all places anew, from these.
    node.position = { x, y };
    const origin = nodeLookup.get(node.parentId ?? "")?.internals.positionAbsolute ?? { x: 0, y: 0 };
    node.internals.positionAbsolute = { x: origin.x + x, y: origin.y + y };
    this.#touched.add(id);
    for (const child of parentLookup.get(id)?.keys() ?? []) this.#place(child, this.#places.get(child));
  }

  #draw(): void {
    const { nodeLookup } = this.#store.getState();
    this.#cards ??= this.#mounted();
    const draws = new Set<Draw>();
    for (const id of this.#touched) {
      const at = nodeLookup.get(id)?.internals.positionAbsolute;
      const card = this.#cards.get(id);
      if (at !== undefined && card !== undefined) card.style.transform = `translate(${at.x}px,${at.y}px)`;
      for (const draw of this.#followers.get(id) ?? []) draws.add(draw);
    }
    for (const draw of draws) draw(this.#places.size > 0);
  }

  #mounted(): ReadonlyMap<string, HTMLElement> {
    const cards = this.#store.getState().domNode?.querySelectorAll<HTMLElement>(".react-flow__node");
    return new Map([...(cards ?? [])].map((card) => [card.dataset.id ?? "", card] as const));
  }

  /** Whether a dragged part came into view that is not mounted. */
  #unseen(places: ReadonlyMap<string, Point>): boolean {
    const { nodeLookup, transform, width, height } = this.#store.getState();
    const [x, y, zoom] = transform;
    for (const id of places.keys()) {
      const node = nodeLookup.get(id);
      if (node === undefined || this.#cards?.has(id)) continue;
      const { positionAbsolute: at } = node.internals;
      const [left, top] = [at.x * zoom + x, at.y * zoom + y];
      const [w, h] = [(node.measured.width ?? 0) * zoom, (node.measured.height ?? 0) * zoom];
      if (left < width && top < height && left + w > 0 && top + h > 0) return true;
    }
    return false;
  }
}

export const DragContext = createContext<Drag | undefined>(undefined);

/** Draws something anew, outside React, as often as one of some parts is moved by a drag. */
export function useFollow(ids: readonly string[], draw: Draw): void {
  const drag = useContext(DragContext);
  const latest = useRef(draw);
  latest.current = draw;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same names are the same parts
  useEffect(() => drag?.follow(ids, (dragged) => latest.current(dragged)), [drag, ids.join(" ")]);
}

/** Where the ends of a wire are now; undefined where a node or a port is gone. */
export function endsOf(
  { nodeLookup }: Pick<ReactFlowState, "nodeLookup">,
  wire: { source: string; port: string; target: string },
) {
  const from = nodeLookup.get(wire.source)?.internals;
  const to = nodeLookup.get(wire.target)?.internals;
  const out = from?.handleBounds?.source?.find((h) => h.id === wire.port);
  const into = to?.handleBounds?.target?.[0];
  if (from === undefined || to === undefined || !out || !into) return undefined;
  const [a, b] = [from.positionAbsolute, to.positionAbsolute];
  return {
    ...{ sourceX: a.x + out.x + out.width, sourceY: a.y + out.y + out.height / 2 },
    ...{ targetX: b.x + into.x, targetY: b.y + into.y + into.height / 2 },
  };
}
