import { commonest } from "../commands/groups";
import type { FlowNode, Json } from "../flow/document";
import type { Layout, Part } from "./parts";
import { settle, type Three, three } from "./values";

const membersOf = (group: Part | undefined): Json[] => (Array.isArray(group?.nodes) ? group.nodes : []);

/**
 * Groups as they may be: a node is in one at most, the nodes of one lie in one container, and none is empty.
 * Who is in which group is layout, and asked with it.
 */
export function settleGroups(
  groups: readonly Part[],
  nodes: readonly FlowNode[],
  from: Three<readonly Part[]>,
  layout: Layout,
): Part[] {
  const homes = new Map<Json, Json | undefined>(
    nodes.map((n) => [n.id, homeOf(n.id, groups, from, layout)] as const),
  );
  const parents = new Map<Json, string>(nodes.map((n) => [n.id, n.parent ?? ""]));
  return groups.flatMap((group) => {
    const own = membersOf(group).filter((id) => homes.get(id) === group.id);
    const parent = commonest(own.map((id) => parents.get(id)));
    const kept = own.filter((id) => parents.get(id) === parent);
    return kept.length === 0 ? [] : [{ ...group, nodes: kept }];
  });
}

/** The one group of a node: where each side put it into another, one of the two. */
function homeOf(id: string, groups: readonly Part[], from: Three<readonly Part[]>, layout: Layout) {
  const homes = groups.filter((g) => membersOf(g).includes(id)).map((g) => g.id);
  if (homes.length < 2) return homes[0];
  const was = three(from, (list) => list.find((g) => membersOf(g).includes(id))?.id);
  return settle<string | undefined>(was, () => layout.ask(id, "group", was));
}
