import { useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { fits } from "@/core/commands/add";
import { fitsBetween } from "@/core/commands/insert";
import type { NodeType } from "@/core/flow/catalog";
import { searchTypes } from "@/core/search/palette";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { addAtPoint, addOnEdge } from "./actions";
import { type AddMenuState, useSession } from "./session";

/** A small menu at the pointer, with what fits the wire that was let go there. */
export function AddMenu() {
  const state = useSession().view((s) => s.addMenu);
  return state === undefined ? null : <OpenAddMenu key={state.screen.join()} state={state} />;
}

function OpenAddMenu({ state }: { state: AddMenuState }) {
  const session = useSession();
  const { screenToFlowPosition } = useReactFlow();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const menu = useRef<HTMLDivElement>(null);
  const back = useRef(document.activeElement as HTMLElement | null);
  const fitting = useMemo(() => session.catalog.items.filter((t) => fitsAt(t, state)), [session, state]);
  const found = searchTypes(fitting, query);
  const close = () => {
    session.view.setState({ addMenu: undefined });
    back.current?.focus({ preventScroll: true });
  };
  const choose = (type: NodeType) => {
    const at = screenToFlowPosition({ x: state.screen[0], y: state.screen[1] });
    session.view.setState({ addMenu: undefined });
    if (state.edge === undefined) addAtPoint(session, type, [at.x, at.y], state.wire);
    else addOnEdge(session, type, state.edge);
  };
  useEffect(() => {
    const outside = (e: PointerEvent) => {
      if (!menu.current?.contains(e.target as Element)) session.view.setState({ addMenu: undefined });
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, [session]);
  useEffect(() => {
    menu.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const keys = (event: KeyboardEvent) => {
    const type = found[active];
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && type !== undefined) choose(type);
    else if (event.key === "ArrowDown") setActive(Math.min(active + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={menu}
      className="add-menu"
      role="dialog"
      aria-label="Add a node"
      data-testid="add-menu"
      style={placeOf(state)}
    >
      <SearchBox
        label={labelOf(state)}
        data-testid="add-menu-search"
        value={query}
        onChange={(q) => {
          setQuery(q);
          setActive(0);
        }}
        onKeyDown={keys}
        role="combobox"
        aria-expanded
        aria-controls="add-menu-list"
        aria-activedescendant={`add-option-${active}`}
        autoFocus
      />
      <div className="add-menu-list" id="add-menu-list" role="listbox" aria-label="What can be added">
        {found.map((type, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the search box above takes the keys
          <div
            key={type.type}
            id={`add-option-${i}`}
            data-index={i}
            role="option"
            tabIndex={-1}
            aria-selected={i === active}
            className="add-menu-item"
            data-testid={`add-${type.type}`}
            onClick={() => choose(type)}
            onPointerMove={() => setActive(i)}
          >
            <Tile type={type.type} icon={type.icon} small />
            <span className="grow ellipsis">{type.name}</span>
            <code className="muted">{type.type}</code>
          </div>
        ))}
        {found.length === 0 && <p className="palette-none muted">Nothing fits that name here.</p>}
      </div>
    </div>
  );
}

function fitsAt(type: NodeType, state: AddMenuState): boolean {
  return state.edge === undefined ? fits(type, state.wire) : fitsBetween(type);
}

function labelOf(state: AddMenuState): string {
  if (state.edge !== undefined) return "Add between";
  return state.wire?.side === "before" ? "Add before" : "Add next";
}

/** At the pointer, but wholly on the screen. */
function placeOf(state: AddMenuState): { left: number; top: number } {
  return {
    left: Math.max(8, Math.min(state.screen[0], window.innerWidth - 320)),
    top: Math.max(8, Math.min(state.screen[1] - 20, window.innerHeight - 360)),
  };
}
