import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeFlow } from "./decode";
import { encodeFlow } from "./encode";

// The vectors that Go runs too: both sides read, refuse and write alike.
const vectors = join(import.meta.dirname, "..", "..", "..", "flows", "vectors");
const library = join(import.meta.dirname, "..", "..", "..", "flows", "library");
const read = (...path: string[]) => readFileSync(join(...path), "utf8");
const names = (dir: string, end: string) =>
  readdirSync(dir)
    .filter((f) => f.endsWith(end))
    .map((f) => f.slice(0, -end.length));

describe("valid vectors", () => {
  const dir = join(vectors, "valid");
  it.each(names(dir, ".flow.json"))("%s is written in the canonical bytes", (name) => {
    const canonical = read(dir, `${name}.flow.json`);
    const { flow, problems } = decodeFlow(read(dir, `${name}.input.json`));
    expect(problems.filter((p) => p.severity === "error")).toEqual([]);
    if (flow === undefined) throw new Error("nothing was read");
    expect(encodeFlow(flow)).toBe(canonical);
    const again = decodeFlow(canonical).flow;
    expect(again && encodeFlow(again)).toBe(canonical);
  });
});

describe("invalid vectors", () => {
  const dir = join(vectors, "invalid");
  it.each(names(dir, ".problems.json"))("%s has the problems that Go finds", (name) => {
    const bytes = readFileSync(join(dir, `${name}.flow.json`));
    // A byte order mark counts: TextDecoder would swallow it.
    const { problems } = decodeFlow(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    const wanted = JSON.parse(read(dir, `${name}.problems.json`)) as string[];
    expect(problems.map((p) => p.code).sort()).toEqual([...wanted].sort());
  });
});

describe("library", () => {
  it.each(names(library, ".flow.json"))("%s keeps its bytes", (name) => {
    const source = read(library, `${name}.flow.json`);
    const { flow, problems } = decodeFlow(source);
    expect(problems).toEqual([]);
    expect(flow && encodeFlow(flow)).toBe(source);
  });
});
