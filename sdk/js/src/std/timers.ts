import { host } from "../host.ts";

// A timer runs when nothing else is left to run: the call waits until the first
// of those that are set is due. What is set when the answer is there never runs.
interface Timer {
  id: number;
  due: number;
  every: number | undefined;
  run: () => void;
}

let timers: Timer[] = [];
let lastID = 0;

function add(what: unknown, delay: unknown, args: unknown[], repeat: boolean): number {
  if (typeof what !== "function") throw new TypeError("a timer takes a function: code isn't made from text");
  const wait = Math.max(0, Number(delay) || 0);
  lastID += 1;
  const timer = { id: lastID, due: host.now() + wait, run: () => what(...args) };
  timers.push({ ...timer, every: repeat ? Math.max(1, wait) : undefined });
  return lastID;
}

export function setTimeout(what: unknown, delay?: unknown, ...args: unknown[]): number {
  return add(what, delay, args, false);
}

export function setInterval(what: unknown, delay?: unknown, ...args: unknown[]): number {
  return add(what, delay, args, true);
}

export function clearTimer(id: unknown): void {
  timers = timers.filter((t) => t.id !== id);
}

/** Runs the timer that is due next, after waiting for it; false says that none is set. */
export function runTimer(): boolean {
  let next: Timer | undefined;
  for (const t of timers) if (next === undefined || t.due < next.due) next = t;
  if (next === undefined) return false;
  host.sleep(next.due - host.now());
  if (next.every === undefined) clearTimer(next.id);
  else next.due += next.every;
  next.run();
  return true;
}

/** Forgets what a run before the first call left. */
export function forgetTimers(): void {
  timers = [];
}
