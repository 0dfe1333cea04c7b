import { useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { focusNode } from "@/canvas/going";
import { fits } from "@/core/commands/add";
import { fitsBetween } from "@/core/commands/insert";
import type { NodeType } from "@/core/flow/catalog";
import { isTrigger, PORT_OUT } from "@/core/flow/document";
import { searchTypes } from "@/core/search/palette";
import { SearchBox } from "@/ui/Fields";
import { Tile } from "@/ui/icons";
import { addAtPoint, addByType, addNext, addOnEdge } from "./actions";
import { recentTypes } from "./recent";
import type { EditorSession } from "./session";
import { type AddMenuState, EMPTY } from "./sessionState";
import { useSession } from "./useSession";

/** Keys chose what was added: they go on in it. Its inspector may have to be fetched, and no key is lost until it takes the focus. */
function enterAdded(session: EditorSession): void {
  const { open } = session.view.getState();
  if (open === undefined) return;
  session.enter(open);
  focusNode(open);
}

/** A small menu at the pointer, with what fits the wire that was let go there. */
export function AddMenu() {
  const state = useSession().view((s) => s.addMenu);
  return state === undefined ? null : <OpenAddMenu key={state.screen.join()} state={state} />;
}

function OpenAddMenu({ state }: { state: AddMenuState }) {
  const session = useSession();
  const { screenToFlowPosition } = useReactFlow();
  const menu = useRef<HTMLDivElement>(null);
  const back = useRef(document.activeElement as HTMLElement | null);
  const fitting = useMemo(() => session.catalog.items.filter((t) => fitsAt(t, state)), [session, state]);
  const close = () => {
    session.view.setState({ addMenu: undefined });
    back.current?.focus({ preventScroll: true });
    // Tab would open it again and again: it goes on from a card that is not chosen any more.
    if (back.current?.matches(".react-flow__node")) session.select(EMPTY);
  };
  const choose = (type: NodeType) => {
    const at = screenToFlowPosition({ x: state.screen[0], y: state.screen[1] });
    session.view.setState({ addMenu: undefined });
    if (state.after !== undefined) addNext(session, type, state.after.node, state.after.port);
    else if (state.edge === undefined) addAtPoint(session, type, [at.x, at.y], state.wire);
    else addOnEdge(session, type, state.edge);
    enterAdded(session);
  };
  useEffect(() => {
    const outside = (e: PointerEvent) => {
      if (!menu.current?.contains(e.target as Element)) session.view.setState({ addMenu: undefined });
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, [session]);
  return (
    <div
      ref={menu}
      className="add-menu"
      role="dialog"
      aria-label="Add a node"
      data-testid="add-menu"
      style={placeOf(state)}
    >
      <TypePicker types={fitting} label={labelOf(state)} onChoose={choose} onClose={close} />
    </div>
  );
}

/** Where an empty flow begins: what starts it is typed or chosen in its middle. */
export function FirstNode() {
  const session = useSession();
  const types = useMemo(
    () =>
      [...session.catalog.items].sort((a, b) => Number(b.kind === "trigger") - Number(a.kind === "trigger")),
    [session],
  );
  return (
    <div className="add-first" data-testid="add-first">
      <TypePicker
        types={types}
        label="What starts it?"
        triggers
        onChoose={(type) => {
          addByType(session, type);
          enterAdded(session);
        }}
        onClose={() => document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus()}
      />
    </div>
  );
}

interface TypePickerProps {
  types: readonly NodeType[];
  label: string;
  /** Triggers come first. */
  triggers?: boolean;
  onChoose: (type: NodeType) => void;
  onClose: () => void;
}

/** A search over types with its list; Enter takes the nearest. */
function TypePicker({ types, label, triggers = false, onChoose, onClose }: TypePickerProps) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const [recent] = useState(() => recentTypes().filter((t) => !triggers || isTrigger(t)));
  const found = searchTypes(types, query, recent);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const keys = (event: KeyboardEvent) => {
    const type = found[active];
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && type !== undefined) onChoose(type);
    else if (event.key === "ArrowDown") setActive(Math.min(active + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <SearchBox
        label={label}
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
      <div
        ref={list}
        className="add-menu-list"
        id="add-menu-list"
        role="listbox"
        aria-label="What can be added"
      >
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
            onClick={() => onChoose(type)}
            onPointerMove={() => setActive(i)}
          >
            <Tile type={type.type} icon={type.icon} small />
            <span className="grow ellipsis">{type.name}</span>
            <code className="muted">{type.type}</code>
          </div>
        ))}
        {found.length === 0 && <p className="palette-none muted">Nothing fits that name here.</p>}
      </div>
    </>
  );
}

function fitsAt(type: NodeType, state: AddMenuState): boolean {
  if (state.after !== undefined) return fits(type, { node: "", port: PORT_OUT, side: "after" });
  return state.edge === undefined ? fits(type, state.wire) : fitsBetween(type);
}

function labelOf(state: AddMenuState): string {
  if (state.edge !== undefined) return "Add between";
  if (state.wire === undefined && state.after === undefined) return "Add here";
  return state.wire?.side === "before" ? "Add before" : "Add next";
}

/** At the pointer, but wholly on the screen. */
function placeOf(state: AddMenuState): { left: number; top: number } {
  return {
    left: Math.max(8, Math.min(state.screen[0], window.innerWidth - 320)),
    top: Math.max(8, Math.min(state.screen[1] - 20, window.innerHeight - 360)),
  };
}
