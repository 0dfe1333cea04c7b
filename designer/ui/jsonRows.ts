/** One step of the way into a value: a key of an object, or an index of a list. */
export type Key = string | number;

/** How much of a list, an object or a text is not here, by the RFC 6901 pointer of it. */
export interface More {
  pointer: string;
  more: number;
  of: string;
}

/** A line of the tree: a key with its value, or with what opens below it. */
export interface JsonLine {
  kind: "line";
  /** RFC 6901 pointer. */
  at: string;
  name: string;
  keys: readonly Key[];
  value: unknown;
  /** Its depth, 1 at the top; its place among its equals, from 1; how many these are. */
  level: number;
  place: number;
  of: number;
  /** Undefined where nothing opens below it. */
  open: boolean | undefined;
}

/** What follows the last entry of a list or object that was cut. */
interface JsonRest {
  kind: "rest";
  /** No pointer: these begin with a slash. */
  at: string;
  level: number;
  more: More;
}

export type JsonRow = JsonLine | JsonRest;

export interface JsonShape {
  /** What a person opened or folded, by pointer. */
  folds: ReadonlyMap<string, boolean>;
  /** Where a search found something; undefined shows all. */
  hits: ReadonlySet<string> | undefined;
  /** For little room: single values come first, and what has more inside is folded. */
  compact: boolean;
  more: ReadonlyMap<string, More>;
}

type Branch = unknown[] | Record<string, unknown>;

const DEEP = 3;
const LARGE = 30;

/** The lines of a value as they stand below one another, with what is folded left out. */
export function jsonRows(value: unknown, shape: JsonShape): JsonRow[] {
  const rows: JsonRow[] = [];
  if (isBranch(value)) addEntries(rows, value, "", [], shape);
  return rows;
}

function addEntries(rows: JsonRow[], value: Branch, at: string, keys: readonly Key[], shape: JsonShape) {
  const list = Array.isArray(value);
  const { hits, compact } = shape;
  const all = entriesOf(value).filter(([k]) => hits === undefined || hits.has(pointer(at, k)));
  if (compact && !list) all.sort(([, a], [, b]) => Number(isBranch(a)) - Number(isBranch(b)));
  const level = keys.length + 1;
  all.forEach(([name, item], i) => {
    const way = [...keys, list ? Number(name) : name];
    const line = { at: pointer(at, name), name, keys: way, value: item, level, place: i + 1, of: all.length };
    const branch = isBranch(item) && sizeOf(item) > 0;
    const open = branch ? isOpen(line.at, item, level, shape) : undefined;
    rows.push({ kind: "line", ...line, open });
    if (branch && open === true) addEntries(rows, item, line.at, way, shape);
  });
  const more = shape.more.get(at);
  if (more !== undefined) rows.push({ kind: "rest", at: `rest of ${at}`, level, more });
}

function isOpen(at: string, value: Branch, level: number, { hits, folds, compact }: JsonShape): boolean {
  if (hits !== undefined) return true;
  return folds.get(at) ?? (!compact && level < DEEP && sizeOf(value) <= LARGE);
}

/**
 * The pointers of what holds a text, in its key or in its value, and of all on the way there. What
 * stands beside a found value in its object is what the value is of, and stays.
 */
export function jsonHits(value: unknown, text: string): Set<string> {
  const found = new Set<string>();
  const visit = (v: unknown, at: string, key: string): boolean => {
    let hit = key.toLowerCase().includes(text);
    if (isBranch(v)) hit = within(v, at) || hit;
    else hit ||= String(v).toLowerCase().includes(text);
    if (hit) found.add(at);
    return hit;
  };
  const within = (v: Branch, at: string): boolean => {
    const all = entriesOf(v);
    const hits = all.filter(([k, child]) => visit(child, pointer(at, k), k));
    if (!Array.isArray(v) && all.length <= LARGE && hits.some(([, child]) => !isBranch(child)))
      for (const [k, child] of all) if (!isBranch(child)) found.add(pointer(at, k));
    return hits.length > 0;
  };
  if (isBranch(value)) within(value, "");
  return found;
}

export function isBranch(value: unknown): value is Branch {
  return value !== null && typeof value === "object";
}

export function sizeOf(value: Branch): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** Whether a value has at least so many single values. */
export function hasLeaves(value: unknown, enough: number): boolean {
  return countLeaves(value, enough) >= enough;
}

function countLeaves(value: unknown, enough: number): number {
  if (!isBranch(value)) return 1;
  let n = 0;
  for (const [, v] of entriesOf(value)) {
    n += countLeaves(v, enough - n);
    if (n >= enough) break;
  }
  return n;
}

function entriesOf(value: Branch): [string, unknown][] {
  return Array.isArray(value) ? value.map((v, i) => [String(i), v]) : Object.entries(value);
}

function pointer(at: string, key: string): string {
  return `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
