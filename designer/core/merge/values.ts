import type { Json, JsonObject } from "../flow/document";
import { joinPointer } from "../flow/document";
import { isObject, same } from "../flow/same";
import type { Wanted } from "./reading";

/** Whose change: that of who merges, or that of who saved first. */
export type Side = "mine" | "theirs";

/** What something was, and what each side made of it. */
export interface Three<T> {
  base: T;
  mine: T;
  theirs: T;
}

/** One thing that both sides changed and that can't be both. Of a side, undefined is "not there". */
export interface MergeConflict extends Three<Json | undefined> {
  /** Names it among the conflicts of a merge, whatever is chosen for the others. */
  id: string;
  kind: "field" | "deleted" | "read" | "renamed" | "place" | "circle" | "layout";
  what: "node" | "note" | "edge" | "flow" | "part";
  /** The part that it is about, and what that is called. */
  part: string;
  name?: string;
  /** The field of it; empty where it is the whole. */
  pointer: string;
  /** Nodes and notes to look at. */
  shown: string[];
  /** The nodes that begin to read what the other side took away; "" is the flow's output. */
  readers?: string[];
}

/** Gathers what has to be asked, and answers what was chosen. */
export class Questions {
  readonly conflicts: MergeConflict[] = [];
  readonly #choices: ReadonlyMap<string, Side>;
  readonly #wanted: Wanted;

  constructor(choices: ReadonlyMap<string, Side>, wanted: Wanted) {
    this.#choices = choices;
    this.#wanted = wanted;
  }

  ask(conflict: MergeConflict): Side | undefined {
    if (!this.conflicts.some((c) => c.id === conflict.id)) this.conflicts.push(conflict);
    return this.#choices.get(conflict.id);
  }

  /** Whether a key of something, or all of it, was asked for. */
  asked(id: string, key: string): boolean {
    return this.conflicts.some((c) => c.id === id || c.id === joinPointer(id, key));
  }

  /** Who begins to read, on a side, what is asked for by an id or lies in it, and the other took away. */
  readers(side: Side, id: string): string[] {
    const all = [...this.#wanted[side]].filter(([key]) => key === id || key.startsWith(`${id}/`));
    return [...new Set(all.flatMap(([, readers]) => readers))];
  }
}

/** What holds of three: what one side alone changed, or else what was chosen; undecided, what was. */
export function settle<T>(v: Three<T>, ask: () => Side | undefined): T {
  if (same(v.mine, v.theirs) || same(v.theirs, v.base)) return v.mine;
  if (same(v.mine, v.base)) return v.theirs;
  return v[ask() ?? "base"];
}

export function three<T, R>(v: Three<T>, of: (one: T) => R): Three<R> {
  return { base: of(v.base), mine: of(v.mine), theirs: of(v.theirs) };
}

/** A list without order in which nothing stands twice: what either side added or removed holds. */
function settleSet({ base, mine, theirs }: Three<readonly string[]>): string[] {
  const all = [...new Set([...theirs, ...mine, ...base])];
  return all.filter((s) => {
    const [was, here, there] = [base.includes(s), mine.includes(s), theirs.includes(s)];
    return was ? here && there : here || there;
  });
}

/** Where a value stands, for what is asked of it. */
export type Place = Pick<MergeConflict, "what" | "part" | "shown"> & { name?: string; pointer: string };

/** How a key is merged: as a whole, key by key to a depth, or as a set of texts. */
export type Rule = number | "set";

/** Merges objects key by key. A key that is left out and one that is undefined are the same. */
export function settleKeys(
  v: Three<JsonObject>,
  rule: (key: string) => Rule,
  place: Place,
  questions: Questions,
): JsonObject {
  const made: JsonObject = {};
  for (const key of keysOf(v)) {
    const at = { ...place, pointer: joinPointer(place.pointer, key) };
    const value = settleKey(
      three(v, (one) => (Object.hasOwn(one, key) ? one[key] : undefined)),
      rule(key),
      at,
      questions,
    );
    // Defined, not assigned: a key named __proto__ is a key like any other.
    if (value !== undefined)
      Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return made;
}

function settleKey(v: Three<Json | undefined>, rule: Rule, at: Place, questions: Questions) {
  if (rule === "set" && [v.base ?? [], v.mine ?? [], v.theirs ?? []].every(isTexts)) {
    const list = settleSet(three(v, (one) => (one ?? []) as string[]));
    return list.length === 0 ? undefined : list;
  }
  if (rule !== "set" && rule > 0 && isObject(v.mine) && isObject(v.theirs) && isObject(v.base ?? {})) {
    const inner = { base: (v.base ?? {}) as JsonObject, mine: v.mine, theirs: v.theirs };
    return settleKeys(inner, () => rule - 1, at, questions);
  }
  const id = `${at.what}/${at.part}${at.pointer}`;
  const read = settleRead(v, id, at, questions);
  if (read !== undefined) return read.value;
  return settle(v, () => questions.ask({ ...v, ...at, kind: "field", id }));
}

/** What one side alone changed, where the other begins to read what is gone by it; undecided, it stays. */
function settleRead(v: Three<Json | undefined>, id: string, at: Place, questions: Questions) {
  const keeper = same(v.mine, v.base) ? "mine" : same(v.theirs, v.base) ? "theirs" : undefined;
  const readers = keeper === undefined ? [] : questions.readers(keeper, id);
  if (keeper === undefined || readers.length === 0) return undefined;
  const shown = [...at.shown, ...readers.filter((r) => r !== "")];
  return { value: v[questions.ask({ ...v, ...at, kind: "read", id, shown, readers }) ?? keeper] };
}

function isTexts(v: unknown): boolean {
  return Array.isArray(v) && v.every((s) => typeof s === "string");
}

function keysOf(v: Three<JsonObject>): string[] {
  return [...new Set([...Object.keys(v.theirs), ...Object.keys(v.mine), ...Object.keys(v.base)])];
}

/** The order of a list of ids: of the side that changed it, else theirs; what only the other has comes last. */
export function settleOrder({ base, mine, theirs }: Three<readonly string[]>): string[] {
  const there = new Set(theirs);
  const was = new Set(base);
  const kept = base.filter((id) => there.has(id));
  const moved = theirs.filter((id) => was.has(id)).some((id, i) => id !== kept[i]);
  return [...new Set(moved ? [...theirs, ...mine] : [...mine, ...theirs])];
}
