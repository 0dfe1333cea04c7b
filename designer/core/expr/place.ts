import { opening, type Token, tokensOf } from "./tokens";

/** Where in an expression the cursor stands. */
export interface Place {
  /** Where the name that is being typed begins; it may be empty. */
  from: number;
  /** The expression before the dot, where a member is being typed. */
  receiver: string | undefined;
  /** Where that dot stands, and its question mark. */
  dot: { from: number; optional: boolean } | undefined;
  /** Names that macros around the cursor bind, each with the expression that its values come from. */
  bound: ReadonlyMap<string, string>;
}

/** Undefined where no name can stand: in a text, a comment or a number. */
export function placeAt(code: string, at: number): Place | undefined {
  const tokens = tokensOf(code.slice(0, at));
  const last = tokens.at(-1);
  if (last?.open || (last?.kind === "number" && last.to === at)) return undefined;
  const typing = last?.kind === "name" && last.to === at;
  const from = typing ? last.from : at;
  const before = typing ? tokens.slice(0, -1) : tokens;
  const bound = boundNames(code, before);
  const dot = dotBefore(before);
  if (dot === undefined) return { from, receiver: undefined, dot: undefined, bound };
  const end = dot.index - 1;
  const start = startOfOperand(before, end);
  const first = before[start];
  const final = before[end];
  if (start < 0 || first === undefined || final === undefined) return undefined;
  const receiver = resolved(code.slice(first.from, final.to), bound);
  return { from, receiver, dot: { from: before[dot.index]?.from ?? from, optional: dot.optional }, bound };
}

function dotBefore(tokens: readonly Token[]): { index: number; optional: boolean } | undefined {
  const last = tokens.length - 1;
  if (tokens[last]?.text === ".") return { index: last, optional: false };
  if (tokens[last]?.text === "?" && tokens[last - 1]?.text === ".")
    return { index: last - 1, optional: true };
  return undefined;
}

/** The first token of the operand that ends at a token: a.b[0].c(d) as a whole; -1 where none does. */
function startOfOperand(tokens: readonly Token[], end: number): number {
  let i = end;
  for (;;) {
    const token = tokens[i];
    if (token === undefined) return -1;
    if (token.text === "]" || token.text === ")" || token.text === "}") {
      const open = opening(tokens, i);
      if (open < 0) return -1;
      const called = token.text !== "}" && isOperandEnd(tokens[open - 1]);
      if (!called) return open;
      i = open - 1;
      continue;
    }
    if (token.kind !== "name" && token.kind !== "text" && token.kind !== "number") return -1;
    if (tokens[i - 1]?.text === ".") i -= 2;
    else if (tokens[i - 1]?.text === "?" && tokens[i - 2]?.text === ".") i -= 3;
    else return i;
  }
}

/** Whether a whole expression is one operand, so that a field of it needs no brackets around. */
export function isOperand(code: string): boolean {
  const tokens = tokensOf(code).filter((t) => t.kind !== "comment");
  return tokens.length > 0 && startOfOperand(tokens, tokens.length - 1) === 0;
}

function isOperandEnd(token: Token | undefined): boolean {
  if (token === undefined || token.text === "in") return false;
  return token.kind === "name" || token.kind === "text" || token.text === ")" || token.text === "]";
}

/** Macros that call their body with each element, or with index and element. */
const EACH = new Set(["map", "filter", "all", "exists", "exists_one", "existsOne", "sortBy"]);
const PAIRS = new Set(["transformList", "transformMap", "transformMapEntry"]);

/** What the macros whose brackets are open bind, from the outside in. */
function boundNames(code: string, tokens: readonly Token[]): Map<string, string> {
  const bound = new Map<string, string>();
  for (const open of openBrackets(tokens)) {
    const macro = tokens[open - 1]?.text ?? "";
    const name = tokens[open + 1];
    if (tokens[open]?.text !== "(" || tokens[open - 2]?.text !== "." || name?.kind !== "name") continue;
    if (tokens[open + 2]?.text !== ",") continue;
    const end = open - 3;
    const first = tokens[startOfOperand(tokens, end)];
    const last = tokens[end];
    if (first === undefined || last === undefined) continue;
    const source = code.slice(first.from, last.to);
    if (macro === "bind" && source === "cel") bindInit(code, tokens, open, name.text, bound);
    else if (EACH.has(macro)) bound.set(name.text, `${resolved(source, bound)}[0]`);
    else if (PAIRS.has(macro)) {
      const second = tokens[open + 3];
      bound.set(name.text, "0");
      if (second?.kind === "name") bound.set(second.text, `${resolved(source, bound)}[0]`);
    }
  }
  return bound;
}

/** cel.bind(name, init, …): the name stands for init once the body has begun. */
function bindInit(
  code: string,
  tokens: readonly Token[],
  open: number,
  name: string,
  bound: Map<string, string>,
): void {
  let depth = 0;
  for (let i = open + 3; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind !== "sign") continue;
    if ("([{".includes(token.text)) depth++;
    else if (")]}".includes(token.text)) depth--;
    else if (token.text === "," && depth === 0) {
      bound.set(name, `(${resolved(code.slice(tokens[open + 3]?.from, token.from).trim(), bound)})`);
      return;
    }
  }
}

function openBrackets(tokens: readonly Token[]): number[] {
  const open: number[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "sign") continue;
    if ("([{".includes(token.text)) open.push(i);
    else if (")]}".includes(token.text)) open.pop();
  }
  return open;
}

/** An expression in terms of the run's data alone: bound names are replaced by where their values come from. */
function resolved(expression: string, bound: ReadonlyMap<string, string>): string {
  if (bound.size === 0) return expression;
  const tokens = tokensOf(expression);
  let out = "";
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const source = token.kind === "name" ? bound.get(token.text) : undefined;
    const member =
      tokens[i - 1]?.text === "." || (tokens[i - 1]?.text === "?" && tokens[i - 2]?.text === ".");
    if (source === undefined || member) continue;
    out += expression.slice(at, token.from) + source;
    at = token.to;
  }
  return out + expression.slice(at);
}
