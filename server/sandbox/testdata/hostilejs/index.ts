// A connector whose every action misbehaves in a way of its own.
import { type Action, connector, s } from "drawbridge";

const act = (run: Action["run"], more: Partial<Action> = {}): Action => ({
  name: "Hostile",
  description: "Misbehaves.",
  input: { type: "object" },
  output: s.any(),
  run,
  ...more,
});

let calls = 0;

function deeper(n: number): number {
  return deeper(n + 1) + 1;
}

export default connector({
  id: "hostile",
  version: "1.0.0",
  name: "Hostile",
  description: "Misbehaves.",
  actions: {
    count: act(() => {
      calls++;
      return { calls, polluted: ({} as { polluted?: number }).polluted ?? 0, text: JSON.stringify([1]) };
    }),
    loop: act(() => {
      for (;;);
    }),
    caught: act(() => {
      for (;;) {
        try {
          for (;;);
        } catch {}
      }
    }),
    finally_loop: act(() => {
      try {
        for (;;);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tried
        for (;;);
      }
    }),
    async_loop: act(async () => {
      for (;;) await null;
    }),
    async_caught: act(async () => {
      const spin = async () => {
        for (;;) await null;
      };
      for (;;) {
        try {
          await spin();
        } catch {}
      }
    }),
    recurse: act(() => deeper(0)),
    depth: act(() => {
      let n = 0;
      const dive = (): number => {
        n++;
        return dive() + 1;
      };
      try {
        dive();
      } catch {}
      return n;
    }),
    recurse_native: act(() => {
      const list: unknown[] = [];
      list[0] = list;
      const nest = (n: number): unknown => [1].map(() => nest(n + 1));
      return nest(0);
    }),
    memory: act(() => {
      const keep = [];
      for (;;) keep.push(new Uint8Array(64 * 1024).fill(1));
    }),
    memory_caught: act(() => {
      const keep: unknown[] = [];
      for (;;) {
        try {
          for (;;) keep.push("x".repeat(10_000 + keep.length));
        } catch {}
      }
    }),
    array: act(() => new Array(2 ** 31).fill(0)),
    pad: act(() => "x".padEnd(2 ** 29)),
    never: act(() => new Promise(() => {})),
    deadlock: act(async () => {
      const p: Promise<unknown> = (async () => {
        await null;
        return p;
      })();
      return await new Promise((resolve) => p.then(resolve));
    }),
    timer: act(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    }),
    interval: act(async () => {
      setInterval(() => {}, 0);
      await new Promise(() => {});
    }),
    huge: act(() => ({ text: "x".repeat(9 * 1024 * 1024) }), { memoryPages: 1024 }),
    getter: act(() => ({
      get secret() {
        throw new Error("from a getter");
      },
    })),
    proxy: act(
      () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error("from a proxy");
            },
          },
        ),
    ),
    to_json: act(() => ({
      toJSON() {
        throw new Error("from toJSON");
      },
    })),
    to_json_loop: act(() => ({
      toJSON() {
        for (;;);
      },
    })),
    to_json_forge: act(() => {
      Object.defineProperty(Object.prototype, "toJSON", { value: () => "forged", configurable: true });
      return { a: 1 };
    }),
    cycle: act(() => {
      const o: Record<string, unknown> = {};
      o.self = o;
      return o;
    }),
    bigint_output: act(() => ({ n: 1n })),
    nothing: act(() => undefined),
    then: act(() => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what is tried
      get then() {
        throw new Error("from then");
      },
    })),
    then_forever: act(() => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what is tried
      then: (resolve: (v: unknown) => void) => {
        const again = () => ({ then: (r: (v: unknown) => void) => r(again()) });
        resolve(again());
      },
    })),
    throw_null: act(() => {
      throw null;
    }),
    throw_proxy: act(() => {
      throw new Proxy(
        {},
        {
          get() {
            throw new Error("from a thrown proxy");
          },
          getPrototypeOf() {
            throw new Error("from a thrown proxy");
          },
        },
      );
    }),
    throw_loop: act(() => {
      const e = new Error("loops");
      Object.defineProperty(e, "stack", {
        get() {
          for (;;);
        },
      });
      throw e;
    }),
    pollute: act(() => {
      (Object.prototype as { polluted?: number }).polluted = 1;
      JSON.stringify = () => "forged";
      JSON.parse = () => ({});
      Array.prototype.map = () => [];
      Promise.prototype.then = () => Promise.reject(new Error("forged"));
      return { done: true };
    }),
    regex: act(() => /^(a+)+$/.test(`${"a".repeat(64)}b`)),
    bigint: act(() => {
      let x = 3n;
      for (;;) x *= x;
    }),
    bigint_caught: act(
      () => {
        const x = 3n ** 400_000n;
        for (;;) {
          try {
            for (;;) (x * x).toString();
          } catch {}
        }
      },
      { memoryPages: 1024 },
    ),
    sort: act(() => {
      const list = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_011);
      for (;;) list.sort((a, b) => (Math.random() < 0.5 ? a - b : b - a));
    }),
    hash: act(() => {
      const data = new Uint8Array(4 << 20);
      // biome-ignore lint/suspicious/noExplicitAny: the SDK's own hash is not what is tried
      const { subtle } = crypto as any;
      return (async () => {
        for (;;) await subtle.digest("SHA-512", data);
      })();
    }),
    flood: act((_, ctx) => {
      for (;;) ctx.log.info("x".repeat(8000));
    }),
    ask_flood: act((_, ctx) => {
      for (;;) {
        try {
          ctx.kv.get("a");
        } catch {}
      }
    }),
    make_code: act(() => {
      const tries: Record<string, string> = { eval: typeof (globalThis as { eval?: unknown }).eval };
      const makers: Record<string, () => unknown> = {
        Function: () => Function("return 1")(),
        constructor: () => (() => 1).constructor("return 1")(),
        async: () => (async () => 1).constructor("return 1")(),
        generator: () => function* () {}.constructor("return 1")(),
        asyncGenerator: () => async function* () {}.constructor("return 1")(),
        reflect: () => Reflect.construct(Object.getPrototypeOf(() => 1).constructor, ["return 1"]),
        bound: () => Function.prototype.constructor.bind(null)("return 1"),
        timer: () => (setTimeout as (code: string) => unknown)("1"),
        indirect: () =>
          (0, (globalThis as { eval?: (s: string) => unknown }).eval)?.("1") ?? Promise.reject(),
      };
      for (const [name, make] of Object.entries(makers)) {
        try {
          tries[name] = typeof make();
        } catch (e) {
          tries[name] = (e as Error).name;
        }
      }
      return tries;
    }),
    spin: act(() => {
      for (;;) Math.imul(2, 3);
    }),
    load: act(async () => {
      const name = "./other.js";
      await import(name);
    }),
  },
});
