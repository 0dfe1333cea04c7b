import { beforeEach, describe, expect, it } from "vitest";
import type { Connector } from "../src/connector.ts";
import { contextOf } from "../src/context.ts";
import { type ActionError, backOff, connector, rateLimited, s } from "../src/index.ts";
import "../src/random.ts";
import { validate } from "../src/validate.ts";
import { answers, asked, clock } from "./host.ts";

const run = { id: "r", step: "s", attempt: 1, key: "k" };

function problems(schema: Record<string, unknown>, input: unknown): string[] {
  try {
    validate(schema, input);
    return [];
  } catch (e) {
    const { details } = e as ActionError;
    return (details as { problems: { pointer: string; message: string }[] }).problems.map(
      (p) => `${p.pointer} ${p.message}`,
    );
  }
}

describe("validate", () => {
  const schema = s.object({
    host: s.string({ minLength: 1, pattern: "^[a-z.]*$" }),
    deep: s.boolean({ default: false }),
    tags: s.optional(s.list(s.enum(["a", "b"]), { maxItems: 2 })),
    inner: s.optional(s.object({ "a/b~": s.integer({ minimum: 1 }) })),
    content: s.optional(s.text()),
    extra: s.optional(s.record(s.number())),
  });

  it("fills in defaults and leaves the rest", () => {
    expect(validate(schema, { host: "x", tags: null })).toEqual({ host: "x", deep: false });
    const ref = { $blob: { id: "i", size: 1 } };
    expect(validate(schema, { host: "x", content: ref })).toEqual({ host: "x", deep: false, content: ref });
  });

  it("tells all faults with their places", () => {
    const input = {
      host: "",
      deep: 1,
      tags: ["a", "c", "b"],
      inner: { "a/b~": 0.5 },
      extra: { x: "y" },
      other: 1,
    };
    expect(problems(schema, input)).toEqual([
      "/host must not be empty",
      "/deep must be true or false",
      "/tags must have at most 2 items",
      "/tags/1 must be one of a, b",
      "/inner/a~1b~0 must be a whole number",
      "/extra/x must be a number",
      '/other unknown field "other"',
    ]);
    expect(problems(schema, null)).toEqual([" must be an object"]);
    expect(problems(schema, { host: "A" })).toEqual(["/host must match ^[a-z.]*$"]);
  });

  it("follows references, and ends where they go round", () => {
    const tree = {
      type: "object",
      properties: { next: { $ref: "#/$defs/node" } },
      $defs: { node: { type: "object", required: ["v"], properties: { v: { type: "number" } } } },
    };
    expect(problems(tree, { next: {} })).toEqual(["/next/v is required"]);
    expect(problems({ $ref: "#" }, {})).toEqual([]);
  });

  it("doesn't take fields of the prototype for given", () => {
    expect(problems(s.object({ toString: s.string() }), {})).toEqual(["/toString is required"]);
    const out = validate({ type: "object" }, JSON.parse('{"__proto__":{"a":1}}')) as object;
    expect(Object.hasOwn(out, "__proto__")).toBe(true);
  });
});

describe("errors", () => {
  it("say how long to wait", () => {
    expect(backOff(1.5, "x")).toMatchObject({ code: "unavailable", retryable: true, retryAfter: "1500ms" });
    expect(rateLimited("2m", "x")).toMatchObject({ code: "rate_limited", retryable: true, retryAfter: "2m" });
  });

  it("of a declaration name its place", () => {
    const wrong = { id: "a", actions: { x: { run: () => 1, input: {} } } } as unknown as Connector;
    expect(() => connector(wrong)).toThrow("connector a: actions.x: give output");
  });
});

describe("requests", () => {
  beforeEach(() => {
    asked.length = 0;
  });
  const call = { run, credential: { handle: "credential" } };
  const answer = {
    status: 200,
    headers: { "content-type": "text/plain", "set-cookie": ["a", "b"] },
    body: "hi",
  };

  it("of ctx.fetch carry the credential, unless told otherwise", async () => {
    answers.http = answer;
    const ctx = contextOf(call);
    const init = { method: "post", body: new URLSearchParams({ a: "b c" }), headers: { X: "1" } };
    const response = await ctx.fetch("https://example.com/", init as never);
    expect(asked[0]).toEqual({
      name: "http",
      request: {
        url: "https://example.com/",
        method: "POST",
        body: "a=b+c",
        headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8", x: "1" },
        credential: "credential",
      },
    });
    expect([response.status, await response.text()]).toEqual([200, "hi"]);
    await ctx.fetch("https://example.com/", { credential: false });
    expect(asked[1]?.request).not.toHaveProperty("credential");
  });

  it("of ctx.http make errors of statuses", () => {
    const ctx = contextOf(call);
    const codes = [400, 401, 403, 404, 429, 500, 503].map((status) => {
      answers.http = { status, headers: { "retry-after": "7" }, body: "no" };
      try {
        ctx.http("https://example.com/").orThrow();
      } catch (e) {
        const { code, retryable, retryAfter } = e as ActionError;
        return `${status} ${code} ${retryable} ${retryAfter}`;
      }
      return "";
    });
    expect(codes).toEqual([
      "400 http_400 false undefined",
      "401 denied false undefined",
      "403 denied false undefined",
      "404 http_404 false undefined",
      "429 rate_limited true 7000ms",
      "500 unavailable true undefined",
      "503 rate_limited true 7000ms",
    ]);
    answers.http = { status: 429, headers: { "retry-after": new Date(clock.now + 3000).toUTCString() } };
    expect(() => ctx.http("https://example.com/").orThrow()).toThrow(
      expect.objectContaining({ retryAfter: "3000ms" }),
    );
    answers.http = { status: 302, headers: { location: "/x" }, bodyBase64: "/w==" };
    const moved = ctx.http({ url: "https://example.com/", redirect: "manual" }).orThrow();
    expect([moved.ok, moved.headers.location, [...moved.bytes()]]).toEqual([false, "/x", [255]]);
  });

  it("pass the host's own errors on", () => {
    answers.http = { error: { code: "denied", message: "not granted", details: { host: "x" } } };
    expect(() => contextOf(call).http("https://x/")).toThrow(
      expect.objectContaining({ code: "denied", message: "not granted", details: { host: "x" } }),
    );
    delete answers.kv_get;
    expect(() => contextOf(call).kv.get("a")).toThrow(expect.objectContaining({ code: "denied" }));
  });

  it("opens streams, in pieces that the host takes", () => {
    const net = contextOf(call).net;
    expect(() => net.open("ldap.example", 636)).toThrow(expect.objectContaining({ code: "denied" }));
    Object.assign(answers, {
      net_open: { handle: 7 },
      net_write: {},
      net_read: { data: "aGk=" },
      net_close: {},
    });
    const conn = net.open("ldap.example", 636, "5s");
    expect(asked.at(-1)?.request).toEqual({ host: "ldap.example", port: 636, timeout: "5s" });
    asked.length = 0;
    conn.write("é");
    conn.write(new Uint8Array(3 << 20));
    expect(asked[0]?.request).toEqual({ handle: 7, data: "w6k=" });
    expect(asked).toHaveLength(4);
    expect(conn.read(10)).toEqual(new Uint8Array([104, 105]));
    answers.net_read = { eof: true };
    expect(conn.read()).toBeUndefined();
    conn.close();
    expect(asked.at(-1)).toEqual({ name: "net_close", request: { handle: 7 } });
    for (const name of ["net_open", "net_write", "net_read", "net_close"]) delete answers[name];
  });

  it("signs with the call's credential, and with none without", () => {
    const what = { scheme: "slack-v0", body: "x" } as const;
    answers.sign = { headers: { "X-Slack-Signature": "v0=1" }, signature: "v0=1", timestamp: 1 };
    const { credential: _, ...without } = call as typeof call & { credential?: unknown };
    expect(() => contextOf(without).sign(what)).toThrow(expect.objectContaining({ code: "denied" }));
    const signed = contextOf({ ...call, credential: { handle: "credential" } }).sign(what);
    expect(signed).toEqual(answers.sign);
    expect(asked.at(-1)).toEqual({ name: "sign", request: { ...what, credential: "credential" } });
    delete answers.sign;
  });
});

describe("Math.random", () => {
  it("is even enough", () => {
    const buckets = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const r = Math.random();
      expect(r >= 0 && r < 1).toBe(true);
      const at = Math.floor(r * 16);
      buckets[at] = (buckets[at] ?? 0) + 1;
    }
    // 1,000 each; a deviation of 200 is 6.5 times the standard one.
    for (const n of buckets) expect(Math.abs(n - 1000)).toBeLessThan(200);
  });
});
