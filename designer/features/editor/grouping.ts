import type { GroupEditor } from "@/canvas/Groups";
import {
  colorGroup,
  type GroupColor,
  group,
  groupable,
  groupChosen,
  groupsOf,
  renameGroup,
  ungroup,
} from "@/core/commands/groups";
import { type FlowGroup, GROUP_COLORS } from "@/core/flow/document";
import { notesIn } from "@/core/layout/groups";
import { announce } from "@/ui/announce";
import type { UiCommand } from "@/ui/commands";
import { toast } from "@/ui/Toasts";
import type { EditorSession } from "./session";

/** Puts a frame around what is selected, and asks for its name. */
export function groupSelection(session: EditorSession): void {
  const { selected } = session.view.getState();
  const nodes = groupable(session.flow, selected);
  const notes = (session.flow.notes ?? []).filter((note) => selected.has(note.id));
  if (nodes === undefined) {
    toast("info", notes.length > 0 && notes.length === selected.size ? ONLY_NOTES : NOT_ONE);
    return;
  }
  const made = group(session.flow, nodes);
  session.do(made.command);
  session.select(nodes);
  session.view.setState({ writing: made.id });
  const added = session.flow.groups?.find((g) => g.id === made.id);
  if (added === undefined || notes.length === 0) return;
  const along = new Set(notesIn(session.flow, session.catalog, added).map((note) => note.id));
  const left = notes.filter((note) => !along.has(note.id)).length;
  if (left > 0)
    toast(
      "info",
      `A group holds nodes: ${left === 1 ? "a note lies" : `${left} notes lie`} outside of its frame. Move ${left === 1 ? "it" : "them"} into the frame, to go along with it.`,
    );
}

const NOT_ONE = "Select nodes of one container, or outside of all, to group them.";
const ONLY_NOTES =
  "A group holds nodes, and only notes are selected: those that lie in a group’s frame go along with it.";

/** Takes the frames away of which something is selected. */
export function ungroupSelection(session: EditorSession): void {
  const found = groupsOf(session.flow, session.view.getState().selected);
  if (found.length === 0) {
    toast("info", "What is selected is in no group.");
    return;
  }
  session.do(ungroup(found));
  announce(found.length === 1 ? "The group is taken away." : `${found.length} groups are taken away.`);
}

/** What the heads of frames do. */
export function groupEditor(session: EditorSession): GroupEditor {
  return {
    onRename: (id) => session.view.setState({ writing: id }),
    onRenamed(id, name) {
      if (name !== undefined) session.do(renameGroup(id, name));
      session.view.setState({ writing: undefined });
      focusGroup(id);
    },
    onColor: (id, color) => session.do(colorGroup(id, color)),
    onUngroup(id) {
      session.do(ungroup((session.flow.groups ?? []).filter((g) => g.id === id)));
      document.querySelector<HTMLElement>('[data-testid="canvas"]')?.focus({ preventScroll: true });
    },
  };
}

/** Gives the focus to the head of a frame, once it stands. */
export function focusGroup(id: string, frames = 30): void {
  const head = document.querySelector<HTMLElement>(`[data-testid="group-head-${id}"]`);
  if (head !== null) head.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusGroup(id, frames - 1));
}

/** Selects the nodes of a group and shows it. */
export function showGroup(session: EditorSession, of: FlowGroup): void {
  const [first] = of.nodes;
  if (first === undefined) return;
  session.bring(first);
  session.select(of.nodes);
  session.reveal(first);
}

const WORDS = new Map<GroupColor, string>([[undefined, "none"], ...GROUP_COLORS.map((c) => [c, c] as const)]);

/** Groups in the command menu: to make them, to go to them, and what their heads offer to the mouse. */
export function groupCommands(session: EditorSession): UiCommand[] {
  const { selected } = session.view.getState();
  const { flow } = session;
  const chosen = groupChosen(flow, selected);
  const list: UiCommand[] = (flow.groups ?? []).map((g) => ({
    ...{ id: `group-${g.id}`, name: g.name, group: "Nodes of this flow", hint: `group of ${g.nodes.length}` },
    words: `group ${g.id}`,
    run() {
      showGroup(session, g);
      focusGroup(g.id);
    },
  }));
  if (session.readOnly) return list;
  const edit = "Edit";
  if (groupable(flow, selected) !== undefined)
    list.push({
      ...{ id: "group", name: "Group", group: edit, keys: "Ctrl G", words: "frame around" },
      run: () => groupSelection(session),
    });
  if (groupsOf(flow, selected).length > 0)
    list.push({
      ...{ id: "ungroup", name: "Ungroup", group: edit, keys: "Ctrl Shift G", words: "frame remove" },
      run: () => ungroupSelection(session),
    });
  if (chosen === undefined) return list;
  list.push({
    ...{ id: "rename-group", name: `Rename group ${chosen.name}`, group: edit, keys: "F2" },
    run: () => session.view.setState({ writing: chosen.id }),
  });
  for (const [color, word] of WORDS)
    list.push({
      ...{ id: `group-color-${word}`, name: `Colour of group ${chosen.name}: ${word}`, group: edit },
      run: () => session.do(colorGroup(chosen.id, color)),
    });
  return list;
}
