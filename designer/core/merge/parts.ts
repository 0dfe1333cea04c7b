import type { Json, JsonObject, Point } from "../flow/document";
import { same } from "../flow/same";
import {
  type MergeConflict,
  type Questions,
  type Rule,
  type Side,
  settle,
  settleKeys,
  settleOrder,
  type Three,
  three,
} from "./values";

/** A node, a note or another part that has an id. */
export type Part = JsonObject & { id: string };

const LAYOUT = new Set(["position", "size"]);
const PLACED = new Set(["id", "parent", "position", "size"]);
/** Left out and these are the same. */
const BLANK: unknown[] = [undefined, null, "", false];

/** The one question about everything that both sides moved: nobody wants to be asked for each card. */
export class Layout {
  readonly #questions: Questions;
  readonly #moved: string[] = [];
  readonly #places: Three<JsonObject> = { base: {}, mine: {}, theirs: {} };

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  ask(id: string, key: string, v: Three<Json | undefined>): Side | undefined {
    if (!this.#moved.includes(id)) this.#moved.push(id);
    for (const side of ["base", "mine", "theirs"] as const)
      this.#places[side][key === "position" ? id : `${id} ${key}`] = v[side] ?? null;
    return this.#questions.ask({
      ...{ id: "layout", kind: "layout", what: "flow", part: "", pointer: "", shown: this.#moved },
      ...this.#places,
    });
  }
}

/** Whether a side changed more of a part than where it lies. */
export function edited(was: Part, is: Part): boolean {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].some((k) => !LAYOUT.has(k) && !same(filled(was[k]), filled(is[k])));
}

function filled(v: Json | undefined): Json | undefined {
  if (BLANK.includes(v)) return undefined;
  const empty = Array.isArray(v)
    ? v.length === 0
    : typeof v === "object" && Object.keys(v ?? {}).length === 0;
  return empty ? undefined : v;
}

function trimmed(part: Part): JsonObject {
  return Object.fromEntries(
    Object.entries(part).flatMap(([k, v]) => {
      const value = filled(v);
      return value === undefined || PLACED.has(k) ? [] : [[k, value]];
    }),
  );
}

/** A part that was there and still is on both sides. */
export function settlePart(
  v: Three<Part>,
  what: MergeConflict["what"],
  rule: (key: string) => Rule,
  questions: Questions,
  layout: Layout,
): Part {
  const { id } = v.theirs;
  // What both know it by.
  const named = v.base.name || v.theirs.name || v.mine.name;
  const place = {
    ...{ what, part: id, shown: [id], pointer: "" },
    ...(typeof named === "string" ? { name: named } : {}),
  };
  const fields = settleKeys(three(v, trimmed), rule, place, questions);
  return { id, ...fields, ...settlePlace(v, what, questions, layout) };
}

/** Where a part lies: in which container, where in it, how large. */
function settlePlace(
  v: Three<Part>,
  what: MergeConflict["what"],
  questions: Questions,
  layout: Layout,
): JsonObject {
  const { id } = v.theirs;
  const size = settleSize(
    three(v, (p) => p.size),
    (s) => layout.ask(id, "size", s),
  );
  const sized = size === undefined ? {} : { size };
  if (filled(v.mine.parent) === filled(v.theirs.parent)) {
    const position = settle(
      three(v, (p) => p.position),
      () =>
        layout.ask(
          id,
          "position",
          three(v, (p) => p.position),
        ),
    );
    return { ...placeOf(v.theirs), ...(position === undefined ? {} : { position }), ...sized };
  }
  // A place is told from its container's corner: the two belong together.
  const places = three(v, placeOf);
  return {
    ...settle(places, () =>
      questions.ask({
        ...{ id: `${what}/${id}/place`, kind: "place", what, part: id, pointer: "/parent", shown: [id] },
        ...(typeof v.theirs.name === "string" ? { name: v.theirs.name } : {}),
        ...places,
      }),
    ),
    ...sized,
  };
}

/** The container of a part, and where in it the part lies. */
export function placeOf(part: Part): JsonObject {
  return {
    ...(filled(part.parent) === undefined ? {} : { parent: part.parent as Json }),
    ...(part.position === undefined ? {} : { position: part.position }),
  };
}

/** Two who put more into a container make it larger: it has room for both. */
function settleSize(v: Three<Json | undefined>, ask: (v: Three<Json | undefined>) => Side | undefined) {
  const [was, mine, theirs] = [v.base ?? [0, 0], v.mine, v.theirs] as unknown as [Point, Point?, Point?];
  const grew = (s: Point | undefined): s is Point => s !== undefined && s[0] >= was[0] && s[1] >= was[1];
  if (!same(v.mine, v.base) && !same(v.theirs, v.base) && grew(mine) && grew(theirs))
    return [Math.max(mine[0], theirs[0]), Math.max(mine[1], theirs[1])];
  return settle(v, () => ask(v));
}

/** Notes and other parts that stand for themselves: by id, each field by field. */
export function settleParts(
  v: Three<readonly Part[]>,
  what: MergeConflict["what"],
  rule: (key: string) => Rule,
  questions: Questions,
  layout: Layout,
): Part[] {
  const by = three(v, (list) => new Map(list.map((p) => [p.id, p])));
  const order = settleOrder(three(v, (list) => list.map((p) => p.id)));
  return order.flatMap((id) => {
    const part = three(by, (map) => map.get(id));
    const { base, mine, theirs } = part;
    if (mine !== undefined && theirs !== undefined)
      return [settlePart({ base: base ?? ({ id } as Part), mine, theirs }, what, rule, questions, layout)];
    const left = mine ?? theirs;
    if (left === undefined) return [];
    if (base === undefined) return [left];
    if (!edited(base, left)) return [];
    const keeps: Side = mine === undefined ? "theirs" : "mine";
    const chosen = questions.ask({
      ...{ id: `${what}/${id}`, kind: "deleted", what, part: id, pointer: "", shown: [id], ...part },
      ...(typeof left.name === "string" ? { name: left.name } : {}),
    });
    // Undecided it stays: nothing is lost by that.
    return (chosen ?? keeps) === keeps ? [left] : [];
  });
}
