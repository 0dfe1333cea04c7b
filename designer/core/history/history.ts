import type { Patch } from "immer";
import { applyPatches, enablePatches, freeze, produceWithPatches } from "immer";
import { settleGroups } from "../commands/groups";
import type { Flow } from "../flow/document";

enablePatches();

/** A change of the document by name: what the command menu, undo and announcements say. */
export interface Command {
  label: string;
  /** Steps of one gesture share a group and are undone together. */
  group?: string;
  /** Somebody else did it, and it was taken over: undoing it takes away what they saved. */
  foreign?: boolean;
  change: (draft: Flow) => void;
}

interface Entry {
  label: string;
  group?: string;
  foreign?: boolean;
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
  return { flow: freeze(flow, true), past: [], future: [] };
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
