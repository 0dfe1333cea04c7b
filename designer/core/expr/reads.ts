import { type Token, tokensOf } from "./tokens";

/** A name in an expression: as it stands, behind a dot or as a text in brackets, and what it says. */
export interface Part {
  name: string;
  token: Token;
  /** The dot or the bracket before it. */
  open: Token;
  optional: boolean;
}

/** A place where an expression reads something by its name, and the names that follow. */
interface Read {
  root: string;
  path: readonly Part[];
  /** The token that begins it, and the one behind it, among tokens. */
  from: number;
  to: number;
}

/** A place where an expression reads a step, and the names that follow: its output and a field of that. */
export interface StepRead extends Omit<Read, "root"> {
  id: Part;
}

/** Tokens of an expression, comments left out, with all places that read one of some names. */
export function readsOf(
  code: string,
  roots: readonly string[],
): { tokens: readonly Token[]; reads: readonly Read[] } {
  if (!roots.some((root) => code.includes(root))) return { tokens: [], reads: [] };
  const tokens = tokensOf(code).filter((t) => t.kind !== "comment");
  const reads = tokens.flatMap((token, from): Read[] => {
    if (token.kind !== "name" || !roots.includes(token.text) || isMember(tokens, from)) return [];
    const path: Part[] = [];
    let to = from + 1;
    for (let next = partAt(tokens, to); next !== undefined; next = partAt(tokens, to)) {
      path.push(next.part);
      to = next.to;
    }
    return [{ root: token.text, path, from, to }];
  });
  return { tokens, reads };
}

/** Tokens of an expression, comments left out, with all places that read a step. */
export function stepReads(code: string): { tokens: readonly Token[]; reads: readonly StepRead[] } {
  const { tokens, reads } = readsOf(code, ["steps"]);
  return {
    tokens,
    reads: reads.flatMap(({ path: [id, ...path], from, to }) => (id ? [{ id, path, from, to }] : [])),
  };
}

/** Whether a name is a field of something: behind a dot, with or without the mark of an optional one. */
function isMember(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  return before === "." || (before === "?" && tokens[at - 2]?.text === ".");
}

/** The name that follows at a place, and where what comes after it begins. */
function partAt(tokens: readonly Token[], at: number): { part: Part; to: number } | undefined {
  const open = tokens[at];
  if (open?.kind !== "sign" || (open.text !== "." && open.text !== "[")) return undefined;
  const optional = tokens[at + 1]?.text === "?";
  const place = at + (optional ? 2 : 1);
  const token = tokens[place];
  if (token === undefined) return undefined;
  if (open.text === ".")
    return token.kind === "name"
      ? { part: { name: token.text, token, open, optional }, to: place + 1 }
      : undefined;
  const name = textOf(token);
  if (name === undefined || tokens[place + 1]?.text !== "]") return undefined;
  return { part: { name, token, open, optional }, to: place + 2 };
}

const ESCAPES: Record<string, string> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};

/** What a text says; undefined where the token is none, is not closed, is bytes, or names a character that there is not. */
export function textOf(token: Token): string | undefined {
  const [, prefix = "", fence = "", inner = ""] =
    /^([rRbB]*)("""|'''|"|')([\s\S]*)\2$/.exec(token.text) ?? [];
  if (token.kind !== "text" || token.open || fence === "" || /b/i.test(prefix)) return undefined;
  if (prefix !== "") return inner;
  let sound = true;
  const says = inner.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (_, x, u, long, octal, plain: string | undefined) => {
      if (plain !== undefined) return ESCAPES[plain] ?? plain;
      const code = Number.parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8);
      sound &&= code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return sound ? String.fromCodePoint(code) : "";
    },
  );
  return sound ? says : undefined;
}

/** A text that says something else, in the quotes of another where they can hold it. */
export function textLike(token: Token, says: string): string {
  const [, prefix = "", fence = '"'] = /^([rRbB]*)("""|'''|"|')/.exec(token.text) ?? [];
  return /^[\w .-]*$/.test(says) ? `${prefix}${fence}${says}${fence}` : JSON.stringify(says);
}

/** Replaces pieces of a text, which don't overlap. */
export function spliced(text: string, pieces: readonly { from: number; to: number; text: string }[]): string {
  let out = text;
  for (const piece of [...pieces].sort((a, b) => b.from - a.from))
    out = out.slice(0, piece.from) + piece.text + out.slice(piece.to);
  return out;
}
