/**
 * Strict JSON with places, as server/flow/json.go reads it: JSON.parse gives no
 * places, takes the last of duplicate keys and lets lone surrogates pass.
 */
export interface JsonValue {
  offset: number;
  kind: "null" | "boolean" | "number" | "string" | "list" | "object";
  value: unknown;
  members: { name: string; offset: number; value: JsonValue }[];
  items: JsonValue[];
}

export interface SyntaxFault {
  offset: number;
  code: string;
  message: string;
  fix: string;
}

const MAX_DEPTH = 64;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Reads a text; faults that don't stop the reading are gathered beside the value. */
export function readJson(text: string): { root?: JsonValue; soft: SyntaxFault[]; fault?: SyntaxFault } {
  const reader = new Reader(text);
  try {
    return { root: reader.document(), soft: reader.soft };
  } catch (error) {
    if (error instanceof Stop) return { soft: reader.soft, fault: error.fault };
    throw error;
  }
}

/** The plain value, as JSON.parse would give it. */
export function plainOf(value: JsonValue): unknown {
  if (value.kind === "list") return value.items.map(plainOf);
  if (value.kind !== "object") return value.value;
  // Defined, not assigned: a key named __proto__ is a key like any other.
  const plain: Record<string, unknown> = {};
  for (const m of value.members) {
    Object.defineProperty(plain, m.name, {
      value: plainOf(m.value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return plain;
}

class Stop extends Error {
  readonly fault: SyntaxFault;
  constructor(fault: SyntaxFault) {
    super(fault.message);
    this.fault = fault;
  }
}

class Reader {
  readonly soft: SyntaxFault[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    if (this.#text.startsWith("\ufeff")) {
      this.#fail(0, "json.syntax", "the file begins with a byte order mark", "save it as UTF-8 without one");
    }
    this.#space();
    const root = this.#value();
    this.#space();
    if (this.#at < this.#text.length) {
      this.#fail(this.#at, "json.syntax", "text after the end of the document", "remove it");
    }
    return root;
  }

  #fail(offset: number, code: string, message: string, fix = ""): never {
    throw new Stop({ offset, code, message, fix });
  }

  #syntax(message: string): never {
    const early = this.#at >= this.#text.length ? "the file ends too early: " : "";
    this.#fail(this.#at, "json.syntax", early + message);
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #value(): JsonValue {
    const offset = this.#at;
    const make = (kind: JsonValue["kind"], value: unknown): JsonValue => ({
      offset,
      kind,
      value,
      members: [],
      items: [],
    });
    const c = this.#text[this.#at] ?? "";
    if (c === "{" || c === "[") return this.#nested(make(c === "{" ? "object" : "list", undefined));
    if (c === '"') return make("string", this.#string());
    if (c !== "" && "-0123456789".includes(c)) return make("number", this.#number());
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return make(value === null ? "null" : "boolean", value);
    }
    return this.#syntax("a value is missing or misspelt here");
  }

  #nested(made: JsonValue): JsonValue {
    if (++this.#depth > MAX_DEPTH) {
      this.#fail(
        made.offset,
        "limit.depth",
        `values are nested deeper than ${MAX_DEPTH}`,
        "flatten the document",
      );
    }
    this.#at++;
    const close = made.kind === "object" ? "}" : "]";
    this.#space();
    if (this.#text[this.#at] === close) this.#at++;
    else if (made.kind === "object") this.#members(made);
    else this.#items(made);
    this.#depth--;
    return made;
  }

  #members(made: JsonValue): void {
    const seen = new Set<string>();
    do {
      this.#space();
      const offset = this.#at;
      if (this.#text[this.#at] !== '"') this.#syntax("a key in double quotes is expected here");
      const name = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ":")
        this.#syntax(`a colon is expected after the key ${JSON.stringify(name)}`);
      this.#at++;
      this.#space();
      const value = this.#value();
      if (seen.has(name)) {
        this.soft.push({
          offset,
          code: "json.duplicate",
          message: `the key ${JSON.stringify(name)} stands twice in this object`,
          fix: "keep one of them",
        });
      } else made.members.push({ name, offset, value });
      seen.add(name);
    } while (!this.#closes("}"));
  }

  #items(made: JsonValue): void {
    do {
      this.#space();
      made.items.push(this.#value());
    } while (!this.#closes("]"));
  }

  #closes(bracket: string): boolean {
    this.#space();
    const c = this.#text[this.#at];
    if (c !== bracket && c !== ",") this.#syntax(`a comma or ${bracket} is expected here`);
    this.#at++;
    return c === bracket;
  }

  #number(): number {
    const start = this.#at;
    while (this.#at < this.#text.length && "+-.eE0123456789".includes(this.#text[this.#at] ?? "x"))
      this.#at++;
    const text = this.#text.slice(start, this.#at);
    if (!NUMBER.test(text)) this.#fail(start, "json.syntax", `${JSON.stringify(text)} is not a JSON number`);
    const value = Number(text);
    if (!Number.isFinite(value) || (!/[.eE]/.test(text) && !Number.isSafeInteger(value))) {
      this.soft.push({
        offset: start,
        code: "number.range",
        message: `the number ${text} is too large to be kept exactly`,
        fix: "write it as a string",
      });
      return 0;
    }
    return Object.is(value, -0) ? 0 : value;
  }

  #string(): string {
    const start = this.#at;
    for (let i = start + 1; i < this.#text.length; i++) {
      const c = this.#text[i] ?? "";
      if (c === "\\") i++;
      else if (c < " ")
        this.#fail(
          i,
          "json.syntax",
          "a control character stands in a string",
          "write it as an escape such as \\n",
        );
      else if (c === '"') {
        this.#at = i + 1;
        return this.#unescape(start, this.#text.slice(start, i + 1));
      }
    }
    return this.#fail(
      start,
      "json.syntax",
      "the file ends too early: this string is not closed",
      "close it with a double quote",
    );
  }

  #unescape(start: number, quoted: string): string {
    let value: string;
    try {
      value = JSON.parse(quoted) as string;
    } catch {
      return this.#fail(start, "json.syntax", "this escape is unknown to JSON");
    }
    if (!value.isWellFormed()) {
      this.#fail(start, "json.utf8", "half of a surrogate pair stands alone", "write the whole character");
    }
    return value;
  }
}

/** Line and column of an offset, from 1; columns count characters. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: [...before.slice(before.lastIndexOf("\n") + 1)].length + 1 };
}
