import { type Token, tokensOf } from "./tokens";

/** A name in an expression: as it stands, behind a dot or as a text in brackets, and what it says. */
export interface Part {
  name: string;
  token: Token;
  /** The dot or the bracket before it. */
  open: Token;
  optional: boolean;
}

/** A place where an expression reads a step, and the names that follow: its output and a field of that. */
export interface StepRead {
  id: Part;
  path: readonly Part[];
  /** The token that begins it, and the one behind it, among tokens. */
  from: number;
  to: number;
}

/** Tokens of an expression, comments left out, with all places that read a step. */
export function stepReads(code: string): { tokens: readonly Token[]; reads: readonly StepRead[] } {
  if (!code.includes("steps")) return { tokens: [], reads: [] };
  const tokens = tokensOf(code).filter((t) => t.kind !== "comment");
  const reads = tokens.flatMap((token, from): StepRead[] => {
    if (token.kind !== "name" || token.text !== "steps" || isMember(tokens, from)) return [];
    const path: Part[] = [];
    let to = from + 1;
    for (let next = partAt(tokens, to); next !== undefined; next = partAt(tokens, to)) {
      path.push(next.part);
      to = next.to;
    }
    const [id, ...rest] = path;
    return id === undefined ? [] : [{ id, path: rest, from, to }];
  });
  return { tokens, reads };
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

/** What a text says; undefined where the token is none, is not closed, or is bytes. */
export function textOf(token: Token): string | undefined {
  const [, prefix = "", fence = "", inner = ""] =
    /^([rRbB]*)("""|'''|"|')([\s\S]*)\2$/.exec(token.text) ?? [];
  if (token.kind !== "text" || token.open || fence === "" || /b/i.test(prefix)) return undefined;
  if (prefix !== "") return inner;
  return inner.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (_, x, u, long, octal, plain: string | undefined) =>
      plain === undefined
        ? String.fromCodePoint(Number.parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8))
        : (ESCAPES[plain] ?? plain),
  );
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
