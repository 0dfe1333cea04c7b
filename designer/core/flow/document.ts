/** The flow file as the browser holds it. The Go package server/flow owns the format. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const FORMAT = "drawbridge.flow/1";

/** A place on the canvas in pixels: x, y. A child's place is relative to its container. */
export type Point = [number, number];

export interface Retry {
  /** Tries in all, the first included. */
  attempts: number;
  backoff?: string;
  on?: string[];
}

export interface FlowNode {
  id: string;
  type: string;
  name?: string;
  parent?: string;
  position: Point;
  size?: Point;
  /** Of a container: it is drawn small, without what lies in it. */
  collapsed?: boolean;
  disabled?: boolean;
  join?: string;
  credential?: string;
  site?: string;
  with?: JsonObject;
  retry?: Retry;
  timeout?: string;
  onError?: string;
}

/** `from` is "node" or "node.port"; the default port is "out". */
export interface FlowEdge {
  from: string;
  to: string;
}

export interface FlowNote {
  id: string;
  text: string;
  parent?: string;
  position: Point;
  size?: Point;
}

/** The colours that a group's frame may have, besides none. */
export const GROUP_COLORS = ["blue", "green", "amber", "red", "violet"] as const;

/** A frame around nodes of one container, or of none. A node is in one group at most. */
export interface FlowGroup {
  id: string;
  name: string;
  nodes: string[];
  color?: string;
}

/** Bounds of the flow's runs; what is left out is not bounded. */
export interface FlowLimits {
  /** How many runs are at work at once; others wait in a queue. */
  concurrency?: number;
  /** How many runs may wait; more are refused. */
  queue?: number;
  /** How long a run may take, all waiting included. */
  timeout?: string;
  /** How long ended runs are kept. */
  keep?: string;
}

export interface Flow {
  format: string;
  id?: string;
  name: string;
  description?: string;
  labels?: string[];
  connectors?: Record<string, string>;
  credentials?: Record<string, { type: string }>;
  input?: Json;
  vars?: JsonObject;
  limits?: FlowLimits;
  /** The work of people in minutes that one run saves. */
  minutesSaved?: number;
  nodes: FlowNode[];
  edges: FlowEdge[];
  output?: Json;
  notes?: FlowNote[];
  groups?: FlowGroup[];
}

/** One thing that is wrong, with its place and, where one is known, its fix. */
export interface Problem {
  code: string;
  severity: "error" | "warning";
  pointer: string;
  node?: string;
  line?: number;
  column?: number;
  message: string;
  fix?: string;
  file?: string;
}

export const PORT_OUT = "out";
export const PORT_ERROR = "error";

/** Splits an edge's `from` into node and port. */
export function edgeSource(edge: FlowEdge): { node: string; port: string } {
  const dot = edge.from.indexOf(".");
  return dot < 0
    ? { node: edge.from, port: PORT_OUT }
    : { node: edge.from.slice(0, dot), port: edge.from.slice(dot + 1) };
}

/** Writes an edge's `from`; the default port is left out. */
export function edgeFrom(node: string, port: string): string {
  return port === PORT_OUT ? node : `${node}.${port}`;
}

/** A name for an edge that is unique in its flow. */
export function edgeId(edge: FlowEdge): string {
  const { node, port } = edgeSource(edge);
  return `${node}.${port}>${edge.to}`;
}

export function isTrigger(type: string): boolean {
  return type.startsWith("trigger.");
}

export function isContainer(type: string): boolean {
  return type === "core.foreach" || type === "core.repeat";
}

/** Whether a node is drawn around what lies in it: a container that is not collapsed. */
export function isOpen(node: FlowNode): boolean {
  return isContainer(node.type) && node.collapsed !== true;
}

export function emptyFlow(name: string): Flow {
  return { format: FORMAT, name, nodes: [], edges: [] };
}

const INDEXES = new WeakMap<readonly FlowNode[], ReadonlyMap<string, FlowNode>>();

export function nodeById(flow: Flow, id: string): FlowNode | undefined {
  const { nodes } = flow;
  // A frozen list can't change, so its index holds for good; a draft in the middle of a command is none.
  return Object.isFrozen(nodes) ? indexOf(nodes).get(id) : nodes.find((n) => n.id === id);
}

function indexOf(nodes: readonly FlowNode[]): ReadonlyMap<string, FlowNode> {
  const known = INDEXES.get(nodes);
  if (known !== undefined) return known;
  const index = new Map<string, FlowNode>();
  for (const n of nodes) if (!index.has(n.id)) index.set(n.id, n);
  INDEXES.set(nodes, index);
  return index;
}

/** A node or a note by its id. */
export function partById(flow: Flow, id: string): FlowNode | FlowNote | undefined {
  return nodeById(flow, id) ?? flow.notes?.find((n) => n.id === id);
}

/** The ids of all nodes inside a container, at any depth. */
export function descendants(flow: Flow, id: string): Set<string> {
  const inside = new Set<string>();
  let grew = true;
  while (grew) {
    grew = false;
    for (const n of flow.nodes) {
      if (n.parent !== undefined && !inside.has(n.id) && (n.parent === id || inside.has(n.parent))) {
        inside.add(n.id);
        grew = true;
      }
    }
  }
  return inside;
}

/** RFC 6901: appends tokens to a pointer. */
export function joinPointer(pointer: string, ...tokens: (string | number)[]): string {
  let at = pointer;
  for (const t of tokens) at += `/${String(t).replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return at;
}

export function pointerTokens(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((t) => t.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Nodes that only compute: the server shows what they would give before they ran. */
export const COMPUTED: ReadonlySet<string> = new Set([
  "core.set",
  "core.if",
  "core.switch",
  "core.table",
  "core.foreach",
]);
