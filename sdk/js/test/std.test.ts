import { describe, expect, it } from "vitest";
import { structuredClone as clone } from "../src/std/clone.ts";
import { TextDecoderImpl, TextEncoderImpl } from "../src/std/encoding.ts";
import { HeadersImpl, ResponseImpl } from "../src/std/fetch.ts";
import { inspect } from "../src/std/inspect.ts";
import { clearTimer, forgetTimers, runTimer, setInterval, setTimeout } from "../src/std/timers.ts";
import { clock } from "./host.ts";

describe("structuredClone", () => {
  it("copies what Node's copies", () => {
    const shared = { n: 1 };
    const value = {
      list: Object.assign(new Array(3), { 2: 3 }),
      date: new Date(5),
      map: new Map([[shared, new Set([1])]]),
      bytes: new Uint16Array([1, 2]).subarray(1),
      pattern: /a/g,
      shared,
      again: shared,
    };
    const copy = clone(value);
    expect(copy).toEqual(structuredClone(value));
    expect(copy.again).toBe(copy.shared);
    expect(copy.shared).not.toBe(shared);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const copied = clone(cycle);
    expect(copied.self).toBe(copied);
  });

  it("makes __proto__ a field like any other", () => {
    const copy = clone(JSON.parse('{"__proto__": {"polluted": 1}}'));
    expect(Object.hasOwn(copy, "__proto__")).toBe(true);
    expect((copy as { polluted?: number }).polluted).toBeUndefined();
  });

  it("refuses functions", () => {
    expect(() => clone({ f: () => 1 })).toThrow("can't be copied");
  });
});

describe("encoding", () => {
  it.each(["", "a", "äöü", "😀\u0000x", "\ud800"])("encodes %j as Node does", (text) => {
    expect(new TextEncoderImpl().encode(text)).toEqual(new TextEncoder().encode(text));
    const into = new Uint8Array(4);
    const nodes = new Uint8Array(4);
    expect(new TextEncoderImpl().encodeInto(text, into)).toEqual(new TextEncoder().encodeInto(text, nodes));
    expect(into).toEqual(nodes);
  });

  it("decodes with and without mercy", () => {
    const faulty = new Uint8Array([0x61, 0xff]);
    expect(new TextDecoderImpl().decode(faulty)).toBe("a\ufffd");
    expect(() => new TextDecoderImpl("utf8", { fatal: true }).decode(faulty)).toThrow(TypeError);
    const fair = new TextEncoder().encode("\ufffd");
    expect(new TextDecoderImpl("utf-8", { fatal: true }).decode(fair)).toBe("\ufffd");
    expect(new TextDecoderImpl().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe("a");
    expect(() => new TextDecoderImpl("latin1")).toThrow(RangeError);
  });
});

describe("timers", () => {
  it("run by their due times, after waiting", () => {
    const ran: string[] = [];
    clock.slept = [];
    setTimeout((name: string) => ran.push(name), 20, "second");
    setTimeout(() => ran.push("first"), 5);
    const never = setTimeout(() => ran.push("never"), 10);
    clearTimer(never);
    const every = setInterval(() => {
      ran.push("every");
      if (ran.length > 3) clearTimer(every);
    }, 8);
    while (runTimer());
    expect(ran).toEqual(["first", "every", "every", "second", "every"]);
    expect(clock.slept).toEqual([5, 3, 8, 4, 4]);
    setTimeout(() => ran.push("left"), 0);
    forgetTimers();
    expect(runTimer()).toBe(false);
  });

  it("take no text", () => {
    expect(() => setTimeout("alert(1)", 0)).toThrow("code isn't made from text");
  });
});

describe("Headers and Response", () => {
  it("are as Node's", async () => {
    const init = [
      ["B", " 2 "],
      ["a", "1"],
      ["A", "3"],
    ] as [string, string][];
    expect([...new HeadersImpl(init)]).toEqual([...new Headers(init)]);
    expect(() => new HeadersImpl({ "a b": "1" })).toThrow(TypeError);
    expect(() => new HeadersImpl({ a: "1\r\nb: 2" })).toThrow(TypeError);
    const response = new ResponseImpl('{"a":1}', { status: 404 });
    expect(response.ok).toBe(false);
    expect(await response.clone().json()).toEqual({ a: 1 });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new TextEncoder().encode('{"a":1}'));
    await expect(response.text()).rejects.toThrow("read already");
  });
});

describe("the log", () => {
  it("writes whatever it is given", () => {
    const cycle: Record<string, unknown> = { n: 1n, m: new Map([["a", 1]]) };
    cycle.self = cycle;
    expect(inspect(["a", 1, cycle, undefined, null])).toBe(
      'a 1 {"n":"1n","m":{"a":1},"self":"[seen]"} undefined null',
    );
    const trap = {
      get x(): never {
        throw new Error("trapped");
      },
    };
    expect(inspect([trap])).toBe("[trapped]");
  });
});
