import type { Json } from "../flow/document";
import { same } from "../flow/same";

/** A recorded input by its name, to try a flow with. */
interface Named {
  name: string;
  input: Json;
}

/** A name that none of the samples has yet. */
function freeName(name: string, items: readonly Named[]): string {
  let free = name;
  for (let n = 2; items.some((s) => s.name === free); n++) free = `${name} ${n}`;
  return free;
}

/**
 * Adds a sample to those that are kept now. It takes the place of the one of its name that was seen;
 * one that somebody else kept under that name since stays, and this one gets a name of its own.
 */
export function withSample<T extends Named>(
  items: readonly T[],
  fresh: T,
  seen?: T | undefined,
): { items: T[]; kept: T } {
  const there = items.find((s) => s.name === fresh.name);
  const replaces = there !== undefined && seen !== undefined && same(there, seen);
  const kept = there === undefined || replaces ? fresh : { ...fresh, name: freeName(fresh.name, items) };
  return { items: [...items.filter((s) => s.name !== kept.name), kept], kept };
}
