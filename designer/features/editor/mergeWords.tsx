import type { ReactNode } from "react";
import type { Json, JsonObject } from "@/core/flow/document";
import { type Flow, nodeById, pointerTokens } from "@/core/flow/document";
import { same } from "@/core/flow/same";
import type { MergeConflict, Side } from "@/core/merge/merge";
import { plural } from "@/ui/format";
import { Named } from "@/ui/Named";

/** How a conflict is told: what it is about, what happened, and what each side has. */
export interface Told {
  title: string;
  /** The field, where it is about one. */
  field: string;
  text: ReactNode;
  values: Record<Side | "base", unknown>;
}

const WHAT = { node: "", note: "Note ", edge: "", part: "Group ", flow: "" };

/** Puts a conflict with what somebody else saved into words. */
export function tell(c: MergeConflict, other: string, flow: Flow): Told {
  const values = { base: c.base, mine: c.mine, theirs: c.theirs };
  const field = pointerTokens(c.pointer).join(" / ");
  const title = titleOf(c);
  const by = <Named text={other} />;
  switch (c.kind) {
    case "layout":
      return {
        ...{ title, field: "" },
        text: (
          <>
            You and {by} both arranged {plural(c.shown.length, "card")}.
          </>
        ),
        values: { mine: "Where you put them", theirs: "Where they are saved", base: "Where they were" },
      };
    case "place":
      return {
        ...{ title, field: "", text: <>What you and {by} did with it does not fit together.</> },
        values: {
          ...{ mine: placeText(c.mine, flow), theirs: placeText(c.theirs, flow) },
          base: placeText(c.base, flow),
        },
      };
    case "circle":
      return { title, field: "", text: "Together they go in a circle.", values };
    case "deleted":
      return {
        ...{ title, field: "", text: keptText(c, "removed it", c.mine === undefined, by, flow) },
        values: {
          ...{ mine: changedOf(c.base, c.mine), theirs: changedOf(c.base, c.theirs) },
          base: undefined,
        },
      };
    case "read":
      return { title, field, text: keptText(c, "took it away", same(c.theirs, c.base), by, flow), values };
    case "renamed":
      return { title, field, text: renamedText(c, by, flow), values };
    default:
      return { title, field, text: <>You and {by} both changed it.</>, values };
  }
}

/** What one side did away with, and what the other does with it. */
function keptText(c: MergeConflict, did: string, mine: boolean, by: ReactNode, flow: Flow): ReactNode {
  const readers = c.readers ?? [];
  const does = readers.length === 0 ? "changed it" : readsText(readers, flow, mine);
  return mine ? (
    <>
      You {did}; {by} {does}.
    </>
  ) : (
    <>
      {by} {did}; you {does}.
    </>
  );
}

function renamedText(c: MergeConflict, by: ReactNode, flow: Flow): ReactNode {
  const readers = c.readers ?? [];
  if (readers.length === 0) return <>You and {by} both gave it another id.</>;
  return c.mine === c.base ? (
    <>
      {by} gave it another id; you {readsText(readers, flow, false)}. All that reads it follows.
    </>
  ) : (
    <>
      You gave it another id; {by} {readsText(readers, flow, true)}. All that reads it follows.
    </>
  );
}

function readsText(readers: readonly string[], flow: Flow, others: boolean): ReactNode {
  return (
    <>
      {others ? "reads" : "read"} it now in{" "}
      {readers.map((id, i) => (
        <span key={id}>
          {i > 0 && ", "}
          {id === "" ? "the flow’s output" : <Named text={nodeById(flow, id)?.name || id} />}
        </span>
      ))}
    </>
  );
}

function titleOf(c: MergeConflict): string {
  if (c.kind === "layout") return "Places on the canvas";
  if (c.kind === "circle") return c.what === "edge" ? "New wires" : "Containers in one another";
  if (c.id === "whole") return "The whole draft";
  if (c.what === "flow") return "The flow";
  return `${WHAT[c.what]}${c.name || c.part}`;
}

function placeText(value: Json | undefined, flow: Flow): Json {
  const { parent, wires } = (value ?? {}) as JsonObject;
  const box = typeof parent === "string" ? (nodeById(flow, parent)?.name ?? parent) : undefined;
  const place = box === undefined ? "On the canvas" : `In ${box}`;
  return Array.isArray(wires) ? `${place}, wired ${wires.join(", ")}` : place;
}

/** Of a part that the other removed, what was changed in it. */
function changedOf(base: Json | undefined, now: Json | undefined): Json {
  if (now === undefined) return "Removed";
  const [was, is] = [(base ?? {}) as JsonObject, now as JsonObject];
  const changed = Object.entries(is).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(was[k]));
  return changed.length === 0 ? "Kept as it was" : Object.fromEntries(changed);
}
