import { type Flow, nodeById } from "./document";

/** What people call the steps of a run, whose keys are ids and numbers. */

/** The node of a step key: the last part of each.3.look. */
export function nodeOfKey(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/** The pass of a step in containers: each.3.look is item 4; inner loops are told from the outside in. */
export function passOf(key: string): string | undefined {
  const numbers = key.split(".").filter((_, i) => i % 2 === 1);
  return numbers.length === 0 ? undefined : numbers.map((n) => Number(n) + 1).join(" › ");
}

/** A step by the name of its node and its pass; by its id where the flow has no such node any more. */
export function stepName(flow: Flow | undefined, key: string): string {
  const id = nodeOfKey(key);
  const name = (flow && nodeById(flow, id)?.name) || id;
  const pass = passOf(key);
  return pass === undefined ? name : `${name} · item ${pass}`;
}
