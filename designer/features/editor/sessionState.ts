import type { LocalDraft } from "@/api/localDrafts";
import type { Problem, Sample } from "@/api/types";
import type { WireStart } from "@/canvas/FlowCanvas";
import { type Flow, nodeById, type Point } from "@/core/flow/document";
import { NO_FOLDS, type Viewpoint } from "@/core/flow/shown";
import type { History } from "@/core/history/history";
import type { Part } from "./running/parts";

/** The document and how it came about. */
export interface DocumentState {
  history: History;
  problems: Problem[];
  version: number;
  /** The triggers of the live version start nothing. */
  halted: boolean;
  hooks: Record<string, string>;
  /** What was drawn in this browser and never saved, where one may only read now. */
  left?: LocalDraft | undefined;
}

type Panel = "problems" | "versions" | "publish" | "publish-line" | "settings" | undefined;

/** Where the add menu stands: at a place of the screen, for a wire that was pulled, in the middle of one, or for nothing. */
export interface AddMenuState {
  screen: Point;
  wire?: WireStart;
  /** The wire in whose middle something is to be added. */
  edge?: string;
  /** The node that it is to follow, laid out by itself, and the port where one is meant. */
  after?: { node: string; port: string | undefined };
}

/** What the live socket tells of a flow. */
export interface FlowNews {
  revision?: number;
  version?: number;
}

/** What is looked at: never part of the document, never undone. */
export interface ViewState extends Viewpoint {
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;
  open: string | undefined;
  /** The inspector is to take the focus: it was opened by a key. */
  enter: boolean;
  /** A field to bring into view, by its pointer inside `with`. */
  field: string | undefined;
  panel: Panel;
  /** The variable to change, where the settings are open for it. */
  variable: string | undefined;
  addMenu: AddMenuState | undefined;
  sample: Sample | undefined;
  /** The part of the flow that one is asked about before it is run. */
  part: Part | undefined;
  /** The node whose pinned output is being written. */
  pinning: string | undefined;
  /** What stands beside the canvas. */
  left: "palette" | "outline";
  /** It is open, where it lies over the canvas. */
  leftOpen: boolean;
  /** The screen that joins this draft with somebody else's is open. */
  merging: boolean;
  /** The group or note whose text is being written. */
  writing: string | undefined;
}

export const EMPTY: ReadonlySet<string> = new Set();

/** How a flow looks that was just opened. */
export const FIRST_VIEW: ViewState = {
  selected: EMPTY,
  selectedEdges: EMPTY,
  open: undefined,
  enter: false,
  field: undefined,
  panel: undefined,
  variable: undefined,
  addMenu: undefined,
  sample: undefined,
  part: undefined,
  pinning: undefined,
  left: "palette",
  leftOpen: false,
  merging: false,
  folds: NO_FOLDS,
  inside: undefined,
  writing: undefined,
};

/** What of a view changes where parts of its flow are gone. */
export function withoutGone({ open, inside, selected }: ViewState, flow: Flow): Partial<ViewState> {
  const isGone = (id: string | undefined) => id !== undefined && nodeById(flow, id) === undefined;
  const there = new Set([...flow.nodes, ...(flow.notes ?? [])].map((part) => part.id));
  const kept = [...selected].filter((id) => there.has(id));
  return {
    ...(isGone(open) ? { open: undefined } : {}),
    ...(isGone(inside) ? { inside: undefined } : {}),
    ...(kept.length === selected.size ? {} : { selected: new Set(kept) }),
  };
}
