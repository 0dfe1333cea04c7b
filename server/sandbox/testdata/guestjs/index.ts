// A connector for tests that keeps, grows and misbehaves as it is asked to.
import { type Action, connector, s } from "drawbridge";

const act = (run: Action["run"]): Action => ({
  name: "Guest",
  description: "Keeps, grows and misbehaves.",
  input: { type: "object" },
  output: s.any(),
  run,
});

let calls = 0;
const kept: Uint8Array[] = [];
const names = new Map<string, number>();

function deeper(n: number): number {
  return deeper(n + 1) + 1;
}

export default connector({
  id: "guest",
  version: "1.0.0",
  name: "Guest",
  description: "Keeps, grows and misbehaves.",
  actions: {
    echo: act((input) => input),
    later: act(async (input) => {
      for (let i = 0; i < 20; i++) await null;
      return { input, calls: ++calls };
    }),
    count: act(() => ({ count: ++calls, all: Object.keys(globalThis).length })),
    grow: act(() => {
      const part = new Uint8Array(3 << 20);
      for (let i = 0; i < part.length; i += 1024) part.fill(calls + 1, i, i + 1024);
      kept.push(part);
      return { parts: kept.length, count: ++calls, byte: part[5] };
    }),
    // The engine clears it even where the memory isn't new.
    zero: act(() => {
      const fresh = new Int32Array(1 << 19);
      let found = 0;
      for (let i = 0; i < fresh.length; i++) if (fresh[i] !== 0) found++;
      return { found };
    }),
    names: act(() => {
      for (let i = 0; i < 1000; i++) names.set(`name ${names.size} ${"x".repeat(i % 300)}`, i);
      return { names: names.size };
    }),
    pollute: act(() => {
      const shared = Object.prototype as { polluted?: number };
      shared.polluted = (shared.polluted ?? 0) + 1;
      JSON.parse = () => ({});
      Array.prototype.map = () => [];
      (globalThis as { left?: number }).left = 1;
      return { polluted: shared.polluted };
    }),
    // A timer that is still to come, and a promise that nobody settles.
    leave: act(() => {
      setTimeout(() => calls++, 3_600_000);
      void new Promise(() => calls++);
      return { calls };
    }),
    throw: act(() => {
      throw new Error(`boom at call ${++calls}`);
    }),
    never: act(() => new Promise(() => calls++)),
    loop: act(() => {
      for (;;) calls++;
    }),
    hog: act(() => {
      for (;;) kept.push(new Uint8Array(64 * 1024).fill(1));
    }),
    recurse: act(() => deeper(0)),
  },
});
