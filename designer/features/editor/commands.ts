import { useReactFlow } from "@xyflow/react";
import { motion } from "@/canvas/camera";
import { focusNode } from "@/canvas/going";
import { align, distribute, type Side } from "@/core/commands/arrange";
import { unpack } from "@/core/commands/containers";
import { connect, remove } from "@/core/commands/edit";
import type { NodeType } from "@/core/flow/catalog";
import { targetsOf } from "@/core/flow/connect";
import { edgeId, edgeSource, isContainer, nodeById, PORT_OUT } from "@/core/flow/document";
import type { Command } from "@/core/history/history";
import { announce } from "@/ui/announce";
import { type UiCommand, useCommands } from "@/ui/commands";
import { toast } from "@/ui/Toasts";
import { addByType, deleteSelection, duplicateSelection, foldSelected, selectAll } from "./actions";
import { groupCommands } from "./grouping";
import { findInFlow } from "./keys";
import type { EditorSession } from "./session";
import { tidyFlow } from "./tidying";

/** Offers all that can be done in the editor in the command menu. */
export function useEditorCommands(session: EditorSession): void {
  const { zoomTo } = useReactFlow();
  useCommands(() => [
    ...(session.readOnly
      ? []
      : [...editing(session), ...onWire(session), ...arranging(session), ...adding(session)]),
    {
      ...{ id: "zoom-100", name: "Zoom to 100 %", group: "Canvas" },
      run: () => void zoomTo(1, motion()),
    },
    ...folding(session),
    ...leaving(session),
    { id: "select-all", name: "Select all", group: "Canvas", keys: "Ctrl A", run: () => selectAll(session) },
    {
      ...{ id: "find", name: "Find in this flow", group: "Flow", keys: "Ctrl F", words: "search outline" },
      run: () => findInFlow(session),
    },
    ...panels(session),
    ...nodes(session),
    ...groupCommands(session),
    ...(session.readOnly ? [] : wiring(session)),
  ]);
}

function editing(session: EditorSession): UiCommand[] {
  const { past, future } = session.document.getState().history;
  const group = "Edit";
  const list: UiCommand[] = [];
  const undo = past.at(-1)?.label;
  const redo = future.at(-1)?.label;
  if (undo !== undefined)
    list.push({ id: "undo", name: `Undo: ${undo}`, group, keys: "Ctrl Z", run: () => session.undo(true) });
  if (redo !== undefined)
    list.push({
      ...{ id: "redo", name: `Redo: ${redo}`, group, keys: "Ctrl Shift Z" },
      run: () => void session.redo(),
    });
  list.push({ id: "save", name: "Save now", group, keys: "Ctrl S", run: () => void session.saver.flush() });
  const { selected, selectedEdges } = session.view.getState();
  if (selected.size + selectedEdges.size === 0) return list;
  const count = selected.size + selectedEdges.size;
  const hint = count === 1 ? (session.anchor()?.name ?? "") : `${count} parts`;
  const anchor = session.anchor();
  if (anchor !== undefined && isContainer(anchor.type))
    list.push({
      ...{
        id: "unpack",
        name: `Unpack ${anchor.name ?? anchor.id}`,
        group,
        words: "ungroup dissolve container",
      },
      run: () => session.do(unpack(session.flow, anchor)),
    });
  if (selected.size > 0)
    list.push({
      ...{ id: "duplicate", name: "Duplicate", group, hint, keys: "Ctrl D", words: "copy clone" },
      run: () => duplicateSelection(session),
    });
  list.push({
    ...{ id: "delete", name: "Delete", group, hint, keys: "Delete", words: "remove" },
    run: () => deleteSelection(session),
  });
  return list;
}

/** What the head of a container offers to the mouse. */
function folding(session: EditorSession): UiCommand[] {
  const anchor = session.anchor();
  if (anchor === undefined || !isContainer(anchor.type)) return [];
  const name = anchor.name ?? anchor.id;
  const collapsed = session.shown.folded.has(anchor.id);
  return [
    {
      ...{ id: "fold", name: `${collapsed ? "Open" : "Collapse"} ${name}`, group: "Canvas" },
      ...{ keys: "Shift C", words: "container fold unfold expand collapse close" },
      run: () => foldSelected(session),
    },
    {
      ...{ id: "enter", name: `Enter ${name}`, group: "Canvas", keys: "Shift Enter" },
      ...{ words: "container inside go into open", run: () => session.goInto(anchor.id) },
    },
  ];
}

function leaving(session: EditorSession): UiCommand[] {
  const { inside } = session.shown;
  if (inside === undefined) return [];
  return [
    {
      ...{ id: "leave", name: `Leave ${inside.name ?? inside.id}`, group: "Canvas", keys: "Esc" },
      ...{ words: "container outside back up", run: () => session.goInto(inside.parent) },
    },
  ];
}

const SIDES: readonly Side[] = ["left", "centre", "right", "top", "middle", "bottom"];

/** Commands that lay out: of all, or of what is selected. */
function arranging(session: EditorSession): UiCommand[] {
  const { selected } = session.view.getState();
  const group = "Arrange";
  const list: UiCommand[] = [
    {
      ...{
        id: "tidy",
        name: "Tidy the whole flow",
        group,
        keys: "Shift T",
        words: "layout arrange auto clean",
      },
      run: () => void tidyFlow(session),
    },
  ];
  if (selected.size < 2) return list;
  const hint = `${selected.size} parts`;
  list.push({
    id: "tidy-selection",
    name: "Tidy the selection",
    group,
    hint,
    run: () => void tidyFlow(session, selected),
  });
  const now = (command: Command | undefined, why: string) =>
    command === undefined ? toast("info", why) : session.do(command);
  for (const side of SIDES)
    list.push({
      ...{ id: `align-${side}`, name: `Align ${side}`, group, hint, words: "line up" },
      run: () =>
        now(
          align(session.flow, session.catalog, selected, side),
          "Select two parts or more of one container, or outside of all.",
        ),
    });
  for (const way of ["across", "down"] as const)
    list.push({
      ...{ id: `distribute-${way}`, name: `Distribute ${way}`, group, hint, words: "space evenly gaps" },
      run: () =>
        now(
          distribute(session.flow, session.catalog, selected, way),
          "Select three parts or more of one container, or outside of all.",
        ),
    });
  return list;
}

function adding(session: EditorSession): UiCommand[] {
  const after = session.anchor();
  return session.catalog.items.map((type: NodeType) => ({
    ...{ id: `add-${type.type}`, name: `Add ${type.name}`, group: "Add" },
    hint:
      after === undefined || type.kind === "trigger"
        ? type.type
        : `${type.type}, after ${after.name ?? after.id}`,
    words: `${type.type} ${type.category}`,
    run: () => {
      addByType(session, type);
      const added = session.anchor();
      if (added !== undefined) focusNode(added.id);
    },
  }));
}

/** What is selected is joined to another node, or taken from it, without drawing. */
function wiring(session: EditorSession): UiCommand[] {
  const from = session.anchor();
  if (from === undefined) return [];
  const name = from.name ?? from.id;
  const group = "Connect";
  const targets = targetsOf(session.flow, session.catalog, from).map(({ port, target }) => {
    const to = target.name ?? target.id;
    return {
      ...{ id: `connect-${port}-${target.id}`, name: `Connect ${name} to ${to}`, group },
      ...{ hint: port === PORT_OUT ? "" : `from ${port}`, words: `wire ${target.id} ${target.type}` },
      run: () => {
        session.do(connect(from.id, port, target.id));
        announce(`${name} leads to ${to}.`);
      },
    };
  });
  const wires = session.flow.edges.filter((e) => edgeSource(e).node === from.id || e.to === from.id);
  return [
    ...targets,
    ...wires.map((e) => {
      const other = e.to === from.id ? edgeSource(e).node : e.to;
      const label = nodeById(session.flow, other)?.name ?? other;
      return {
        ...{
          id: `disconnect-${edgeId(e)}`,
          name: `Take the wire ${e.to === from.id ? "from" : "to"} ${label} away`,
          group,
        },
        words: "disconnect remove delete",
        run: () => {
          session.do(remove(session.flow, [], new Set([edgeId(e)])));
          announce(`The wire is gone.`);
        },
      };
    }),
  ];
}

/** By keys: what the middle of a wire offers to the mouse. */
function onWire(session: EditorSession): UiCommand[] {
  const [edge] = session.view.getState().selectedEdges;
  const middle = document.querySelector(`[data-testid="wire-add-${edge}"]`)?.getBoundingClientRect();
  if (edge === undefined || middle === undefined) return [];
  return [
    {
      ...{ id: "add-on-wire", name: "Add on the wire…", group: "Edit", words: "insert between" },
      run: () => session.view.setState({ addMenu: { screen: [middle.left, middle.top], edge } }),
    },
  ];
}

function panels(session: EditorSession): UiCommand[] {
  const show = (panel: "problems" | "versions" | "publish") => () => session.view.setState({ panel });
  const list: UiCommand[] = [
    {
      id: "problems",
      name: "Show the problems",
      group: "Flow",
      words: "errors warnings lint",
      run: show("problems"),
    },
    {
      id: "versions",
      name: "Show the versions",
      group: "Flow",
      words: "history restore",
      run: show("versions"),
    },
  ];
  if (!session.readOnly)
    list.push({
      id: "publish",
      name: "Publish…",
      group: "Flow",
      words: "live deploy activate",
      run: show("publish"),
    });
  return list;
}

function nodes(session: EditorSession): UiCommand[] {
  return session.flow.nodes.map((node) => ({
    ...{ id: `node-${node.id}`, name: node.name ?? node.id, group: "Nodes of this flow", hint: node.type },
    words: node.id,
    run: () => {
      session.show(node.id);
      focusNode(node.id);
    },
  }));
}
