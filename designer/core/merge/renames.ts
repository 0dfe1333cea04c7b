import type { Flow, Json } from "../flow/document";
import { freeId, takenIds } from "../flow/ids";
import { renameReferences } from "../flow/references";
import { isObject } from "../flow/same";
import { newlyWired, type Wanted } from "./reading";
import { renameNodes } from "./twins";
import { type MergeConflict, type Questions, type Side, settle, type Three } from "./values";

/** Which nodes of the base each side calls by another id: old to new. */
export type Renames = Record<Side, ReadonlyMap<string, string>>;

/** Both sides with the ids of the base, so that what each did to a node meets. */
export function asBefore({ base, mine, theirs }: Three<Flow>, renames: Renames): Three<Flow> {
  const back = (side: Side) => new Map([...renames[side]].map(([old, now]) => [now, old]));
  return { base, mine: renameNodes(mine, back("mine")), theirs: renameNodes(theirs, back("theirs")) };
}

/**
 * Which id holds for each node that a side renamed. It is asked for where both chose one, or where the other
 * begins to read it by the old one: undecided, it is called as it was.
 */
export function settleIds(from: Three<Flow>, renames: Renames, read: Wanted, questions: Questions) {
  const final = new Map<string, string>();
  for (const node of from.base.nodes) {
    const { id, name } = node;
    const ids = { base: id, mine: renames.mine.get(id) ?? id, theirs: renames.theirs.get(id) ?? id };
    if (ids.mine === id && ids.theirs === id) continue;
    if (!(["mine", "theirs"] as const).every((s) => from[s].nodes.some((n) => n.id === id))) {
      // The other removed it: that is the question then.
      final.set(id, ids.mine === id ? ids.theirs : ids.mine);
      continue;
    }
    const readers = (["mine", "theirs"] as const)
      .filter((s) => ids[s] === id)
      .flatMap((s) => [...(read[s].get(id) ?? []), ...newlyWired(from.base, from[s], id)]);
    const ask = () =>
      questions.ask({
        ...{ id: `node/${id}/id`, kind: "renamed", what: "node", part: id, pointer: "/id" },
        ...{ shown: [id, ...readers.filter((r) => r !== "")], readers: [...new Set(readers)] },
        ...(name === undefined ? {} : { name }),
        ...ids,
      });
    final.set(id, readers.length > 0 ? ids[ask() ?? "base"] : settle(ids, ask));
  }
  return final;
}

/** Gives the nodes the ids that hold, and another where something else took one meanwhile. */
export function renamedTo(flow: Flow, ids: ReadonlyMap<string, string>): Flow {
  const taken = takenIds(flow);
  const there = new Set(flow.nodes.map((n) => n.id));
  const final = new Map<string, string>();
  for (const [old, now] of ids) {
    if (old === now || !there.has(old)) continue;
    const id = freeId(now, taken);
    taken.add(id);
    final.set(old, id);
  }
  return final.size === 0 ? flow : renameNodes(flow, final);
}

/** A conflict as each side sees it: with the ids that it gave. */
export function asSeen(conflict: MergeConflict, renames: Renames): MergeConflict {
  const seen = (value: Json | undefined, ids: ReadonlyMap<string, string>): Json | undefined => {
    if (value === undefined || ids.size === 0) return value;
    const told = renameReferences(value, ids);
    if (!isObject(told) || typeof told.id !== "string") return told;
    return { ...told, id: ids.get(told.id) ?? told.id };
  };
  if (renames.mine.size + renames.theirs.size === 0) return conflict;
  const ids = (id: string) => [renames.mine.get(id) ?? id, renames.theirs.get(id) ?? id];
  return {
    ...conflict,
    ...(conflict.kind === "renamed"
      ? {}
      : { mine: seen(conflict.mine, renames.mine), theirs: seen(conflict.theirs, renames.theirs) }),
    shown: [...new Set(conflict.shown.flatMap(ids))],
  };
}
