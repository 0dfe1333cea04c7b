import { descendants, type Flow, type FlowGroup, type GROUP_COLORS } from "../flow/document";
import { freeId, takenIds } from "../flow/ids";
import type { Command } from "../history/history";

/** A group's colour; undefined is none. */
export type GroupColor = (typeof GROUP_COLORS)[number] | undefined;

/** What a document's groups hold after every change: members that are there and lie in one container, no empty group. */
export function settleGroups(draft: Flow): void {
  if (draft.groups === undefined) return;
  const parents = new Map(draft.nodes.map((n) => [n.id, n.parent] as const));
  for (const group of draft.groups) {
    const there = group.nodes.filter((id) => parents.has(id));
    const home = commonest(there.map((id) => parents.get(id)));
    const kept = there.filter((id) => parents.get(id) === home);
    if (kept.length !== group.nodes.length) group.nodes = kept;
  }
  if (draft.groups.some((g) => g.nodes.length === 0))
    draft.groups = draft.groups.filter((g) => g.nodes.length > 0);
  if (draft.groups.length === 0) delete draft.groups;
}

/** The value that is there most often, of several the first: whoever leaves the others leaves their group. */
export function commonest<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, n]) => n === most)?.[0];
}

/** The nodes that become a group when some parts are grouped; undefined where they don't lie in one container. */
export function groupable(flow: Flow, ids: ReadonlySet<string>): string[] | undefined {
  const within = new Set([...ids].flatMap((id) => [...descendants(flow, id)]));
  const nodes = flow.nodes.filter((n) => ids.has(n.id) && !within.has(n.id));
  return nodes.length > 0 && new Set(nodes.map((n) => n.parent)).size === 1
    ? nodes.map((n) => n.id)
    : undefined;
}

/** Puts a frame around nodes; they leave the groups that they were in. */
export function group(flow: Flow, nodes: readonly string[]): { id: string; command: Command } {
  const id = freeId("group", takenIds(flow));
  const members = new Set(nodes);
  return {
    id,
    command: {
      label: "Group",
      change(draft) {
        for (const other of draft.groups ?? [])
          if (other.nodes.some((n) => members.has(n)))
            other.nodes = other.nodes.filter((n) => !members.has(n));
        draft.groups = [...(draft.groups ?? []), { id, name: "Group", nodes: [...nodes] }];
      },
    },
  };
}

/** Takes frames away; what was in them stays where it is. */
export function ungroup(groups: readonly FlowGroup[]): Command {
  const gone = new Set(groups.map((g) => g.id));
  return {
    label: groups.length === 1 ? `Ungroup ${groups[0]?.name ?? ""}` : `Ungroup ${groups.length}`,
    change(draft) {
      draft.groups = draft.groups?.filter((g) => !gone.has(g.id)) ?? [];
    },
  };
}

export function renameGroup(id: string, name: string): Command {
  return change(id, `Rename group to ${name}`, (g) => {
    g.name = name;
  });
}

export function colorGroup(id: string, color: GroupColor): Command {
  return change(id, "Colour group", (g) => {
    if (color === undefined) delete g.color;
    else g.color = color;
  });
}

function change(id: string, label: string, apply: (group: FlowGroup) => void): Command {
  return {
    label,
    change(draft) {
      const found = draft.groups?.find((g) => g.id === id);
      if (found !== undefined) apply(found);
    },
  };
}

/** The groups of which a node is chosen. */
export function groupsOf(flow: Flow, ids: ReadonlySet<string>): FlowGroup[] {
  return (flow.groups ?? []).filter((g) => g.nodes.some((id) => ids.has(id)));
}

/** The group whose nodes are chosen, all of them and no others. */
export function groupChosen(flow: Flow, ids: ReadonlySet<string>): FlowGroup | undefined {
  return (flow.groups ?? []).find((g) => g.nodes.length === ids.size && g.nodes.every((id) => ids.has(id)));
}
