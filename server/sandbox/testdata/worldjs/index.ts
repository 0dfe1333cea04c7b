// A connector that uses what of the world a script finds: chance, time, timers.
import { type Action, connector, s } from "drawbridge";

const act = (run: Action["run"]): Action => ({
  name: "World",
  description: "Uses the world.",
  input: { type: "object" },
  output: s.any(),
  run,
});

// What was drawn and looked at while the connector was loaded is in every call's image.
const early = { random: Math.random(), date: Date.now() };

export default connector({
  id: "world",
  version: "1.0.0",
  name: "World",
  description: "Uses the world.",
  actions: {
    random: act(() => ({ drawn: [Math.random(), Math.random(), early.random] })),
    date: act((_, ctx) => ({
      now: Date.now(),
      date: new Date().getTime(),
      ctx: ctx.now().getTime(),
      zone: new Date().getTimezoneOffset(),
      text: new Date(0).toString(),
    })),
    timers: act(async () => {
      const order: string[] = [];
      const began = Date.now();
      const note = (what: string) => () => void order.push(what);
      setTimeout(note("twenty"), 20);
      setTimeout(note("ten"), 10);
      clearTimeout(setTimeout(note("never"), 5));
      const every = setInterval(note("every"), 8);
      queueMicrotask(note("soon"));
      await new Promise((resolve) => setTimeout(resolve, 21));
      clearInterval(every);
      return { order, waited: Date.now() - began };
    }),
    unhandled: act(async () => {
      void Promise.reject(new Error("nobody looks"));
      void (async () => {
        await null;
        throw new TypeError("nor at this");
      })();
      void Promise.reject("a text");
      const late = Promise.reject(new Error("somebody looks"));
      await null;
      await late.catch(() => {});
      return { done: true };
    }),
    caught: act(async () => {
      const fails = async (n: number) => {
        await null;
        throw new Error("x".repeat(1000) + n);
      };
      let caught = 0;
      while (caught < 20_000) {
        const failing = fails(caught);
        await null;
        await null;
        await failing.catch(() => caught++);
      }
      return caught;
    }),
    square: act(() => {
      let x = 3n;
      for (let i = 0; i < 40; i++) x *= x;
      return String(x).length;
    }),
    text: act(() => {
      let text = "0123456789abcdef";
      for (;;) text += text;
    }),
    repeat: act(() => "x".repeat(2 ** 30)),
  },
});
