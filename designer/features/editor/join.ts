import type { ConflictDetail } from "@/api/types";
import { compareFlows, countOf } from "@/core/flow/compare";
import type { Flow } from "@/core/flow/document";
import { type Merged, merge, type Side } from "@/core/merge/merge";
import { plural } from "@/ui/format";

/** What became of two drafts that were joined, in words. */
export function tookText(base: Flow, theirs: ConflictDetail, renamed: Merged["renamed"]): string {
  const by = theirs.updatedBy ?? "somebody";
  const { changes, moved } = countOf(compareFlows(base, theirs.flow));
  const took = `Took ${changes === 0 && moved > 0 ? "the layout" : plural(changes, "change")} of ${by}.`;
  const twins = [...renamed].map(([old, now]) => `${old} is ${now} now`);
  if (twins.length === 0) return took;
  return `${took} Both added one of the same name: of yours, ${twins.join(", ")}.`;
}

/**
 * Joins a draft with what somebody else saved. Without what both were made from nothing tells
 * whose change is whose: then it is one or the other.
 */
export function joinDrafts(
  base: Flow | undefined,
  mine: Flow,
  theirs: Flow,
  choices?: ReadonlyMap<string, Side>,
): Merged {
  if (base !== undefined) return merge(base, mine, theirs, choices);
  const whole = "whole";
  const shown = theirs.nodes.map((n) => n.id);
  const sum = (flow: Flow) => ({ name: flow.name, nodes: flow.nodes.length, wires: flow.edges.length });
  return {
    flow: choices?.get(whole) === "mine" ? mine : theirs,
    renamed: new Map(),
    conflicts: [
      {
        ...{ id: whole, kind: "field", what: "flow", part: "", pointer: "", shown },
        ...{ base: undefined, mine: sum(mine), theirs: sum(theirs) },
      },
    ],
  };
}
