import "./groups.css";
import { useStoreApi, ViewportPortal } from "@xyflow/react";
import { Ungroup } from "lucide-react";
import { type KeyboardEvent, memo, type PointerEvent, useMemo, useRef } from "react";
import { type GroupColor, groupChosen } from "@/core/commands/groups";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, type FlowGroup, GROUP_COLORS, nodeById, type Point } from "@/core/flow/document";
import { type GroupBox, groupBox, groupBoxes } from "@/core/layout/groups";
import { IconButton } from "@/ui/Button";
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
  moving: ReadonlyMap<string, Point>;
  selected: ReadonlySet<string>;
  onSelect: (nodes: ReadonlySet<string>) => void;
  /** The group whose name is being written. */
  writing: string | undefined;
  editor: GroupEditor | undefined;
  drag: GroupDrag | undefined;
}

/** Named frames behind groups of nodes. Without a change of its nodes a frame is not drawn anew. */
export function Groups(props: GroupsProps) {
  const { flow, catalog, moving, selected, onSelect, drag } = props;
  const still = useMemo(() => groupBoxes(flow, catalog), [flow, catalog]);
  // By each node, and each container around, the frames that go with it.
  const frames = useMemo(() => {
    const by = new Map<string, GroupBox[]>();
    for (const box of still)
      for (const id of [...box.group.nodes, ...box.above]) by.set(id, [...(by.get(id) ?? []), box]);
    return by;
  }, [still]);
  const latest = useRef({ flow, onSelect, drag });
  latest.current = { flow, onSelect, drag };
  const act = useMemo<FrameActions>(
    () => ({
      select: (group) => latest.current.onSelect(new Set(group.nodes)),
      places: (group) => placesOf(latest.current.flow, group),
      move: (places) => latest.current.drag?.move(places),
      end: (places, dragged) => latest.current.drag?.end(places, dragged),
    }),
    [],
  );
  if (still.length === 0) return null;
  const chosen = selected.size === 0 ? undefined : groupChosen(flow, selected);
  const touched = new Set([...moving.keys()].flatMap((id) => frames.get(id) ?? []));
  return (
    <ViewportPortal>
      {still.map((box) => {
        const { group, above } = box;
        const now = touched.has(box) ? (groupBox(flow, catalog, group, moving) ?? box) : box;
        return (
          <Frame
            key={group.id}
            box={now}
            // A container that is selected lies above all others, and its groups on it.
            raised={above.some((id) => selected.has(id))}
            selected={chosen === group}
            writing={props.writing === group.id}
            editor={props.editor}
            act={act}
          />
        );
      })}
    </ViewportPortal>
  );
}

function placesOf(flow: Flow, group: FlowGroup): Map<string, Point> {
  return new Map(
    group.nodes.flatMap((id) => {
      const node = nodeById(flow, id);
      return node === undefined ? [] : [[id, node.position] as const];
    }),
  );
}

interface FrameActions {
  select: (group: FlowGroup) => void;
  places: (group: FlowGroup) => ReadonlyMap<string, Point>;
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

const Frame = memo(function Frame({ box, raised, selected, writing, editor, act }: FrameProps) {
  const { group, rect, above } = box;
  const grip = useHead(group, editor, act);
  return (
    <div
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
      <div
        className="group-head nopan nodrag"
        style={{ height: box.head }}
        data-low={box.head < 24 || undefined}
      >
        {writing && editor !== undefined ? (
          <NameField group={group} onDone={(name) => editor.onRenamed(group.id, name)} />
        ) : (
          <button
            type="button"
            className="group-name"
            data-testid={`group-head-${group.id}`}
            aria-label={`${group.name}, group of ${group.nodes.length}`}
            aria-pressed={selected}
            {...grip}
          >
            {group.name}
          </button>
        )}
        {selected && editor !== undefined && !writing && <GroupTools group={group} editor={editor} />}
      </div>
    </div>
  );
});

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
    <div className="group-tools" role="toolbar" aria-label={`Group ${group.name}`}>
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
