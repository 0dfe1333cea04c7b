import type { Json } from "../flow/document";
import type { FieldKind } from "./fields";
import { isOperand } from "./place";

/** A change of a value that is made by one click. */
export interface Transform {
  id: string;
  label: string;
  /** What it takes. */
  of: readonly FieldKind[];
  write: (expression: string) => string;
}

const method = (call: string) => (e: string) => `${operand(e)}.${call}`;
const call =
  (name: string, rest = "") =>
  (e: string) =>
    `${name}(${e}${rest})`;

/** An expression that a method can be called on. */
function operand(expression: string): string {
  return isOperand(expression) ? expression : `(${expression})`;
}

export const TRANSFORMS: readonly Transform[] = [
  { id: "lower", label: "Lower-case", of: ["text"], write: method("lowerAscii()") },
  { id: "upper", label: "Upper-case", of: ["text"], write: method("upperAscii()") },
  { id: "trim", label: "Trim", of: ["text"], write: method("trim()") },
  { id: "defang", label: "Defang", of: ["text"], write: call("defang") },
  { id: "refang", label: "Refang", of: ["text"], write: call("refang") },
  { id: "domain", label: "Registered domain", of: ["text"], write: call("domain.registered") },
  { id: "sha256", label: "SHA-256", of: ["text"], write: call("hash.sha256") },
  { id: "parse", label: "Parse as JSON", of: ["text"], write: call("json.parse") },
  { id: "number", label: "As a number", of: ["text"], write: call("double") },
  { id: "split", label: "Split at commas", of: ["text"], write: method("split(',')") },
  { id: "text", label: "As a text", of: ["number", "truth"], write: call("string") },
  { id: "round", label: "Round", of: ["number"], write: (e) => `int(math.round(double(${e})))` },
  { id: "count", label: "Count", of: ["text", "list", "object"], write: call("size") },
  { id: "first", label: "First", of: ["list"], write: (e) => `${operand(e)}[0]` },
  { id: "join", label: "Join with commas", of: ["list"], write: method("map(x, string(x)).join(', ')") },
  { id: "distinct", label: "Without repeats", of: ["list"], write: method("distinct()") },
  { id: "format", label: "As JSON", of: ["list", "object"], write: call("json.format") },
];

/** What can be made of a value of a kind. */
export function transformsOf(kind: FieldKind): readonly Transform[] {
  return TRANSFORMS.filter((t) => t.of.includes(kind));
}

const ADDRESS = /^(?:https?:\/\/|hxxps?:\/\/)|^\d{1,3}(?:\.\d{1,3}){3}$|^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i;

/** The transform that a value most likely wants; undefined where it is as one would have it. */
export function likelyTransform(value: Json): Transform | undefined {
  const id = likelyOf(value);
  return TRANSFORMS.find((t) => t.id === id);
}

function likelyOf(value: Json): string | undefined {
  if (Array.isArray(value)) return "count";
  if (typeof value !== "string") return undefined;
  if (value !== value.trim()) return "trim";
  if (/^\s*[[{]/.test(value)) return "parse";
  if (/\[\.\]|^hxxp/i.test(value)) return "refang";
  if (ADDRESS.test(value)) return "defang";
  // Words, and not what is meant for people to read: those begin with a capital and go on for long.
  return value.length <= 80 && value !== value.toLowerCase() ? "lower" : undefined;
}
