import { useQuery } from "@tanstack/react-query";
import { useReactFlow } from "@xyflow/react";
import { Redo2, StickyNote, Undo2, WandSparkles } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { runFlowQuery } from "@/api/queries";
import { useReveal } from "@/canvas/camera";
import { type CanvasEditor, FlowCanvas } from "@/canvas/FlowCanvas";
import { type Folding, insideKeys } from "@/canvas/folding";
import { insideWalls, moveInto, resizeNode } from "@/core/commands/containers";
import { connect, moveNodes, setNote } from "@/core/commands/edit";
import { whyNotConnect } from "@/core/flow/connect";
import {
  edgeId,
  edgeSource,
  isContainer,
  isTrigger,
  nodeById,
  type Point,
  partById,
} from "@/core/flow/document";
import { standIn } from "@/core/flow/shown";
import { useRunId } from "@/run/hooks";
import { IconButton } from "@/ui/Button";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { AddMenu, FirstNode } from "./AddMenu";
import {
  addNextTo,
  deleteSelection,
  dropOnWire,
  duplicateSelection,
  foldSelected,
  placeNote,
  selectAll,
} from "./actions";
import { useProblems } from "./bindings";
import { useCanvasClipboard } from "./clipboardEvents";
import { dropAt, markDrop } from "./dropMark";
import { containerAtDrop, isFolded, movesOf } from "./gestures";
import { groupEditor, groupSelection, ungroupSelection } from "./grouping";
import { findInFlow, walk } from "./keys";
import { type QuickAdd, useQuickAdd } from "./quickAdd";
import type { EditorSession } from "./session";
import { EMPTY } from "./sessionState";
import { tidyFlow } from "./tidying";
import { useFlow, useReadOnly, useSession, useShown } from "./useSession";

/** The canvas with everything that can be done to a flow by mouse and keys. */
export function EditorCanvas() {
  const session = useSession();
  const flow = useFlow();
  const selected = session.view((s) => s.selected);
  const selectedEdges = session.view((s) => s.selectedEdges);
  const writing = session.view((s) => s.writing);
  const problems = useProblems();
  const marks = useMemo(() => {
    const gravest = new Map<string, "error" | "warning">();
    for (const p of problems) if (p.node && gravest.get(p.node) !== "error") gravest.set(p.node, p.severity);
    return gravest;
  }, [problems]);
  const ran = useRanWires();
  const frame = useRef<HTMLDivElement>(null);
  const readOnly = useReadOnly();
  const editor = useMemo(() => (readOnly ? undefined : canvasEditor(session)), [session, readOnly]);
  const reveal = useReveal(session.catalog);
  useEffect(() => {
    session.reveal = (id) => reveal(session.shown.flow, standIn(session.shown, id));
  }, [session, reveal]);
  useCanvasClipboard(session, frame);
  const quick = useQuickAdd(session, frame);
  const shown = useShown();
  const folding = useMemo<Folding>(
    () => ({
      ...{ shown, fold: (id, collapsed) => session.fold(id, collapsed) },
      ...{ lead: (id) => session.show(id), enter: (id) => session.goInto(id) },
    }),
    [session, shown],
  );
  return (
    <section
      ref={frame}
      className="canvas"
      aria-label="Canvas"
      aria-description="Tab goes through the nodes in view, Page Down and Page Up through all of them. Enter opens one; Tab on the chosen one adds what follows, and Escape lets go of it. F6 goes on to the next part of the editor."
      data-testid="canvas"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas takes keys: delete, arrows, copy and paste
      tabIndex={0}
      onPointerDown={(e) => focusCanvas(e.target, frame.current)}
      // Shift and a drag would select text from wherever it was last clicked to here.
      onMouseDown={(e) => e.shiftKey && e.preventDefault()}
      onKeyDownCapture={(e) => cardKeys(session, e)}
      onKeyDown={(e) => canvasKeys(session, folding, quick, e)}
      onPointerMove={quick.onPointerMove}
      onDoubleClick={quick.onDoubleClick}
    >
      <FlowCanvas
        flow={flow}
        folding={folding}
        catalog={session.catalog}
        problems={marks}
        selected={selected}
        selectedEdges={selectedEdges}
        writing={writing}
        ran={ran}
        onSelect={(nodes, edges) => session.select(nodes, edges)}
        onOpen={(id) => session.show(id)}
        onPaneClick={() => session.view.setState({ open: undefined, addMenu: undefined })}
        {...(editor ? { editor } : {})}
        controls={readOnly ? undefined : <EditControls session={session} frame={frame} />}
      />
      <AddMenu />
      {shown.inside !== undefined && shown.flow.nodes.length === 0 && (
        <div className="canvas-hint">
          <h2>Nothing is in {plainly(shown.inside.name || shown.inside.id)} yet</h2>
          <p>What is added or pasted here runs once for each of its passes.</p>
        </div>
      )}
      {flow.nodes.length === 0 && !readOnly && (
        <div className="canvas-hint">
          <h2>An empty flow</h2>
          <FirstNode />
          <p>
            Type what starts it and press Enter, or drag it from the palette. Then Tab on a node, or a click
            on its dot, adds what follows; a double-click on the canvas adds there.
          </p>
        </div>
      )}
    </section>
  );
}

/** The wires of the document that the run shown began with. */
function useRanWires(): ReadonlySet<string> | undefined {
  const run = useRunId();
  const pinned = useQuery({ ...runFlowQuery(run ?? ""), enabled: run !== undefined });
  return useMemo(
    () => (pinned.data === undefined ? undefined : new Set(pinned.data.flow.edges.map(edgeId))),
    [pinned.data],
  );
}

/** Text fields on cards keep the focus; everything else on the canvas gives it to the canvas or its card. */
function focusCanvas(target: EventTarget, frame: HTMLElement | null): void {
  const element = target as HTMLElement;
  if (element.closest("input, textarea, select, [contenteditable=true], .add-menu, .canvas-controls")) return;
  window.getSelection()?.removeAllRanges();
  if (!element.closest(".react-flow__node")) frame?.focus({ preventScroll: true });
}

function canvasEditor(session: EditorSession): CanvasEditor {
  let gesture = 0;
  const mark = seldom((ids: ReadonlySet<string>) => markDrop(takerOf(session, ids)));
  return {
    why: (source, port, target) => whyNotConnect(session.flow, session.catalog, source, port, target),
    onConnect: (source, port, target) => session.do(connect(source, port, target)),
    onRefused: (reason) => toast("info", reason),
    onWireDropped: (wire, screen) => session.view.setState({ addMenu: { screen, wire } }),
    onDragged: mark.call,
    onDragEnd() {
      mark.stop();
      markDrop(undefined);
    },
    onMoved(moves, dragged) {
      const group = dragged ? `drag:${++gesture}` : `nudge:${[...moves.keys()].join()}`;
      session.do(moveNodes(session.catalog, movesOf(session.flow, walled(session, moves)), group));
      if (dragged) dropIntoContainer(session, [...moves.keys()], group);
      const [only] = moves.keys();
      if (dragged && moves.size === 1 && only !== undefined) dropOnWire(session, only, group);
    },
    onResized: (id, at, size) => session.do(resizeNode(id, at, size)),
    onNoteText: (id, text) => session.do(setNote(id, text)),
    onPort: (node, port) => addNextTo(session, node, port),
    onNoteWrite: (id, writing) => session.view.setState({ writing: writing ? id : undefined }),
    onWireAdd: (edge, screen) => session.view.setState({ addMenu: { screen, edge } }),
    groups: groupEditor(session),
  };
}

/** What lies under the pointer need not be looked up with each step of a drag: it is said a moment later. */
const SELDOM_MS = 60;

/** Calls at once and then, with what came last, not more often than that. */
function seldom<T>(run: (value: T) => void): { call: (value: T) => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: T;
  let waits = false;
  const next = () => {
    timer = undefined;
    if (!waits) return;
    waits = false;
    go();
  };
  const go = () => {
    run(last);
    timer = setTimeout(next, SELDOM_MS);
  };
  return {
    call(value) {
      last = value;
      if (timer === undefined) go();
      else waits = true;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waits = false;
    },
  };
}

/** Inside a container its walls are not seen, and hold all the same. */
function walled(session: EditorSession, moves: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
  const { flow, inside } = session.shown;
  if (inside === undefined) return moves;
  const here = (id: string) => partById(flow, id)?.parent === undefined;
  return new Map([...moves].map(([id, at]) => [id, here(id) ? insideWalls(at) : at] as const));
}

/** What would take nodes that are dragged, were they let go now: another container than theirs, or a wire. */
function takerOf(session: EditorSession, ids: ReadonlySet<string>): Element | undefined {
  const [lead] = ids;
  const wired = (id: string) => session.flow.edges.some((e) => e.to === id || edgeSource(e).node === id);
  const free = lead !== undefined && ids.size === 1 && !wired(lead);
  // Where nothing can take it, the page need not be asked.
  if (!free && !session.shown.flow.nodes.some((n) => isContainer(n.type))) return undefined;
  const box = document.querySelector(`.react-flow__node[data-id="${lead}"]`)?.getBoundingClientRect();
  if (lead === undefined || box === undefined || isTrigger(nodeById(session.flow, lead)?.type ?? "trigger."))
    return undefined;
  const part = dropAt([box.left + box.width / 2, box.top + box.height / 2], ids, free);
  const own = nodeById(session.flow, lead)?.parent;
  return own !== undefined && part instanceof HTMLElement && part.dataset.id === own ? undefined : part;
}

/** After a drag: nodes let go over a container go into it, over the free canvas out of it. */
function dropIntoContainer(session: EditorSession, ids: string[], group: string): void {
  const { into, moved } = containerAtDrop(session.flow, session.shown, session.catalog, ids);
  if (moved.length === 0) {
    // In an open one it lies where it was let go; on a card it would seem to have gone in.
    const trigger = ids.some((id) => isTrigger(nodeById(session.flow, id)?.type ?? ""));
    if (trigger && into !== undefined && isFolded(session.shown, into))
      toast("info", "A trigger starts the whole flow: it stays outside of containers.");
    return;
  }
  const unseen = into !== undefined && isFolded(session.shown, into);
  const before = session.flow.edges.length;
  session.do(moveInto(session.flow, session.catalog, moved, into, group, unseen));
  const cut = before - session.flow.edges.length;
  const told = [];
  if (unseen) {
    session.select([into]);
    const what = moved.length === 1 ? "It lies" : `${moved.length} nodes lie`;
    told.push(`${what} in ${nodeById(session.flow, into)?.name || into} now, which is collapsed.`);
  }
  if (cut > 0)
    told.push(
      `${cut === 1 ? "A wire was" : `${cut} wires were`} cut: wires can't cross the wall of a container.`,
    );
  if (told.length > 0) toast("info", told.join(" "), session.undoOffer());
}

function EditControls({
  session,
  frame,
}: {
  session: EditorSession;
  frame: React.RefObject<HTMLDivElement | null>;
}) {
  const { screenToFlowPosition } = useReactFlow();
  const past = session.document((s) => s.history.past.at(-1)?.label);
  const future = session.document((s) => s.history.future.at(-1)?.label);
  const note = () => {
    const box = frame.current?.getBoundingClientRect();
    if (box === undefined) return;
    const at = screenToFlowPosition({ x: box.left + box.width / 3, y: box.top + box.height / 3 });
    placeNote(session, [at.x, at.y]);
  };
  return (
    <>
      <IconButton
        label="Tidy the flow (Shift T)"
        data-testid="tidy"
        onClick={() => void tidySelected(session)}
      >
        <WandSparkles size={15} aria-hidden />
      </IconButton>
      <IconButton label="Add a note" onClick={note}>
        <StickyNote size={15} aria-hidden />
      </IconButton>
      <span className="canvas-controls-line" />
      <IconButton
        label={past === undefined ? "Undo" : `Undo: ${past}`}
        data-testid="undo"
        // Not disabled: who works by it would lose the focus to the page with the last step.
        aria-disabled={past === undefined}
        onClick={() => session.undo(true)}
      >
        <Undo2 size={15} aria-hidden />
      </IconButton>
      <IconButton
        label={future === undefined ? "Redo" : `Redo: ${future}`}
        data-testid="redo"
        aria-disabled={future === undefined}
        onClick={() => session.redo()}
      >
        <Redo2 size={15} aria-hidden />
      </IconButton>
    </>
  );
}

/** A node is opened in its inspector, a note written where it stands. */
function openPart(session: EditorSession, id: string): void {
  if (nodeById(session.flow, id) !== undefined) session.enter(id);
  else if (!session.readOnly) session.view.setState({ writing: id });
}

/** Keys that act on the canvas, and only while it has the focus. */
function canvasKeys(session: EditorSession, folding: Folding, quick: QuickAdd, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target.closest("input, textarea, select, [contenteditable=true], .add-menu")) return;
  const command = event.ctrlKey || event.metaKey;
  // A button on a card is pressed by them.
  if (target.closest("button") && (event.key === "Enter" || event.key === " ")) return;
  // A long note is scrolled by them.
  if (target.matches(".note-body") && /^(Page|Home|End|Arrow)/.test(event.key)) return;
  const { open, addMenu } = session.view.getState();
  // A quick hand closes the inspector before that has come and taken the focus.
  const closes = event.key === "Escape" || (event.key === "Enter" && command && !event.shiftKey);
  if (closes && (open ?? addMenu) !== undefined)
    session.view.setState({ open: undefined, addMenu: undefined });
  else if (insideKeys(folding, event)) event.stopPropagation();
  else if (event.key === "Escape") session.select(EMPTY);
  else if ((event.key === "Delete" || event.key === "Backspace") && !session.readOnly)
    deleteSelection(session);
  else if (event.key === "Enter" && !command && pressed(session, target) !== undefined) {
    openPart(session, pressed(session, target) ?? "");
  } else if (followsHere(session, event, target)) {
    // The list of what may follow is open.
  } else if (!command && !event.altKey && walk(session, event.key)) {
    // It went to another node.
  } else if (command && event.key.toLowerCase() === "a") selectAll(session);
  else if (command && event.key.toLowerCase() === "d" && !session.readOnly) duplicateSelection(session);
  else if (command && event.key.toLowerCase() === "f") findInFlow(session);
  else if (command && event.key.toLowerCase() === "g" && !session.readOnly)
    event.shiftKey ? ungroupSelection(session) : groupSelection(session);
  else if (event.key === "A" && event.shiftKey && !command) quick.open();
  else if (event.key === "C" && event.shiftKey && !command) foldSelected(session);
  else if (event.key === "T" && event.shiftKey && !command && !session.readOnly) void tidySelected(session);
  else return;
  event.preventDefault();
}

/** The part that a key is meant for: the one it is pressed on, or the chosen one, which a quick hand is ahead of. */
function pressed(session: EditorSession, target: HTMLElement): string | undefined {
  const id = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  return id ?? (target.matches("[data-testid=canvas]") ? session.anchor()?.id : undefined);
}

/** The library takes Enter with Ctrl on a card for a click that lets go of it: it never gets there. */
function cardKeys(session: EditorSession, event: KeyboardEvent): void {
  const id = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id;
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || id === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.shiftKey) addNextTo(session, id);
  else session.view.setState({ open: undefined });
}

/**
 * Tab on the one chosen card offers what may follow it. Escape then lets go of the card, so that
 * the next Tab goes on as everywhere.
 */
function followsHere(session: EditorSession, event: KeyboardEvent, target: HTMLElement): boolean {
  const id = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  if (event.key !== "Tab" || event.shiftKey || session.readOnly || event.ctrlKey || event.metaKey)
    return false;
  if (id === undefined || session.anchor()?.id !== id) return false;
  addNextTo(session, id);
  return true;
}

/** Tidies what is selected, where that is several nodes, and else the whole flow. */
function tidySelected(session: EditorSession): Promise<void> {
  const { selected } = session.view.getState();
  return tidyFlow(session, selected.size > 1 ? selected : undefined);
}
