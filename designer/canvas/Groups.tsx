import "./groups.css";
import { useStoreApi, ViewportPortal } from "@xyflow/react";
import { Ungroup } from "lucide-react";
import { type KeyboardEvent, memo, type PointerEvent, useContext, useMemo, useRef } from "react";
import { type GroupColor, groupChosen } from "@/core/commands/groups";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, type FlowGroup, GROUP_COLORS, nodeById, type Point } from "@/core/flow/document";
import { type GroupBox, groupBox, groupBoxes, notesIn } from "@/core/layout/groups";
import { IconButton } from "@/ui/Button";
import { Named, plainly } from "@/ui/Named";
import { DragContext, useFollow } from "./drag";
import { groupStyle } from "./groupColors";

/** What an editor does with groups. */
export interface GroupEditor {
  onRename: (id: string) => void;
  /** The new name, or undefined where it stays as it was. */
  onRenamed: (id: string, name: string | undefined) => void;
  onColor: (id: string, color: GroupColor) => void;
  onUngroup: (id: string) => void;
}

/** Moves nodes as a drag of their cards would. */
export interface GroupDrag {
  move: (places: ReadonlyMap<string, Point>) => void;
  end: (places: ReadonlyMap<string, Point>, dragged: boolean) => void;
}

interface GroupsProps {
  flow: Flow;
  catalog: Catalog;
  selected: ReadonlySet<string>;
  onSelect: (nodes: ReadonlySet<string>) => void;
  /** The group whose name is being written. */
  writing: string | undefined;
  editor: GroupEditor | undefined;
  drag: GroupDrag | undefined;
}

/** Named frames behind groups of nodes. */
export function Groups(props: GroupsProps) {
  const { flow, catalog, selected, onSelect, drag } = props;
  const moving = useContext(DragContext);
  const boxes = useMemo(() => groupBoxes(flow, catalog), [flow, catalog]);
  const latest = useRef({ flow, onSelect, drag });
  latest.current = { flow, onSelect, drag };
  const act = useMemo<FrameActions>(
    () => ({
      select: (group) => latest.current.onSelect(new Set(group.nodes)),
      places: (group) => placesOf(latest.current.flow, catalog, group),
      now: (box) => (moving?.places.size ? nowOf(latest.current.flow, catalog, box, moving.places) : box),
      move: (places) => latest.current.drag?.move(places),
      end: (places, dragged) => latest.current.drag?.end(places, dragged),
    }),
    [catalog, moving],
  );
  if (boxes.length === 0) return null;
  const chosen = selected.size === 0 ? undefined : groupChosen(flow, selected);
  return (
    <ViewportPortal>
      {boxes.map((box) => (
        <Frame
          key={box.group.id}
          box={box}
          // A container that is selected lies above all others, and its groups on it.
          raised={box.above.some((id) => selected.has(id))}
          selected={chosen === box.group}
          writing={props.writing === box.group.id}
          editor={props.editor}
          act={act}
        />
      ))}
    </ViewportPortal>
  );
}

/** A frame around nodes that are being dragged. */
function nowOf(flow: Flow, catalog: Catalog, box: GroupBox, places: ReadonlyMap<string, Point>): GroupBox {
  return groupBox(flow, catalog, box.group, places) ?? box;
}

/** Where a group's nodes are, and the notes that lie in its frame: what its head moves. */
function placesOf(flow: Flow, catalog: Catalog, group: FlowGroup): Map<string, Point> {
  const nodes = group.nodes.flatMap((id) => nodeById(flow, id) ?? []);
  const all = [...nodes, ...notesIn(flow, catalog, group)];
  return new Map(all.map(({ id, position }) => [id, position] as const));
}

interface FrameActions {
  select: (group: FlowGroup) => void;
  places: (group: FlowGroup) => ReadonlyMap<string, Point>;
  /** A frame as it is at this moment, in a drag too. */
  now: (box: GroupBox) => GroupBox;
  move: GroupDrag["move"];
  end: GroupDrag["end"];
}

interface FrameProps {
  box: GroupBox;
  raised: boolean;
  selected: boolean;
  writing: boolean;
  editor: GroupEditor | undefined;
  act: FrameActions;
}

const Frame = memo(function Frame(props: FrameProps) {
  const { raised, selected, writing, editor, act } = props;
  const { group, rect, above, head } = act.now(props.box);
  const grip = useHead(group, editor, act);
  const frame = useRef<HTMLDivElement>(null);
  useFollow([...group.nodes, ...above], () => frame.current && redraw(frame.current, act.now(props.box)));
  return (
    <div
      ref={frame}
      className="group-frame"
      data-testid={`group-${group.id}`}
      data-selected={selected || undefined}
      style={{
        ...groupStyle(group.color),
        transform: `translate(${rect.x}px, ${rect.y}px)`,
        ...{ width: rect.width, height: rect.height },
        zIndex: (above.length === 0 ? -2 : above.length - 1) + (raised ? 1000 : 0),
      }}
    >
      <div className="group-head nopan nodrag" style={{ height: head }} data-low={head < LOW || undefined}>
        {writing && editor !== undefined ? (
          <NameField group={group} onDone={(name) => editor.onRenamed(group.id, name)} />
        ) : (
          <button
            type="button"
            className="group-name"
            data-testid={`group-head-${group.id}`}
            aria-label={plainly(`${group.name}, group of ${group.nodes.length}`)}
            aria-pressed={selected}
            {...grip}
          >
            <Named text={group.name} />
          </button>
        )}
        {selected && editor !== undefined && !writing && <GroupTools group={group} editor={editor} />}
      </div>
    </div>
  );
});

/** A head that is no higher than this has no room around its name. */
const LOW = 24;

/** Draws a frame anew as it stands. */
function redraw(frame: HTMLElement, { rect, head }: GroupBox): void {
  frame.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
  frame.style.width = `${rect.width}px`;
  frame.style.height = `${rect.height}px`;
  const top = frame.querySelector<HTMLElement>(".group-head");
  if (top === null) return;
  top.style.height = `${head}px`;
  top.toggleAttribute("data-low", head < LOW);
}

const MOVES: Record<string, Point> = {
  ArrowLeft: [-4, 0],
  ArrowRight: [4, 0],
  ArrowUp: [0, -4],
  ArrowDown: [0, 4],
};
/** How far the pointer goes before a press is a drag. */
const THRESHOLD_PX = 3;

/** The head selects the group's nodes; a drag of it, or an arrow, moves them. */
function useHead(group: FlowGroup, editor: GroupEditor | undefined, act: FrameActions) {
  const store = useStoreApi();
  const grip = useRef<{ from: Point; places: ReadonlyMap<string, Point>; now?: ReadonlyMap<string, Point> }>(
    undefined,
  );
  const shifted = (places: ReadonlyMap<string, Point>, [dx, dy]: Point) =>
    new Map([...places].map(([id, [x, y]]) => [id, [x + dx, y + dy] as Point]));
  return {
    onPointerDown(e: PointerEvent<HTMLElement>) {
      if (e.button !== 0) return;
      act.select(group);
      if (editor === undefined) return;
      e.currentTarget.setPointerCapture(e.pointerId);
      grip.current = { from: [e.clientX, e.clientY], places: act.places(group) };
    },
    onPointerMove(e: PointerEvent<HTMLElement>) {
      const held = grip.current;
      if (held === undefined) return;
      const [dx, dy] = [e.clientX - held.from[0], e.clientY - held.from[1]];
      if (held.now === undefined && Math.hypot(dx, dy) < THRESHOLD_PX) return;
      const zoom = store.getState().transform[2];
      const step = (d: number) => Math.round(d / zoom / 4) * 4;
      held.now = shifted(held.places, [step(dx), step(dy)]);
      act.move(held.now);
    },
    onPointerUp() {
      const held = grip.current;
      grip.current = undefined;
      if (held?.now !== undefined) act.end(held.now, true);
    },
    onPointerCancel() {
      const held = grip.current;
      grip.current = undefined;
      if (held?.now !== undefined) act.end(held.places, true);
    },
    onClick: () => act.select(group),
    onDoubleClick: () => editor?.onRename(group.id),
    onKeyDown(e: KeyboardEvent<HTMLElement>) {
      const move = MOVES[e.key];
      if (editor !== undefined && e.key === "F2") editor.onRename(group.id);
      else if (editor !== undefined && move !== undefined && !e.ctrlKey && !e.metaKey && !e.altKey) {
        const by = e.shiftKey ? 4 : 1;
        act.end(shifted(act.places(group), [move[0] * by, move[1] * by]), false);
      } else return;
      e.preventDefault();
    },
  };
}

function NameField({ group, onDone }: { group: FlowGroup; onDone: (name: string | undefined) => void }) {
  const done = useRef(false);
  const finish = (name: string | undefined) => {
    if (done.current) return;
    done.current = true;
    onDone(name?.trim() === "" || name === group.name ? undefined : name?.trim());
  };
  return (
    <input
      className="group-field nokey"
      data-testid={`group-field-${group.id}`}
      aria-label="Name of the group"
      dir="auto"
      defaultValue={group.name}
      maxLength={80}
      autoFocus
      onFocus={(e) => e.currentTarget.select()}
      onBlur={(e) => finish(e.currentTarget.value)}
      onKeyDown={(e) => {
        if (e.key === "Enter") finish(e.currentTarget.value);
        else if (e.key === "Escape") finish(undefined);
        e.stopPropagation();
      }}
    />
  );
}

const WORDS: Record<string, string> = {
  ...{ blue: "Blue", green: "Green", amber: "Amber", red: "Red", violet: "Violet" },
};

function GroupTools({ group, editor }: { group: FlowGroup; editor: GroupEditor }) {
  return (
    <div className="group-tools" role="toolbar" aria-label={plainly(`Group ${group.name}`)}>
      {[undefined, ...GROUP_COLORS].map((color) => (
        <button
          key={color ?? "none"}
          type="button"
          className="group-color nokey"
          style={groupStyle(color)}
          aria-pressed={group.color === color}
          aria-label={color === undefined ? "No colour" : WORDS[color]}
          title={color === undefined ? "No colour" : WORDS[color]}
          onClick={() => editor.onColor(group.id, color)}
        />
      ))}
      <IconButton label="Ungroup (Ctrl Shift G)" onClick={() => editor.onUngroup(group.id)}>
        <Ungroup size={14} aria-hidden />
      </IconButton>
    </div>
  );
}
