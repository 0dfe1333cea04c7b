import type { FieldKind } from "./fields";

/** What a value is held against, in a condition that can be read without knowing the language. */
export interface Condition {
  /** The expression that reads the value. */
  path: string;
  op: Operator;
  /** As it is typed; of operators that need none it is empty. */
  value: string;
  /** Whether the value is a text, whatever it looks like. */
  text: boolean;
}

export type Operator =
  | "is"
  | "is not"
  | "≥"
  | ">"
  | "≤"
  | "<"
  | "contains"
  | "starts with"
  | "ends with"
  | "is one of"
  | "holds"
  | "does not hold"
  | "has at least"
  | "is empty";

const COMPARED: Record<string, Operator> = {
  "==": "is",
  "!=": "is not",
  ">=": "≥",
  ">": ">",
  "<=": "≤",
  "<": "<",
};
const CALLED: Record<string, Operator> = {
  contains: "contains",
  startsWith: "starts with",
  endsWith: "ends with",
};

const BY_KIND: Record<FieldKind, readonly Operator[]> = {
  text: ["is", "is not", "contains", "starts with", "ends with", "is one of"],
  number: ["≥", ">", "≤", "<", "is", "is not"],
  truth: ["holds", "does not hold"],
  list: ["has at least", "is empty", "contains"],
  object: ["is", "is not"],
  nothing: ["is", "is not", "≥", "≤", "contains", "is one of"],
};

/** What can be asked of a value of a kind, the likeliest first. */
export function operatorsOf(kind: FieldKind): readonly Operator[] {
  return BY_KIND[kind];
}

/** Whether an operator holds something against the value. */
export function needsValue(op: Operator): boolean {
  return op !== "holds" && op !== "does not hold" && op !== "is empty";
}

/** The expression of a condition; undefined as long as it lacks what it needs. */
export function writeCondition({ path, op, value, text }: Condition): string | undefined {
  if (path === "") return undefined;
  if (needsValue(op) && value === "" && op !== "is" && op !== "is not") return undefined;
  if (needsValue(op) && value === "" && !text) return undefined;
  switch (op) {
    case "holds":
      return path;
    case "does not hold":
      return `!${path}`;
    case "is empty":
      return `size(${path}) == 0`;
    case "has at least":
      return Number.isInteger(numberOf(value)) ? `size(${path}) >= ${numberOf(value)}` : undefined;
    case "is one of":
      return `${path} in [${itemsOf(value)
        .map((v) => (text ? quoted(unquoted(v)) : literal(v, text)))
        .join(", ")}]`;
  }
  const called = Object.entries(CALLED).find(([, o]) => o === op)?.[0];
  if (called !== undefined)
    return text ? `${path}.${called}(${quoted(value)})` : `${literal(value, text)} in ${path}`;
  const sign = Object.entries(COMPARED).find(([, o]) => o === op)?.[0];
  return `${path} ${sign} ${literal(value, text)}`;
}

const PATH = String.raw`[A-Za-z_]\w*(?:\.\??[A-Za-z_]\w*|\[\d+\]|\["[^"\\]*"\])*`;
const TEXT = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`;
const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const LITERAL = `${NUMBER}|true|false|${TEXT}`;

/** Reads an expression as a condition; undefined where it is more than one. */
export function readCondition(expression: string): Condition | undefined {
  const e = expression.trim();
  // Of escapes only those of quotes and of themselves are written back as they were; null is no field.
  if (/\\[^\\'"]/.test(e) || e === "null") return undefined;
  const found = (pattern: string) => new RegExp(`^(?:${pattern})$`).exec(e);
  let m = found(`(${PATH})\\s*(==|!=|>=|<=|>|<)\\s*(${LITERAL})`);
  if (m !== null) return { path: m[1] ?? "", op: COMPARED[m[2] ?? ""] ?? "is", ...readLiteral(m[3] ?? "") };
  m = found(`size\\((${PATH})\\)\\s*>=\\s*(\\d+)`);
  if (m !== null) return { path: m[1] ?? "", op: "has at least", value: m[2] ?? "", text: false };
  m = found(`size\\((${PATH})\\)\\s*==\\s*0`);
  if (m !== null) return { path: m[1] ?? "", op: "is empty", value: "", text: false };
  m = found(`(${PATH})\\.(contains|startsWith|endsWith)\\((${TEXT})\\)`);
  if (m !== null)
    return { path: m[1] ?? "", op: CALLED[m[2] ?? ""] ?? "contains", ...readLiteral(m[3] ?? "") };
  m = found(`(${PATH}) in \\[((?:${LITERAL})(?:\\s*,\\s*(?:${LITERAL}))*)\\]`);
  if (m !== null) return readList(m[1] ?? "", m[2] ?? "");
  m = found(`(${LITERAL}) in (${PATH})`);
  if (m !== null) {
    const { value, text } = readLiteral(m[1] ?? "");
    // A text in a text is asked otherwise: this one lies in a list.
    const plain = text && !isNumber(value) && value !== "true" && value !== "false";
    return { path: m[2] ?? "", op: "contains", value: text && !plain ? `'${value}'` : value, text: false };
  }
  m = found(`(!?)(${PATH})`);
  if (m !== null && m[2] !== "true" && m[2] !== "false")
    return { path: m[2] ?? "", op: m[1] === "!" ? "does not hold" : "holds", value: "", text: false };
  return undefined;
}

function readList(path: string, items: string): Condition | undefined {
  const all = [...items.matchAll(new RegExp(LITERAL, "g"))].map(([item]) => readLiteral(item));
  const text = all.every((i) => i.text);
  // Of mixed items, and of texts with commas, a line of text can't tell which is which.
  if (all.some((i) => i.text !== text || i.value.includes(","))) return undefined;
  return { path, op: "is one of", value: all.map((i) => asItem(i.value, text)).join(", "), text };
}

function readLiteral(text: string): { value: string; text: boolean } {
  if (!/^['"]/.test(text)) return { value: text, text: false };
  return { value: text.slice(1, -1).replace(/\\(.)/g, "$1"), text: true };
}

/** The items of a list that is typed with commas: those in quotes are kept as they are. */
function itemsOf(value: string): string[] {
  return (value.match(/(?:\s*'[^']*'\s*(?=,|$)|[^,]*)(?:,|$)/g) ?? [])
    .slice(0, -1)
    .map((item) => item.replace(/,$/, "").trim());
}

/** An item as it is typed among others: in quotes where its spaces count, or where it has some of its own. */
function asItem(value: string, text: boolean): string {
  return text && /^$|^\s|\s$|^'.*'$/.test(value) ? `'${value}'` : value;
}

function unquoted(item: string): string {
  return /^'.*'$/.test(item) ? item.slice(1, -1) : item;
}

/** The number that a text is, also as 1e5 and .5; undefined where it is none, or too large to be one. */
export function numberOf(text: string): number | undefined {
  const bare = text.trim();
  if (!/^-?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i.test(bare)) return undefined;
  const number = Number(bare);
  return Number.isFinite(number) ? number : undefined;
}

function isNumber(value: string): boolean {
  return numberOf(value) !== undefined;
}

/** A value as the language writes it: a number or a truth where it is one and no text is wanted. */
export function literal(value: string, text: boolean): string {
  const bare = value.trim();
  // The language's numbers begin with a digit.
  if (!text && isNumber(bare)) return bare.replace(/^(-?)\./, "$10.");
  if (!text && (bare === "true" || bare === "false")) return bare;
  if (!text && /^'.*'$/.test(bare)) return quoted(bare.slice(1, -1));
  return quoted(value);
}

function quoted(value: string): string {
  return `'${value.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n").replace(/\r/g, "\\r")}'`;
}
