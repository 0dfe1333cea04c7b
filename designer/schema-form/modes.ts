import type { Json } from "@/core/flow/document";
import { templateParts } from "@/core/flow/references";

/** Whether a value computes something: a text with a template in it. */
export function isTemplate(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{");
}

/**
 * The expression inside a text that is one template, or undefined. White space
 * around it does not count, on the server as here; between braces and quotes it
 * ends where the server finds its end.
 */
export function innerExpression(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const [only, more] = templateParts(value.trim());
  return only?.code && more === undefined ? only.text.slice(2, -2).trim() : undefined;
}

/** The template of one expression. Braces at its ends keep their distance from the template's own. */
export function templateOf(expression: string): string {
  return `{{ ${expression.trim()} }}`;
}

/** An expression without the braces of a template that somebody typed or pasted around it. */
export function withoutBraces(text: string): string {
  return insideBraces(text).code.trim();
}

/** Where an expression lies in a field of its own, into which somebody may have typed its braces too. */
export function insideBraces(text: string): { code: string; start: number } {
  const open = /^\s*\{\{/.exec(text)?.[0].length ?? 0;
  const rest = text.slice(open);
  const code = /\}\}\s*$/.test(rest) && !balanced(rest) ? rest.slice(0, rest.lastIndexOf("}}")) : rest;
  return { code, start: open };
}

/** A text in which `{{` has just been typed, closed behind the cursor: what is half-written is then no error. */
export function closedAt(text: string, caret: number): string {
  const before = text.slice(0, caret);
  const after = text.slice(caret);
  return before.endsWith("{{") && !/^\s*\}\}/.test(after) ? `${before}}}${after}` : text;
}

/** The braces that an empty field is given when it becomes an expression, and where one types between them. */
export const OFFERED = "{{  }}";
export const OFFERED_CARET = 3;

/** Whether a text is one template in which nothing is written: nothing of it is kept. */
export function isBegun(text: string): boolean {
  return /^\s*\{\{\s*\}\}\s*$/.test(text);
}

/** Whether a template holds an expression that nobody has begun to write. */
export function hasBlank(value: string): boolean {
  return templateParts(value).some((p) => p.code && p.text.slice(2, -2).trim() === "");
}

/** Whether braces close as often as they open, so that those at the end belong to the expression. */
function balanced(text: string): boolean {
  return (text.match(/\{/g) ?? []).length === (text.match(/\}/g) ?? []).length;
}

/** A fixed value as the template that gives the same; texts stay as they are. */
export function toExpression(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : templateOf(JSON.stringify(value));
}

/** The fixed value that a template of a literal gives; undefined when it computes. */
export function toFixed(value: Json | undefined): Json | undefined {
  if (!isTemplate(value)) return value;
  const inner = innerExpression(value);
  if (inner === undefined) return undefined;
  try {
    return JSON.parse(inner) as Json;
  } catch {
    return undefined;
  }
}
