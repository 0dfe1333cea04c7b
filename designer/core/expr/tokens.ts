/** A piece of CEL: enough to know names from texts, and which brackets belong together. */
export interface Token {
  kind: "name" | "number" | "text" | "comment" | "sign";
  from: number;
  to: number;
  text: string;
  /** A text or comment that goes on to the end. */
  open?: boolean;
}

const SPACE = /\s/;
const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /\d[\w.]*/y;

export function tokensOf(code: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token["kind"], to: number, open = false) => {
    tokens.push({ kind, from: at, to, text: code.slice(at, to), ...(open ? { open } : {}) });
    at = to;
  };
  while (at < code.length) {
    const c = code[at] ?? "";
    if (SPACE.test(c)) at++;
    else if (code.startsWith("//", at)) {
      const end = code.indexOf("\n", at);
      push("comment", end < 0 ? code.length : end, end < 0);
    } else if (matched(NAME, code, at) > 0) {
      const end = at + matched(NAME, code, at);
      // r'…', b'…' and br'…' are texts, and not names with a text behind.
      if (/^(?:[rRbB]|[rR][bB]|[bB][rR])$/.test(code.slice(at, end)) && /["']/.test(code[end] ?? "")) {
        const close = textEnd(code, end, /r/i.test(code.slice(at, end)));
        push("text", close < 0 ? code.length : close, close < 0);
      } else push("name", end);
    } else if (matched(NUMBER, code, at) > 0) push("number", at + matched(NUMBER, code, at));
    else if (c === '"' || c === "'") {
      const close = textEnd(code, at, false);
      push("text", close < 0 ? code.length : close, close < 0);
    } else push("sign", at + 1);
  }
  return tokens;
}

function matched(pattern: RegExp, code: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0].length ?? 0;
}

/** Behind the quote that ends a text; -1 where none does. */
function textEnd(code: string, open: number, raw: boolean): number {
  const quote = code[open] ?? "";
  const fence = code.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote;
  for (let i = open + fence.length; i < code.length; i++) {
    if (code[i] === "\\" && !raw) i++;
    else if (code.startsWith(fence, i)) return i + fence.length;
    else if (code[i] === "\n" && fence.length === 1) return -1;
  }
  return -1;
}

const CLOSES: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The index of the bracket that the one at `end` closes, or -1. */
export function opening(tokens: readonly Token[], end: number): number {
  let depth = 0;
  for (let i = end; i >= 0; i--) {
    const { kind, text } = tokens[i] ?? { kind: "sign", text: "" };
    if (kind !== "sign") continue;
    if (text in CLOSES) depth++;
    else if ("([{".includes(text) && --depth === 0) return text === CLOSES[tokens[end]?.text ?? ""] ? i : -1;
  }
  return -1;
}
