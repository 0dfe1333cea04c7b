import {
  edgeSource,
  type Flow,
  type FlowGroup,
  type FlowNode,
  isContainer,
  type JsonObject,
} from "./document";

/** A line of a flow's outline. */
export interface OutlineItem {
  node: FlowNode;
  /** 1 for nodes of the flow itself, one more inside each container. */
  level: number;
  container: boolean;
}

/** A flow as one reads it: what comes first stands first, and what lies in a container below it. */
export function outlineOf(flow: Flow): OutlineItem[] {
  const rank = ranksOf(flow);
  const inside = new Map<string | undefined, FlowNode[]>();
  for (const node of flow.nodes) inside.set(node.parent, [...(inside.get(node.parent) ?? []), node]);
  const list: OutlineItem[] = [];
  const walk = (parent: string | undefined, level: number) => {
    const nodes = [...(inside.get(parent) ?? [])].sort(
      (a, b) =>
        (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0) ||
        a.position[1] - b.position[1] ||
        a.position[0] - b.position[0],
    );
    for (const node of nodes) {
      const container = isContainer(node.type);
      list.push({ node, level, container });
      if (container && level < 16) walk(node.id, level + 1);
    }
  };
  walk(undefined, 1);
  return list;
}

/** A group's line: its nodes follow, one level below. */
export interface OutlineGroup {
  group: FlowGroup;
  level: number;
}

/** The outline with groups: where a group's first node would stand stand all of them, below its name. */
export function groupedOutline(flow: Flow): (OutlineItem | OutlineGroup)[] {
  const items = outlineOf(flow);
  if (flow.groups === undefined) return items;
  const groupOf = new Map(flow.groups.flatMap((g) => g.nodes.map((id) => [id, g] as const)));
  const lines: (OutlineItem | OutlineGroup)[] = [];
  /** Writes a level's blocks, a node with all that lies in it each, and what is grouped one deeper. */
  const write = (blocks: OutlineItem[][], deeper: number) => {
    const written = new Set<FlowGroup>();
    for (const block of blocks) {
      const [item, ...inner] = block;
      if (item === undefined) continue;
      const group = groupOf.get(item.node.id);
      const one = (by: number, [head, ...rest]: OutlineItem[]) => {
        if (head === undefined) return;
        lines.push({ ...head, level: head.level + by });
        write(blocksOf(rest), by);
      };
      if (group === undefined) one(deeper, [item, ...inner]);
      else if (!written.has(group)) {
        written.add(group);
        lines.push({ group, level: item.level + deeper });
        for (const b of blocks) if (groupOf.get(b[0]?.node.id ?? "") === group) one(deeper + 1, b);
      }
    }
  };
  write(blocksOf(items), 0);
  return lines;
}

/** Splits lines at those of their first level. */
function blocksOf(items: readonly OutlineItem[]): OutlineItem[][] {
  const blocks: OutlineItem[][] = [];
  for (const item of items) {
    if (item.level === items[0]?.level) blocks.push([item]);
    else blocks.at(-1)?.push(item);
  }
  return blocks;
}

/** How many wires lead to each node, by the longest way. */
function ranksOf(flow: Flow): Map<string, number> {
  const next = new Map<string, string[]>();
  const open = new Map<string, number>(flow.nodes.map((n) => [n.id, 0]));
  for (const e of flow.edges) {
    const { node } = edgeSource(e);
    next.set(node, [...(next.get(node) ?? []), e.to]);
    open.set(e.to, (open.get(e.to) ?? 0) + 1);
  }
  const rank = new Map<string, number>();
  const ready = [...open].filter(([, n]) => n === 0).map(([id]) => id);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    const here = rank.get(id) ?? 0;
    for (const to of next.get(id) ?? []) {
      rank.set(to, Math.max(rank.get(to) ?? 0, here + 1));
      const left = (open.get(to) ?? 1) - 1;
      open.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return rank;
}

/** Where a text was found in a node. */
export interface Hit {
  /** The name, the id or the type, or the path of a parameter. */
  where: string;
  /** What stands there, around the text. */
  text: string;
}

const AROUND = 24;

/** Looks for a text in a node: its name, id, type and all its parameters. */
export function findIn(node: FlowNode, query: string): Hit | undefined {
  const q = query.trim().toLowerCase();
  if (q === "") return undefined;
  for (const where of ["name", "id", "type"] as const) {
    const text = node[where];
    if (text?.toLowerCase().includes(q)) return { where, text };
  }
  return findInValue(node.with as JsonObject | undefined, "", q);
}

function findInValue(value: unknown, path: string, q: string): Hit | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      const hit = findInValue(inner, path === "" ? key : `${path}.${key}`, q);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }
  const text = String(value);
  const at = text.toLowerCase().indexOf(q);
  if (at < 0) return undefined;
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + q.length + AROUND);
  return { where: path, text: `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}` };
}
