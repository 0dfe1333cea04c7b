import type {
  Flow,
  FlowEdge,
  FlowGroup,
  FlowNode,
  FlowNote,
  Json,
  JsonObject,
  Point,
  Retry,
} from "./document";
import { FORMAT } from "./document";

/**
 * The canonical form, byte for byte as server/flow/encode.go writes it: fixed key
 * order for the document's own keys, sorted keys elsewhere, two-space indent,
 * edges, positions and sizes on one line, empty values left out, one final newline.
 */
export function encodeFlow(flow: Flow): string {
  return `${documentText(flow)}\n`;
}

type Pair = [key: string, write: (indent: number) => string];

function line(indent: number): string {
  return `\n${"  ".repeat(indent)}`;
}

function object(pairs: (Pair | false)[], indent: number): string {
  const kept = pairs.filter((p) => p !== false);
  if (kept.length === 0) return "{}";
  const body = kept.map(([key, write]) => `${line(indent + 1)}${text(key)}: ${write(indent + 1)}`);
  return `{${body.join(",")}${line(indent)}}`;
}

function inline(pairs: Pair[]): string {
  return `{${pairs.map(([key, write]) => `${text(key)}: ${write(0)}`).join(", ")}}`;
}

function list<T>(items: readonly T[], write: (item: T, indent: number) => string, indent: number): string {
  if (items.length === 0) return "[]";
  return `[${items.map((i) => line(indent + 1) + write(i, indent + 1)).join(",")}${line(indent)}]`;
}

/** Strings as Go writes them: lone surrogates can't come from a file and become U+FFFD. */
function text(s: string): string {
  return JSON.stringify(s.toWellFormed());
}

function textPair(key: string, s: string | undefined): Pair | false {
  return s ? [key, () => text(s)] : false;
}

function numberPair(key: string, n: number | undefined): Pair | false {
  return n ? [key, () => number(n)] : false;
}

function documentText(d: Flow): string {
  const credentials = Object.keys(d.credentials ?? {}).sort(byBytes);
  return object(
    [
      ["format", () => text(FORMAT)],
      textPair("id", d.id),
      ["name", () => text(d.name)],
      textPair("description", d.description),
      filled(d.labels) && ["labels", (i) => list(d.labels ?? [], text, i)],
      keyed(d.connectors) && ["connectors", (i) => anyText(d.connectors ?? {}, i)],
      credentials.length > 0 && [
        "credentials",
        (i) =>
          object(
            credentials.map(
              (alias): Pair => [
                alias,
                () => inline([["type", () => text(d.credentials?.[alias]?.type ?? "")]]),
              ],
            ),
            i,
          ),
      ],
      d.input !== undefined && d.input !== null && ["input", (i) => anyText(d.input ?? null, i)],
      keyed(d.vars) && ["vars", (i) => anyText(d.vars ?? {}, i)],
      d.limits !== undefined && [
        "limits",
        (i) =>
          object(
            [
              numberPair("concurrency", d.limits?.concurrency),
              numberPair("queue", d.limits?.queue),
              textPair("timeout", d.limits?.timeout),
              textPair("keep", d.limits?.keep),
            ],
            i,
          ),
      ],
      numberPair("minutesSaved", d.minutesSaved),
      ["nodes", (i) => list(d.nodes, nodeText, i)],
      ["edges", (i) => list(d.edges, edgeText, i)],
      d.output !== undefined && d.output !== null && ["output", (i) => anyText(d.output ?? null, i)],
      filled(d.notes) && ["notes", (i) => list(d.notes ?? [], noteText, i)],
      filled(d.groups) && ["groups", (i) => list(d.groups ?? [], groupText, i)],
    ],
    0,
  );
}

function filled(items: readonly unknown[] | undefined): boolean {
  return items !== undefined && items.length > 0;
}

function keyed(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length > 0;
}

function nodeText(n: FlowNode, indent: number): string {
  const retry = n.retry;
  return object(
    [
      ["id", () => text(n.id)],
      ["type", () => text(n.type)],
      textPair("name", n.name),
      textPair("parent", n.parent),
      ["position", () => point(n.position)],
      sizePair(n.size),
      n.collapsed === true && ["collapsed", () => "true"],
      n.disabled === true && ["disabled", () => "true"],
      textPair("join", n.join),
      textPair("credential", n.credential),
      textPair("site", n.site),
      keyed(n.with) && ["with", (i) => anyText(n.with ?? {}, i)],
      retry !== undefined && ["retry", (i) => retryText(retry, i)],
      textPair("timeout", n.timeout),
      textPair("onError", n.onError),
    ],
    indent,
  );
}

function sizePair(size: Point | undefined): Pair | false {
  return size !== undefined && ["size", () => point(size)];
}

function retryText(r: Retry, indent: number): string {
  return object(
    [
      ["attempts", () => number(r.attempts)],
      textPair("backoff", r.backoff),
      filled(r.on) && ["on", (i) => list(r.on ?? [], text, i)],
    ],
    indent,
  );
}

function edgeText(e: FlowEdge): string {
  return inline([
    ["from", () => text(e.from)],
    ["to", () => text(e.to)],
  ]);
}

function noteText(n: FlowNote, indent: number): string {
  return object(
    [
      ["id", () => text(n.id)],
      ["text", () => text(n.text)],
      textPair("parent", n.parent),
      ["position", () => point(n.position)],
      sizePair(n.size),
    ],
    indent,
  );
}

function groupText(g: FlowGroup, indent: number): string {
  return object(
    [
      ["id", () => text(g.id)],
      ["name", () => text(g.name)],
      ["nodes", (i) => list(g.nodes ?? [], text, i)],
      textPair("color", g.color),
    ],
    indent,
  );
}

function point(p: Point): string {
  return `[${number(p[0])}, ${number(p[1])}]`;
}

function number(n: number): string {
  if (!Number.isFinite(n)) return "null";
  return Object.is(n, -0) ? "0" : JSON.stringify(n);
}

function anyText(value: Json, indent: number): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return number(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return list(value, anyText, indent);
  const members = value as JsonObject;
  const keys = Object.keys(members).filter((k) => members[k] !== undefined);
  return object(
    keys.sort(byBytes).map((k): Pair => [k, (i) => anyText(members[k] ?? null, i)]),
    indent,
  );
}

const utf8 = new TextEncoder();

/** Go sorts keys by their UTF-8 bytes; UTF-16 order differs beyond the basic plane. */
function byBytes(a: string, b: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\u0000-\u007f]*$/.test(a) || /^[\u0000-\u007f]*$/.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  const x = utf8.encode(a);
  const y = utf8.encode(b);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const d = (x[i] ?? 0) - (y[i] ?? 0);
    if (d !== 0) return d;
  }
  return x.length - y.length;
}
