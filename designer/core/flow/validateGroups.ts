import { type Flow, type FlowGroup, type FlowNode, GROUP_COLORS, joinPointer } from "./document";
import { ID_PATTERN } from "./ids";

type Report = (code: string, pointer: string, node: string, message: string, fix: string) => void;

/** Each node is in one group at most, and the nodes of a group lie in one container. */
export function groupProblems(flow: Flow, nodes: ReadonlyMap<string, FlowNode>, report: Report): void {
  const taken = new Set((flow.notes ?? []).map((n) => n.id));
  const grouped = new Set<string>();
  (flow.groups ?? []).forEach((g, i) => {
    const at = (key: string) => joinPointer("/groups", i, key);
    if (g.id && (!ID_PATTERN.test(g.id) || taken.has(g.id) || nodes.has(g.id)))
      report(
        "group.id",
        at("id"),
        "",
        `the group's id ${JSON.stringify(g.id)} is taken or malformed`,
        "use lower-case letters, digits and _, a letter first, and each once, also among nodes and notes",
      );
    taken.add(g.id);
    if ((g.name ?? "").trim() === "")
      report("group.name", at("name"), "", "the group has no name", "give it one");
    if (g.color && !GROUP_COLORS.some((c) => c === g.color))
      report(
        "group.color",
        at("color"),
        "",
        `${JSON.stringify(g.color)} is not a colour of groups`,
        `use ${GROUP_COLORS.join(", ")}, or leave it out`,
      );
    if ((g.nodes ?? []).length === 0)
      report("group.empty", at("nodes"), "", "the group has no nodes", "name some, or remove it");
    memberProblems(g, at("nodes"), nodes, grouped, report);
  });
}

function memberProblems(
  group: FlowGroup,
  at: string,
  nodes: ReadonlyMap<string, FlowNode>,
  grouped: Set<string>,
  report: Report,
): void {
  let first: FlowNode | undefined;
  (group.nodes ?? []).forEach((id, i) => {
    const place = joinPointer(at, i);
    const node = nodes.get(id);
    const name = JSON.stringify(id);
    if (node === undefined) {
      const fix = "remove it from the group, or name an existing node";
      report("group.unknown_node", place, "", `the node ${name} does not exist`, fix);
      return;
    }
    if (grouped.has(id))
      report(
        "group.twice",
        place,
        id,
        `the node ${name} is in a group already`,
        "a node is in one group at most",
      );
    grouped.add(id);
    first ??= node;
    if (node.parent !== first.parent)
      report(
        "group.parent",
        place,
        id,
        `the nodes ${JSON.stringify(first.id)} and ${name} lie in different containers`,
        "group nodes of one container",
      );
  });
}
