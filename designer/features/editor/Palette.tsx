import { useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, type PointerEvent as ReactPointerEvent, useMemo, useRef, useState } from "react";
import { fitsBetween } from "@/core/commands/insert";
import type { NodeType } from "@/core/flow/catalog";
import { isTrigger } from "@/core/flow/document";
import { byCategory, searchTypes } from "@/core/search/palette";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { addAtPoint, addByType, addOnEdge, wireUnder } from "./actions";
import { dropAt, markDrop } from "./dropMark";
import { recentTypes } from "./recent";
import { EMPTY } from "./sessionState";
import { useCatalog, useSession } from "./useSession";

const DRAG_PX = 5;

/** What can be placed: searched, clicked, or dragged onto the canvas. */
export function Palette() {
  const session = useSession();
  const { items } = useCatalog();
  const [query, setQuery] = useState("");
  const found = useMemo(
    () => searchTypes(items, query, query.trim() === "" ? [] : recentTypes()),
    [items, query],
  );
  const groups = query.trim() === "" ? byCategory(found) : [{ category: "Found", types: found }];
  const drag = usePaletteDrag();
  const list = useRef<HTMLDivElement>(null);
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && found[0] !== undefined) {
      addByType(session, found[0]);
      setQuery("");
    } else if (event.key === "ArrowDown") list.current?.querySelector("button")?.focus();
    else if (event.key === "Escape") setQuery("");
    else return;
    event.preventDefault();
  };
  return (
    <>
      <SearchBox
        label={`Search ${items.length} actions`}
        className="palette-search"
        data-testid="palette-search"
        value={query}
        onChange={setQuery}
        onKeyDown={keys}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the buttons inside */}
      <div className="palette-list" ref={list} onKeyDown={arrowKeys}>
        {groups.map((group) => (
          <section key={group.category} aria-label={group.category}>
            <h3 className="palette-heading">{group.category}</h3>
            {group.types.map((type) => (
              <PaletteItem
                key={type.type}
                type={type}
                first={type === groups[0]?.types[0]}
                onPointerDown={drag.start}
                dragged={drag.dragged}
              />
            ))}
          </section>
        ))}
        {found.length === 0 && <p className="palette-none muted">Nothing is called that here.</p>}
      </div>
      {drag.ghost !== undefined && (
        <div className="palette-ghost" style={{ left: drag.ghost.x, top: drag.ghost.y }}>
          <Tile type={drag.ghost.type.type} icon={drag.ghost.type.icon} />
          {drag.ghost.type.name}
        </div>
      )}
    </>
  );
}

interface ItemProps {
  type: NodeType;
  /** The list is one stop of the Tab key: arrows go on from its first item. */
  first: boolean;
  onPointerDown: (event: ReactPointerEvent, type: NodeType) => void;
  dragged: () => boolean;
}

function PaletteItem({ type, first, onPointerDown, dragged }: ItemProps) {
  const session = useSession();
  return (
    <button
      type="button"
      className="palette-item"
      tabIndex={first ? 0 : -1}
      data-testid={`palette-${type.type}`}
      title={type.description}
      onPointerDown={(e) => onPointerDown(e, type)}
      onClick={() => dragged() || addByType(session, type)}
    >
      <Tile type={type.type} icon={type.icon} small />
      <span className="palette-text">
        <span className="palette-name">{type.name}</span>
        <span className="palette-hint">{hintOf(type)}</span>
      </span>
    </button>
  );
}

function hintOf(type: NodeType): string {
  if (type.kind !== "action") return firstSentence(type.description);
  const effect = {
    none: "reaches nothing outside",
    read: "reads",
    write: "writes",
    destructive: "destructive",
  }[type.effect];
  return `${type.connector ?? type.type} · ${effect}`;
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/)[0]?.replace(/\.$/, "") ?? text;
}

function arrowKeys(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("button, [role=option]")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  event.preventDefault();
}

interface Ghost {
  type: NodeType;
  x: number;
  y: number;
}

/** Drags by pointer events, which work alike for mouse, pen and touch. */
function usePaletteDrag() {
  const session = useSession();
  const { screenToFlowPosition } = useReactFlow();
  const [ghost, setGhost] = useState<Ghost>();
  const moved = useRef(false);
  const start = (event: ReactPointerEvent, type: NodeType) => {
    if (event.button !== 0) return;
    const from = { x: event.clientX, y: event.clientY };
    moved.current = false;
    const move = (e: PointerEvent) => {
      if (!moved.current && Math.hypot(e.clientX - from.x, e.clientY - from.y) < DRAG_PX) return;
      moved.current = true;
      setGhost({ type, x: e.clientX, y: e.clientY });
      const over = !isTrigger(type.type);
      markDrop(over ? dropAt([e.clientX, e.clientY], EMPTY, fitsBetween(type)) : undefined);
    };
    const end = (e: PointerEvent) => {
      stop();
      if (!moved.current || e.type !== "pointerup") return;
      const over = document.elementFromPoint(e.clientX, e.clientY);
      if (over?.closest('[data-testid="canvas"]') == null) return;
      const wire = fitsBetween(type) ? wireUnder([e.clientX, e.clientY]) : undefined;
      if (wire !== undefined) return addOnEdge(session, type, wire);
      const at = screenToFlowPosition({ x: e.clientX, y: e.clientY });
      addAtPoint(session, type, [at.x, at.y]);
    };
    const cancel = (e: KeyboardEvent | globalThis.KeyboardEvent) => {
      if (e.key === "Escape") stop();
    };
    const stop = () => {
      setGhost(undefined);
      markDrop(undefined);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      window.removeEventListener("keydown", cancel);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
    window.addEventListener("keydown", cancel);
  };
  return { ghost, start, dragged: () => moved.current };
}
