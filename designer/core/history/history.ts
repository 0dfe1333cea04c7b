import type { Patch } from "immer";
import { applyPatches, enablePatches, produceWithPatches } from "immer";
import { settleGroups } from "../commands/groups";
import type { Flow } from "../flow/document";

enablePatches();

/** The id that a node had, and the one that it has. */
export interface Renamed {
  from: string;
  to: string;
}

/** A change of the document by name: what the command menu, undo and announcements say. */
export interface Command {
  label: string;
  /** Steps of one gesture share a group and are undone together. */
  group?: string;
  /** Somebody else did it, and it was taken over: undoing it takes away what they saved. */
  foreign?: boolean;
  /** A node has another id by it, which what is kept beside the document follows. */
  renamed?: Renamed;
  change: (draft: Flow) => void;
}

interface Entry {
  label: string;
  group?: string;
  foreign?: boolean;
  renamed?: Renamed;
  patches: Patch[];
  inverse: Patch[];
  at: number;
}

export interface History {
  flow: Flow;
  past: readonly Entry[];
  future: readonly Entry[];
}

/** Steps of one group that follow within this time become one undo. */
const GROUP_MS = 1500;
const KEPT = 500;

export function startHistory(flow: Flow): History {
  return { flow, past: [], future: [] };
}

/** Applies a command; one that changes nothing leaves the history as it is. */
export function perform(history: History, command: Command, now: number): History {
  const [flow, patches, inverse] = produceWithPatches(history.flow, (draft: Flow) => {
    command.change(draft);
    settleGroups(draft);
  });
  if (patches.length === 0) return history;
  const last = history.past.at(-1);
  if (last?.group !== undefined && last.group === command.group && now - last.at < GROUP_MS) {
    const joined: Entry = {
      ...last,
      patches: [...last.patches, ...patches],
      inverse: [...inverse, ...last.inverse],
      at: now,
    };
    return { flow, past: [...history.past.slice(0, -1), joined], future: [] };
  }
  const entry: Entry = {
    label: command.label,
    patches,
    inverse,
    at: now,
    ...(command.group === undefined ? {} : { group: command.group }),
    ...(command.foreign ? { foreign: true } : {}),
    ...(command.renamed === undefined ? {} : { renamed: command.renamed }),
  };
  return { flow, past: [...history.past.slice(-KEPT), entry], future: [] };
}

export function undo(history: History): History {
  const entry = history.past.at(-1);
  if (entry === undefined) return history;
  return {
    flow: applyPatches(history.flow, entry.inverse),
    past: history.past.slice(0, -1),
    future: [...history.future, entry],
  };
}

/** The id that a step from one state to the next gave a node: a command, its undo or its redo. */
export function renamedBetween(before: History, after: History): Renamed | undefined {
  if (after.future.length > before.future.length) {
    const undone = after.future.at(-1)?.renamed;
    return undone && { from: undone.to, to: undone.from };
  }
  return after.past.at(-1)?.renamed;
}

export function redo(history: History): History {
  const entry = history.future.at(-1);
  if (entry === undefined) return history;
  return {
    flow: applyPatches(history.flow, entry.patches),
    // A redone entry is closed: later steps of its group start a new one.
    past: [...history.past, { ...entry, at: 0 }],
    future: history.future.slice(0, -1),
  };
}
