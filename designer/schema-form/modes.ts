import type { Json } from "@/core/flow/document";

/** Whether a value computes something: a text with a template in it. */
export function isTemplate(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{");
}

/** The expression inside a text that is one template, or undefined. */
export function innerExpression(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(value);
  const inner = match?.[1];
  if (inner === undefined || inner.includes("{{")) return undefined;
  return inner.trim();
}

/** The template of one expression. Braces at its ends keep their distance from the template's own. */
export function templateOf(expression: string): string {
  return `{{ ${expression.trim()} }}`;
}

/** An expression without the braces of a template that somebody typed or pasted around it. */
export function withoutBraces(text: string): string {
  let inner = text.trim();
  if (inner.startsWith("{{")) inner = inner.slice(2);
  if (inner.endsWith("}}") && !balanced(inner)) inner = inner.slice(0, -2);
  return inner.trim();
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
