import type { Patch } from "immer";
import { applyPatches, enablePatches, freeze, produceWithPatches } from "immer";
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
/** How many steps can be undone, and the most changes that they may hold in all: what is older is forgotten. */
const KEPT = 500;
const KEPT_PATCHES = 100_000;

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
    const one: Entry = {
      ...last,
      patches: followed(last.patches, patches),
      inverse: preceded(inverse, last.inverse),
      at: now,
    };
    return { flow, past: [...history.past.slice(0, -1), one], future: [] };
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
  return { flow, past: remembered([...history.past, entry]), future: [] };
}

/** The newest steps of a past; the newest of all whatever its size. */
function remembered(past: readonly Entry[]): readonly Entry[] {
  let from = past.length - 1;
  let patches = past[from]?.patches.length ?? 0;
  while (from > 0 && past.length - from < KEPT) {
    patches += past[from - 1]?.patches.length ?? 0;
    if (patches > KEPT_PATCHES) break;
    from--;
  }
  return past.slice(from);
}

/** Changes and those that follow; where these replace the same values once more, they alone: a card that is nudged for an hour is one change. */
function followed(before: readonly Patch[], after: readonly Patch[]): Patch[] {
  const from = before.length - after.length;
  return [
    ...(from >= 0 && replaceSame(before.slice(from), after) ? before.slice(0, from) : before),
    ...after,
  ];
}

/** What takes changes back, and before that those that followed: where both give back the same values, the earlier ones. */
function preceded(after: readonly Patch[], before: readonly Patch[]): Patch[] {
  return replaceSame(after, before.slice(0, after.length)) ? [...before] : [...after, ...before];
}

/** Whether both do nothing but replace the same values in the same order. The length of a list comes as a value, too, and is none. */
function replaceSame(a: readonly Patch[], b: readonly Patch[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ op, path }, i) => {
      const other = b[i];
      return (
        op === "replace" &&
        other?.op === "replace" &&
        path.length === other.path.length &&
        path.at(-1) !== "length" &&
        path.every((key, k) => key === other.path[k])
      );
    })
  );
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
