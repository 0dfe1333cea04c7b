import { spliced, stepReads, textLike } from "../expr/reads";
import type { Json } from "./document";

/** Renames steps.<id> inside every {{ }} of a value; text outside templates stays. */
export function renameReferences(value: Json, renamed: ReadonlyMap<string, string>): Json {
  if (renamed.size === 0) return value;
  if (typeof value === "string") return renameInText(value, renamed);
  if (Array.isArray(value)) return value.map((v) => renameReferences(v, renamed));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, renameReferences(v, renamed)]));
  }
  return value;
}

/** The steps that the templates of a value read. */
export function stepsReadBy(value: Json): string[] {
  if (typeof value === "string") {
    if (!value.includes("steps")) return [];
    const code = templateParts(value).filter((p) => p.code);
    return code.flatMap((p) => stepReads(p.text).reads.map((read) => read.id.name));
  }
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap((v) => stepsReadBy(v));
}

/** A template, or the text between two. */
export interface TemplatePart {
  code: boolean;
  text: string;
}

/** Splits a string into text and templates, braces included in the latter. */
export function templateParts(source: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    if (open < 0) break;
    const close = templateEnd(source, open + 2);
    if (close < 0) break;
    if (open > at) parts.push({ code: false, text: source.slice(at, open) });
    parts.push({ code: true, text: source.slice(open, close) });
    at = close;
  }
  if (at < source.length) parts.push({ code: false, text: source.slice(at) });
  return parts;
}

/**
 * Where a template ends: at its }} outside CEL's strings and braces, as the
 * server finds it. Answers -1 when it is not closed.
 */
function templateEnd(source: string, from: number): number {
  let depth = 0;
  for (let i = from; i < source.length; i++) {
    const c = source[i];
    if (c === '"' || c === "'") {
      i = stringEnd(source, i);
      if (i < 0) return -1;
    } else if (c === "{") depth++;
    else if (c === "}") {
      if (depth === 0 && source[i + 1] === "}") return i + 2;
      if (depth > 0) depth--;
    } else if (c === "/" && source[i + 1] === "/") {
      const end = source.indexOf("\n", i);
      if (end < 0) return -1;
      i = end;
    }
  }
  return -1;
}

/** The index of the quote that closes a CEL string; raw and triple-quoted ones too. */
function stringEnd(source: string, open: number): number {
  const quote = source[open] ?? "";
  const [prefix = ""] = /(?<!\w)[rRbB]{1,2}$/.exec(source.slice(Math.max(0, open - 3), open)) ?? [];
  const raw = /r/i.test(prefix);
  const fence = source.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote;
  for (let i = open + fence.length; i < source.length; i++) {
    if (source[i] === "\\" && !raw) i++;
    else if (source.startsWith(fence, i)) return i + fence.length - 1;
    else if (source[i] === "\n" && fence.length === 1) return i;
  }
  return -1;
}

function renameInText(source: string, renamed: ReadonlyMap<string, string>): string {
  if (!source.includes("steps")) return source;
  return templateParts(source)
    .map((part) => (part.code ? renameInCode(part.text, renamed) : part.text))
    .join("");
}

function renameInCode(code: string, renamed: ReadonlyMap<string, string>): string {
  const pieces = stepReads(code).reads.flatMap(({ id: { name, token } }) => {
    const to = renamed.get(name);
    if (to === undefined) return [];
    return [{ from: token.from, to: token.to, text: token.kind === "text" ? textLike(token, to) : to }];
  });
  return spliced(code, pieces);
}
