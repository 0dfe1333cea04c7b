import type { Json, JsonObject } from "@/core/flow/document";
import { type Flow, nodeById, pointerTokens } from "@/core/flow/document";
import type { MergeConflict, Side } from "@/core/merge/merge";
import { plural } from "@/ui/format";

/** How a conflict is told: what it is about, what happened, and what each side has. */
export interface Told {
  title: string;
  /** The field, where it is about one. */
  field: string;
  text: string;
  values: Record<Side | "base", unknown>;
}

const WHAT = { node: "", note: "Note ", edge: "", part: "Group ", flow: "" };

/** Puts a conflict into words. */
export function tell(c: MergeConflict, by: string, flow: Flow): Told {
  const values = { base: c.base, mine: c.mine, theirs: c.theirs };
  const field = pointerTokens(c.pointer).join(" / ");
  const title = titleOf(c);
  switch (c.kind) {
    case "layout":
      return {
        ...{ title, field: "", text: `You and ${by} both arranged ${plural(c.shown.length, "card")}.` },
        values: { mine: "Where you put them", theirs: `Where ${by} put them`, base: "Where they were" },
      };
    case "place":
      return {
        ...{ title, field: "", text: `What you and ${by} did with it does not fit together.` },
        values: {
          ...{ mine: placeText(c.mine, flow), theirs: placeText(c.theirs, flow) },
          base: placeText(c.base, flow),
        },
      };
    case "circle":
      return { title, field: "", text: "Together they go in a circle.", values };
    case "deleted":
      return {
        ...{ title, field: "" },
        text:
          c.mine === undefined ? `You removed it; ${by} changed it.` : `${by} removed it; you changed it.`,
        values: {
          ...{ mine: changedOf(c.base, c.mine), theirs: changedOf(c.base, c.theirs) },
          base: undefined,
        },
      };
    default:
      return { title, field, text: `You and ${by} both changed it.`, values };
  }
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
  return Object.fromEntries(
    Object.entries(is).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(was[k])),
  );
}
