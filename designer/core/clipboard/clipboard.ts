import { growContainers, withInside } from "../commands/containers";
import type { Catalog } from "../flow/catalog";
import { freshAlias } from "../flow/credentials";
import { decodeFlow } from "../flow/decode";
import type { Flow, FlowEdge, FlowGroup, FlowNode, FlowNote, JsonObject, Point } from "../flow/document";
import { edgeFrom, edgeSource, FORMAT, GROUP_COLORS, isTrigger, nodeById, partById } from "../flow/document";
import { freeId, ID_PATTERN, takenIds } from "../flow/ids";
import { renameReferences } from "../flow/references";
import type { Command } from "../history/history";
import { absolutePosition, snap } from "../layout/geometry";

const NODES_FORMAT = "drawbridge.nodes/1";

/** Nodes as text: what copy puts on the clipboard and paste reads, also between servers. */
export interface Clip {
  format: typeof NODES_FORMAT;
  nodes: FlowNode[];
  edges: FlowEdge[];
  notes?: FlowNote[];
  groups?: FlowGroup[];
  /** What the aliases that the nodes name are for. The secrets are each server's own, and never here. */
  credentials?: Credentials;
}

type Credentials = NonNullable<Flow["credentials"]>;

/** Nodes, what lies inside them, the notes and the wires between them, as JSON text. */
export function copyText(flow: Flow, ids: Iterable<string>): string {
  const chosen = withInside(flow, ids);
  const nodes = flow.nodes.filter((n) => chosen.has(n.id)).map((n) => detached(flow, n, chosen));
  const clip: Clip = {
    format: NODES_FORMAT,
    nodes,
    edges: flow.edges.filter((e) => chosen.has(edgeSource(e).node) && chosen.has(e.to)),
  };
  const notes = (flow.notes ?? [])
    .filter((n) => chosen.has(n.id) || chosen.has(n.parent ?? ""))
    .map((n) => detached(flow, n, chosen));
  if (notes.length > 0) clip.notes = notes;
  const groups = (flow.groups ?? []).filter((g) => g.nodes.every((id) => chosen.has(id)));
  if (groups.length > 0) clip.groups = groups;
  const credentials = namedBy(nodes, flow.credentials);
  if (Object.keys(credentials).length > 0) clip.credentials = credentials;
  return JSON.stringify(clip, null, 2);
}

/** The aliases that nodes name, of those that are declared. */
function namedBy(nodes: readonly FlowNode[], declared: Credentials = {}): Credentials {
  const named = new Set(nodes.flatMap((n) => n.credential ?? []));
  return Object.fromEntries(Object.entries(declared).filter(([alias]) => named.has(alias)));
}

/** A node or note without a container that isn't copied along, at its place on the whole canvas. */
function detached<T extends FlowNode | FlowNote>(flow: Flow, node: T, chosen: ReadonlySet<string>): T {
  if (node.parent === undefined || chosen.has(node.parent)) return node;
  const { parent: _, ...rest } = node;
  return { ...(rest as T), position: absolutePosition(flow, node) };
}

/** Reads text from a clipboard: nodes, or the nodes of a whole flow file. */
export function readClip(text: string): Clip | undefined {
  const start = text.trimStart();
  if (!start.startsWith("{") || text.length > 4 << 20) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(start);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  // A whole flow file is read as strictly as an import would; what is wrong in it is left out.
  if (value.format === FORMAT) value = decodeFlow(start).flow;
  else if (value.format !== NODES_FORMAT) return undefined;
  if (!isRecord(value)) return undefined;
  const nodes = Array.isArray(value.nodes) ? value.nodes.filter(isNode) : [];
  const edges = Array.isArray(value.edges) ? value.edges.filter(isEdge) : [];
  const notes = Array.isArray(value.notes) ? value.notes.filter(isNote) : [];
  const own = new Set([...nodes, ...notes].map((part) => part.id));
  const groups = Array.isArray(value.groups) ? value.groups.filter((g) => isGroup(g) && !own.has(g.id)) : [];
  return nodes.length + notes.length === 0
    ? undefined
    : { format: NODES_FORMAT, nodes, edges, notes, groups, credentials: credentialsOf(value.credentials) };
}

/** What people call credentials by: words, without signs that nobody sees. */
const ALIAS = /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,62}$/u;

/** The declarations of a clip, of which nothing but the type is taken. */
function credentialsOf(value: unknown): Credentials {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([alias, c]) =>
      ALIAS.test(alias) && isRecord(c) && typeof c.type === "string" ? [[alias, { type: c.type }]] : [],
    ),
  );
}

/** Why a flow file gives no nodes, where the text is one: such as that a newer version wrote it. */
export function whyNoClip(text: string): string | undefined {
  const start = text.trimStart();
  if (!/^\{[\s\S]{0,200}"drawbridge\.flow\//.test(start) || text.length > 4 << 20) return undefined;
  return decodeFlow(start).problems.find((p) => p.severity === "error")?.message;
}

function isRecord(v: unknown): v is Record<string, unknown> {
  return v !== null && typeof v === "object" && !Array.isArray(v);
}

function isPoint(v: unknown): v is Point {
  return Array.isArray(v) && v.length === 2 && v.every((n) => typeof n === "number" && Number.isFinite(n));
}

function isNode(v: unknown): v is FlowNode {
  return (
    isRecord(v) &&
    typeof v.id === "string" &&
    ID_PATTERN.test(v.id) &&
    typeof v.type === "string" &&
    isPoint(v.position)
  );
}

function isEdge(v: unknown): v is FlowEdge {
  return isRecord(v) && typeof v.from === "string" && typeof v.to === "string";
}

function isNote(v: unknown): v is FlowNote {
  return (
    isRecord(v) &&
    typeof v.id === "string" &&
    ID_PATTERN.test(v.id) &&
    typeof v.text === "string" &&
    isPoint(v.position)
  );
}

function isGroup(v: unknown): v is FlowGroup {
  return (
    isRecord(v) &&
    typeof v.id === "string" &&
    ID_PATTERN.test(v.id) &&
    typeof v.name === "string" &&
    v.name.trim() !== "" &&
    Array.isArray(v.nodes) &&
    v.nodes.every((id) => typeof id === "string") &&
    (v.color === undefined || GROUP_COLORS.some((c) => c === v.color))
  );
}

export interface Paste {
  command: Command;
  ids: string[];
}

/**
 * Pastes a clip with its upper left corner at a place of the canvas or of a
 * container. Ids that are taken get new ones, and the references between the
 * pasted nodes follow. Credentials are declared where the flow doesn't yet, and
 * an alias that means another type here gets a new one.
 */
export function paste(flow: Flow, catalog: Catalog, clip: Clip, at: Point, into?: string): Paste {
  const renamed = newIds(flow, clip);
  const shift = offset(clip, at);
  const { declared, aliases } = aliasesOf(flow, clip);
  const nodes = clip.nodes.map((n) => withAlias(placed(n, renamed, clip, shift, into), aliases));
  const notes = (clip.notes ?? []).map((n): FlowNote => {
    const { parent, ...rest } = n;
    const note = { ...rest, id: renamed.get(n.id) ?? n.id };
    if (parent !== undefined && clip.nodes.some((c) => c.id === parent))
      return { ...note, parent: renamed.get(parent) ?? parent };
    const at: Point = [n.position[0] + shift[0], n.position[1] + shift[1]];
    return into === undefined ? { ...note, position: at } : { ...note, position: at, parent: into };
  });
  const inside = new Set(nodes.map((n) => n.id));
  const groups = groupsOf(clip, renamed, inside);
  const edges = clip.edges
    .map((e) => movedEdge(e, renamed))
    .filter((e) => inside.has(edgeSource(e).node) && inside.has(e.to));
  const command: Command = {
    label:
      nodes.length === 1
        ? `Paste ${nodes[0]?.name ?? nodes[0]?.id ?? ""}`
        : `Paste ${nodes.length + notes.length}`,
    change(draft) {
      draft.nodes.push(...nodes);
      draft.edges.push(...edges);
      if (notes.length > 0) draft.notes = [...(draft.notes ?? []), ...notes];
      if (groups.length > 0) draft.groups = [...(draft.groups ?? []), ...groups];
      if (Object.keys(declared).length > 0) draft.credentials = { ...draft.credentials, ...declared };
      pinConnectors(draft, catalog, nodes);
      growContainers(draft, catalog, into);
    },
  };
  return {
    command,
    ids: [...nodes, ...notes].filter((part) => part.parent === into).map((part) => part.id),
  };
}

/** The aliases that a clip needs and a flow lacks, and what those are called that mean something else there. */
function aliasesOf(flow: Flow, clip: Clip) {
  const needed = Object.entries(namedBy(clip.nodes, clip.credentials));
  const means = (alias: string) => flow.credentials?.[alias]?.type;
  // Those that keep their names come first: no new name may be one of theirs.
  const declared: Credentials = Object.fromEntries(needed.filter(([alias]) => means(alias) === undefined));
  const taken = { ...flow, credentials: { ...flow.credentials, ...declared } };
  const aliases = new Map<string, string>();
  for (const [alias, { type }] of needed) {
    if (means(alias) === undefined || means(alias) === type) continue;
    const name = freshAlias(taken, type);
    taken.credentials[name] = declared[name] = { type };
    aliases.set(alias, name);
  }
  return { declared, aliases };
}

function withAlias(node: FlowNode, aliases: ReadonlyMap<string, string>): FlowNode {
  const alias = aliases.get(node.credential ?? "");
  return alias === undefined ? node : { ...node, credential: alias };
}

function newIds(flow: Flow, clip: Clip): Map<string, string> {
  const taken = takenIds(flow);
  const renamed = new Map<string, string>();
  for (const part of [...clip.nodes, ...(clip.notes ?? []), ...(clip.groups ?? [])]) {
    const id = freeId(part.id, taken);
    taken.add(id);
    if (id !== part.id) renamed.set(part.id, id);
  }
  return renamed;
}

/** The groups of a clip as they are pasted: of nodes that are, each in one of them. */
function groupsOf(clip: Clip, renamed: ReadonlyMap<string, string>, there: ReadonlySet<string>): FlowGroup[] {
  const free = new Set(there);
  return (clip.groups ?? []).flatMap(({ id, name, nodes, color }) => {
    const members = nodes.map((n) => renamed.get(n) ?? n).filter((n) => free.delete(n));
    const made = { id: renamed.get(id) ?? id, name, nodes: members };
    return members.length === 0 ? [] : [color === undefined ? made : { ...made, color }];
  });
}

function offset(clip: Clip, at: Point): Point {
  const own = new Set(clip.nodes.map((n) => n.id));
  const roots = [...clip.nodes, ...(clip.notes ?? [])].filter(
    (part) => part.parent === undefined || !own.has(part.parent),
  );
  const left = Math.min(...roots.map((n) => n.position[0]));
  const top = Math.min(...roots.map((n) => n.position[1]));
  return [snap(at[0] - left), snap(at[1] - top)];
}

function placed(
  node: FlowNode,
  renamed: ReadonlyMap<string, string>,
  clip: Clip,
  shift: Point,
  into: string | undefined,
): FlowNode {
  const { parent, ...rest } = node;
  const next: FlowNode = { ...rest, id: renamed.get(node.id) ?? node.id };
  if (node.with !== undefined) next.with = renameReferences(node.with, renamed) as JsonObject;
  if (parent !== undefined && clip.nodes.some((n) => n.id === parent)) {
    return { ...next, parent: renamed.get(parent) ?? parent };
  }
  next.position = [snap(node.position[0] + shift[0]), snap(node.position[1] + shift[1])];
  if (into !== undefined && !isTrigger(node.type)) next.parent = into;
  return next;
}

function movedEdge(edge: FlowEdge, renamed: ReadonlyMap<string, string>): FlowEdge {
  const { node, port } = edgeSource(edge);
  return { from: edgeFrom(renamed.get(node) ?? node, port), to: renamed.get(edge.to) ?? edge.to };
}

/** Pins the connectors of pasted nodes that this server has and the flow doesn't name yet. */
function pinConnectors(draft: Flow, catalog: Catalog, nodes: readonly FlowNode[]): void {
  for (const node of nodes) {
    const type = catalog.get(node.type);
    if (type?.connector === undefined || type.version === undefined) continue;
    draft.connectors = { ...draft.connectors };
    draft.connectors[type.connector] ??= type.version;
  }
}

/** Duplicates nodes beside themselves. */
export function duplicate(flow: Flow, catalog: Catalog, ids: readonly string[]): Paste | undefined {
  const clip = readClip(copyText(flow, ids));
  if (clip === undefined) return undefined;
  const parents = new Set(ids.map((id) => partById(flow, id)?.parent));
  const parent = parents.size === 1 ? [...parents][0] : undefined;
  const origin: Point =
    parent === undefined
      ? [0, 0]
      : absolutePosition(flow, nodeById(flow, parent) ?? ({ position: [0, 0] } as FlowNode));
  const roots = [...clip.nodes, ...(clip.notes ?? [])].filter((part) => part.parent === undefined);
  const left = Math.min(...roots.map((n) => n.position[0])) - origin[0];
  const top = Math.min(...roots.map((n) => n.position[1])) - origin[1];
  return paste(flow, catalog, clip, [left + 32, top + 96], parent);
}
