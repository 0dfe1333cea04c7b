import type { Flow, Problem } from "./document";
import { FORMAT, joinPointer } from "./document";
import { type JsonValue, placeOf, plainOf, readJson, type SyntaxFault } from "./json";
import { validateFlow } from "./validate";

/** What one place of a document may hold. */
type Shape =
  | { kind: "string" | "boolean" | "any" | "point" | "integer" }
  | { kind: "object"; keys: Record<string, Shape>; needed?: string[] }
  | { kind: "map"; of: Shape }
  | { kind: "list"; of: Shape };

const text: Shape = { kind: "string" };
const any: Shape = { kind: "any" };
const point: Shape = { kind: "point" };
const texts: Shape = { kind: "list", of: text };

const retry: Shape = {
  kind: "object",
  keys: { attempts: { kind: "integer" }, backoff: text, on: texts },
  needed: ["attempts"],
};

const node: Shape = {
  kind: "object",
  keys: {
    id: text,
    type: text,
    name: text,
    parent: text,
    position: point,
    size: point,
    collapsed: { kind: "boolean" },
    disabled: { kind: "boolean" },
    join: text,
    credential: text,
    site: text,
    with: { kind: "map", of: any },
    retry,
    timeout: text,
    onError: text,
  },
  needed: ["id", "type", "position"],
};

const DOCUMENT: Shape = {
  kind: "object",
  keys: {
    format: text,
    id: text,
    name: text,
    description: text,
    labels: texts,
    connectors: { kind: "map", of: text },
    credentials: { kind: "map", of: { kind: "object", keys: { type: text }, needed: ["type"] } },
    input: any,
    vars: { kind: "map", of: any },
    limits: {
      kind: "object",
      keys: { concurrency: { kind: "integer" }, queue: { kind: "integer" }, timeout: text, keep: text },
    },
    minutesSaved: { kind: "integer" },
    nodes: { kind: "list", of: node },
    edges: { kind: "list", of: { kind: "object", keys: { from: text, to: text }, needed: ["from", "to"] } },
    output: any,
    notes: {
      kind: "list",
      of: {
        kind: "object",
        keys: { id: text, text, position: point, size: point, parent: text },
        needed: ["id", "text", "position"],
      },
    },
    groups: {
      kind: "list",
      of: {
        kind: "object",
        keys: { id: text, name: text, nodes: texts, color: text },
        needed: ["id", "name", "nodes"],
      },
    },
  },
  needed: ["name", "nodes", "edges"],
};

export interface Decoded {
  /** The document, unless nothing of it could be read. What is of the wrong type is left out. */
  flow?: Flow;
  problems: Problem[];
}

/** Reads a flow file strictly and tells every problem with its place, as the server does. */
export function decodeFlow(source: string): Decoded {
  const { root, soft, fault } = readJson(source);
  const problems = [...soft, ...(fault ? [fault] : [])].map((f) => placed(source, f));
  if (root === undefined) return { problems };
  const decoder = new Decoder(source, problems);
  if (!decoder.readable(root)) return { problems };
  const flow = decoder.take(DOCUMENT, root, "") as Flow;
  flow.format = FORMAT;
  flow.name ??= "";
  flow.nodes ??= [];
  flow.edges ??= [];
  problems.push(...validateFlow(flow));
  return { flow, problems };
}

function placed(source: string, fault: SyntaxFault): Problem {
  return {
    code: fault.code,
    severity: "error",
    pointer: "",
    ...placeOf(source, fault.offset),
    message: fault.message,
    ...(fault.fix === "" ? {} : { fix: fault.fix }),
  };
}

const NAMES: Record<JsonValue["kind"], string> = {
  null: "null",
  boolean: "a boolean",
  number: "a number",
  string: "a string",
  list: "a list",
  object: "an object",
};

class Decoder {
  readonly #source: string;
  readonly #problems: Problem[];

  constructor(source: string, problems: Problem[]) {
    this.#source = source;
    this.#problems = problems;
  }

  #report(code: string, pointer: string, offset: number, message: string, fix = ""): void {
    const place = placeOf(this.#source, offset);
    this.#problems.push({
      code,
      severity: "error",
      pointer,
      ...place,
      message,
      ...(fix === "" ? {} : { fix }),
    });
  }

  /** Whether the root is an object of a format that this version reads. */
  readable(root: JsonValue): boolean {
    if (root.kind !== "object") {
      this.#report("type.wrong", "", root.offset, `a flow file is an object, not ${NAMES[root.kind]}`);
      return false;
    }
    const format = root.members.find((m) => m.name === "format")?.value;
    if (format?.kind !== "string") {
      this.#report(
        "format.missing",
        "/format",
        root.offset,
        'the key "format" is missing',
        `add "format": "${FORMAT}"`,
      );
      return false;
    }
    const version = /^drawbridge\.flow\/([1-9]\d*)$/.exec(String(format.value))?.[1];
    if (version === "1") return true;
    const [code, message] =
      version === undefined
        ? ["format.unknown", `${JSON.stringify(format.value)} is not a flow file's format`]
        : ["format.newer", `the file has the format ${format.value}, this version reads up to ${FORMAT}`];
    this.#report(code, "/format", format.offset, message);
    return false;
  }

  /** The value of a place, or undefined where it is of the wrong type. */
  take(shape: Shape, value: JsonValue, pointer: string): unknown {
    switch (shape.kind) {
      case "any":
        return plainOf(value);
      case "string":
      case "boolean":
        return value.kind === shape.kind
          ? value.value
          : this.#wrong(value, pointer, shape.kind === "string" ? "a string" : "true or false");
      case "integer":
        return Number.isSafeInteger(value.value)
          ? value.value
          : this.#wrong(value, pointer, "a whole number");
      case "point":
        return this.#point(value, pointer);
      case "list":
        if (value.kind !== "list") return this.#wrong(value, pointer, "a list");
        return value.items
          .map((item, i) => this.take(shape.of, item, joinPointer(pointer, i)))
          .filter((v) => v !== undefined);
      case "map":
        if (value.kind !== "object") return this.#wrong(value, pointer, "an object");
        return Object.fromEntries(
          value.members.map((m) => [m.name, this.take(shape.of, m.value, joinPointer(pointer, m.name))]),
        );
      case "object":
        return this.#object(shape.keys, shape.needed ?? [], value, pointer);
    }
  }

  #wrong(value: JsonValue, pointer: string, want: string): undefined {
    this.#report("type.wrong", pointer, value.offset, `this is ${NAMES[value.kind]} where ${want} belongs`);
    return undefined;
  }

  #point(value: JsonValue, pointer: string): unknown {
    const numbers =
      value.kind === "list" && value.items.length === 2 && value.items.every((i) => i.kind === "number");
    return numbers ? plainOf(value) : this.#wrong(value, pointer, "a list of two numbers");
  }

  #object(keys: Record<string, Shape>, needed: string[], value: JsonValue, pointer: string): unknown {
    if (value.kind !== "object") return this.#wrong(value, pointer, "an object");
    const made: Record<string, unknown> = {};
    for (const member of value.members) {
      const at = joinPointer(pointer, member.name);
      const shape = Object.hasOwn(keys, member.name) ? keys[member.name] : undefined;
      if (shape === undefined) {
        this.#report(
          "key.unknown",
          at,
          member.offset,
          `the key ${JSON.stringify(member.name)} is unknown here`,
          `known are ${Object.keys(keys).sort().join(", ")}`,
        );
        continue;
      }
      const taken = this.take(shape, member.value, at);
      if (taken !== undefined) made[member.name] = taken;
    }
    for (const name of needed) {
      if (!value.members.some((m) => m.name === name)) {
        this.#report(
          "key.missing",
          pointer,
          value.offset,
          `the key ${JSON.stringify(name)} is missing`,
          "add it",
        );
      }
    }
    return made;
  }
}
