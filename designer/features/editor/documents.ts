import type { Flow } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";
import type { Command } from "@/core/history/history";

/** How many parts a flow has: it changes with what is added and deleted. */
export function partsOf({ nodes, edges, notes = [] }: Flow): string {
  return [nodes.length, edges.length, notes.length].join();
}

export function sameFlow(a: Flow, b: Flow): boolean {
  return encodeFlow(a) === encodeFlow(b);
}

/** Puts another document in the place of all of one, as one step. */
export function wholly(flow: Flow, label: string, foreign: boolean): Command {
  return {
    ...{ label, foreign },
    change(draft) {
      for (const key of Object.keys(draft)) delete (draft as unknown as Record<string, unknown>)[key];
      Object.assign(draft, flow);
    },
  };
}
