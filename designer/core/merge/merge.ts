import type { Flow, FlowEdge, FlowNode, Json, JsonObject } from "../flow/document";
import { descendants, edgeId, edgeSource, nodeById } from "../flow/document";
import { renamesOf } from "../flow/renamed";
import { same } from "../flow/same";
import { settleGroups } from "./groups";
import { edited, Layout, type Part, settlePart, settleParts } from "./parts";
import { newlyRead, type Wanted } from "./reading";
import { asBefore, asSeen, type Renames, renamedTo, settleIds } from "./renames";
import { type Joined, mendWires, openCircles, rehouse, untangleContainers } from "./structure";
import { isParts, partsOf, withoutTwins } from "./twins";
import {
  type MergeConflict,
  Questions,
  type Rule,
  type Side,
  settleKeys,
  settleOrder,
  type Three,
  three,
} from "./values";

export type { MergeConflict, Side } from "./values";

export interface Merged {
  /** What holds now; where something is undecided, it is as it was, or kept where it would else be gone. */
  flow: Flow;
  /** What both sides changed and can't be both; what was chosen for one stays in the list. */
  conflicts: MergeConflict[];
  /** Nodes of mine that got another id, because both sides added one of that id. */
  renamed: ReadonlyMap<string, string>;
}

/** How deep what stands under a key is merged key by key. */
const SETTINGS: Record<string, Rule> = {
  ...{ labels: "set", connectors: 1, credentials: 1, vars: 1, limits: 1, input: 3 },
};
const LISTS = new Set(["nodes", "edges"]);

/**
 * Joins what two people made of one document, by node, wire, note and setting, each field by field. What one
 * side alone changed holds; what both did is asked for, and `choices` answers by the conflict's id. Where an
 * answer raises another question it is in the list as well: all is decided once each has an answer.
 */
export function merge(
  base: Flow,
  mine: Flow,
  theirs: Flow,
  choices: ReadonlyMap<string, Side> = new Map(),
): Merged {
  if (same(base, mine) || same(mine, theirs)) return { flow: theirs, conflicts: [], renamed: new Map() };
  if (same(base, theirs)) return { flow: mine, conflicts: [], renamed: new Map() };
  const renames = { mine: renamesOf(base, mine), theirs: renamesOf(base, theirs) };
  const before = asBefore({ base, mine, theirs }, renames);
  const own = withoutTwins(base, before.mine, before.theirs);
  const from = { ...before, mine: own.flow };
  const read = newlyRead(from);
  const questions = new Questions(choices, read.fields);
  const ids = settleIds(from, renames, read.nodes, questions);
  const layout = new Layout(questions);
  const settings = settleSettings(from, questions);
  const joined: Joined = {
    from,
    questions,
    ...joinGraph(from, questions, layout, { renames, read: read.nodes }),
  };
  untangleContainers(joined);
  joined.nodes = rehouse(joined.nodes, joined.nodes, from, nodeById);
  mendWires(joined);
  openCircles(joined);
  const flow = {
    ...settings,
    ...{ format: theirs.format, name: settings.name ?? theirs.name },
    ...{ nodes: joined.nodes, edges: joined.edges },
    ...joinOthers(joined, layout),
  } as unknown as Flow;
  return {
    flow: renamedTo(keepUsed(flow, from, questions), ids),
    conflicts: questions.conflicts.map((c) => asSeen(c, renames)),
    renamed: own.renamed,
  };
}

function settleSettings(from: Three<Flow>, questions: Questions): JsonObject {
  const settings = three(
    from,
    (flow) =>
      Object.fromEntries(
        Object.entries(flow).filter(([key, v]) => !LISTS.has(key) && !isOther(from, key) && v !== undefined),
      ) as JsonObject,
  );
  const place = { what: "flow", part: "", pointer: "", shown: [] } as const;
  return settleKeys(settings, (key) => SETTINGS[key] ?? 1, { ...place, shown: [] }, questions);
}

/** Notes, groups and their like: lists of parts with ids. */
function isOther(from: Three<Flow>, key: string): boolean {
  if (LISTS.has(key)) return false;
  const lists = [from.base, from.mine, from.theirs].map((f) => (f as unknown as JsonObject)[key]);
  return lists.some((l) => Array.isArray(l) && l.length > 0) && lists.every((l) => isParts(l ?? []));
}

function joinOthers({ nodes, from, questions }: Joined, layout: Layout): JsonObject {
  const keys = new Set([from.theirs, from.mine, from.base].flatMap((flow) => Object.keys(flow)));
  const there = new Set(nodes.map((n) => n.id));
  const gone = new Set(
    [from.base, from.mine, from.theirs]
      .flatMap((f) => f.nodes.map((n) => n.id))
      .filter((id) => !there.has(id)),
  );
  const made: JsonObject = {};
  for (const key of keys) {
    if (!isOther(from, key)) continue;
    const what = key === "notes" ? "note" : "part";
    const lists = three(from, (flow) => partsOf(flow, key));
    const joined = settleParts(lists, what, () => "set", questions, layout);
    const of = (flow: Flow, id: string) => partsOf(flow, key).find((p) => p.id === id) as never;
    const housed = rehouse(joined as never[], nodes, from, of) as Part[];
    // A list of members names no node that is gone.
    const named = housed.map((part) => withoutMembers(part, gone));
    const sound = key === "groups" ? settleGroups(named, nodes, lists, layout) : named;
    if (sound.length > 0) made[key] = sound;
  }
  return made;
}

function withoutMembers(part: Part, gone: ReadonlySet<string>): Part {
  return Object.fromEntries(
    Object.entries(part).map(([key, v]) => [
      key,
      Array.isArray(v) ? v.filter((m) => !gone.has(m as string)) : v,
    ]),
  ) as Part;
}

/** The nodes and wires of both. */
function joinGraph(
  from: Three<Flow>,
  questions: Questions,
  layout: Layout,
  touched: Touched,
): { nodes: FlowNode[]; edges: FlowEdge[] } {
  const kept = settleRemovals(from, questions, touched);
  const by = three(from, (flow) => new Map(flow.nodes.map((n) => [n.id, n as unknown as Part])));
  const order = settleOrder(three(from, (flow) => flow.nodes.map((n) => n.id)));
  const nodes = order.flatMap((id) => {
    const { base, mine, theirs } = three(by, (map) => map.get(id));
    if (mine !== undefined && theirs !== undefined) {
      const was = base ?? ({ id } as Part);
      return [settlePart({ base: was, mine, theirs }, "node", rule, questions, layout)];
    }
    const left = mine ?? theirs;
    return left === undefined || kept.get(id) === false ? [] : [left];
  }) as unknown as FlowNode[];
  return { nodes, edges: joinEdges(from, nodes) };
}

/** What each side did to nodes that no field of theirs tells. */
interface Touched {
  renames: Renames;
  read: Wanted;
}

const rule = (key: string): Rule => (key === "with" ? 1 : 0);

/**
 * Which nodes that one side removed stay: true, because they are wanted after all, or false. What is
 * taken away with a container is one question with it.
 */
function settleRemovals(from: Three<Flow>, questions: Questions, touched: Touched): Map<string, boolean> {
  const kept = new Map<string, boolean>();
  for (const keeper of ["mine", "theirs"] as const) {
    const flow = from[keeper];
    const remover = from[keeper === "mine" ? "theirs" : "mine"];
    const there = new Set(remover.nodes.map((n) => n.id));
    const was = new Set(from.base.nodes.map((n) => n.id));
    const removed = new Set(flow.nodes.filter((n) => was.has(n.id) && !there.has(n.id)).map((n) => n.id));
    for (const id of removed) {
      if (removed.has(nodeById(flow, id)?.parent ?? "")) continue;
      const inside = [...descendants(flow, id)].filter((d) => !there.has(d));
      const all = [id, ...inside];
      const readers = [...new Set(all.flatMap((d) => touched.read[keeper].get(d) ?? []))];
      const renamed = all.filter((d) => touched.renames[keeper].has(d));
      const reasons = [...new Set([...renamed, ...reasonsToKeep(from.base, flow, all)])];
      if (reasons.length + readers.length === 0) for (const each of all) kept.set(each, false);
      else {
        const chosen = askRemoval(from, keeper, all, { reasons, readers }, questions);
        for (const each of all) kept.set(each, (chosen ?? keeper) === keeper);
      }
    }
  }
  return kept;
}

/** What a side did to nodes that the other removed: edited them, wired them anew, put something into them. */
function reasonsToKeep(base: Flow, flow: Flow, ids: readonly string[]): string[] {
  const wires = new Set(base.edges.map(edgeId));
  const among = new Set(ids);
  const changed = ids.filter((id) => {
    const [was, is] = [nodeById(base, id), nodeById(flow, id)];
    if (is === undefined) return false;
    return was === undefined || edited(was as unknown as Part, is as unknown as Part);
  });
  const wired = flow.edges
    .filter((e) => !wires.has(edgeId(e)))
    .flatMap((e) => [edgeSource(e).node, e.to].filter((id) => among.has(id)));
  const filled = [...flow.nodes, ...(flow.notes ?? [])]
    .filter((n) => among.has(n.parent ?? "") && parentOf(base, n.id) !== n.parent)
    .map((n) => n.id);
  return [...new Set([...changed, ...wired, ...filled])];
}

function parentOf(flow: Flow, id: string): string | undefined {
  return (nodeById(flow, id) ?? flow.notes?.find((n) => n.id === id))?.parent;
}

function askRemoval(
  from: Three<Flow>,
  keeper: Side,
  all: readonly string[],
  { reasons, readers }: { reasons: string[]; readers: string[] },
  questions: Questions,
): Side | undefined {
  const id = all[0] ?? "";
  const whole = (flow: Flow): Json | undefined => {
    const node = nodeById(flow, id);
    if (node === undefined) return undefined;
    const others = reasons
      .filter((r) => r !== id)
      .map((r) => (nodeById(flow, r) ?? flow.notes?.find((n) => n.id === r)) as unknown as Json | undefined);
    const was = new Set(from.base.edges.map(edgeId));
    const wires = flow.edges
      .filter((e) => !was.has(edgeId(e)) && [edgeSource(e).node, e.to].some((n) => reasons.includes(n)))
      .map((e) => `${e.from} → ${e.to}`);
    return {
      ...(node as unknown as JsonObject),
      ...(others.length === 0 ? {} : { inside: others.filter((o) => o !== undefined) }),
      ...(wires.length === 0 ? {} : { wires }),
    };
  };
  const name = nodeById(from[keeper], id)?.name;
  const told = three(from, whole);
  return questions.ask({
    ...{
      id: `node/${id}`,
      kind: "deleted",
      what: "node",
      part: id,
      pointer: "",
      shown: [...new Set([...all, ...reasons, ...readers.filter((r) => r !== "")])],
    },
    ...(readers.length === 0 ? {} : { readers }),
    ...(name === undefined ? {} : { name }),
    ...told,
  });
}

/**
 * A wire holds if one side drew it, or none took it away. One that went with a node that a side removed was
 * not taken away by that side: it stays where its nodes do.
 */
function joinEdges(from: Three<Flow>, nodes: readonly FlowNode[]): FlowEdge[] {
  const by = three(from, (flow) => new Map(flow.edges.map((e) => [edgeId(e), e])));
  const ids = three(from, (flow) => new Set(flow.nodes.map((n) => n.id)));
  const there = new Set(nodes.map((n) => n.id));
  const inside = (e: FlowEdge, set: ReadonlySet<string>) => set.has(edgeSource(e).node) && set.has(e.to);
  const all = settleOrder(three(from, (flow) => flow.edges.map(edgeId)));
  return [...new Set([...all, ...by.base.keys()])].flatMap((id) => {
    const edge = by.mine.get(id) ?? by.theirs.get(id) ?? by.base.get(id);
    if (edge === undefined || !inside(edge, there)) return [];
    const took = (side: Side) => !by[side].has(id) && inside(edge, ids[side]);
    return by.base.has(id) && (took("mine") || took("theirs")) ? [] : [edge];
  });
}

/** Pins and aliases that one side removed as unused stay where the other began to use them. */
function keepUsed(flow: Flow, from: Three<Flow>, questions: Questions): Flow {
  const made = { ...flow };
  const used = {
    connectors: new Set(flow.nodes.map((n) => n.type.split(".")[0] ?? "")),
    credentials: new Set(flow.nodes.flatMap((n) => n.credential ?? [])),
  };
  for (const key of ["connectors", "credentials"] as const) {
    const back = Object.entries({ ...from.mine[key], ...from.theirs[key] }).filter(
      ([name]) =>
        used[key].has(name) &&
        !Object.hasOwn(made[key] ?? {}, name) &&
        !questions.asked(`flow//${key}`, name),
    );
    if (back.length > 0) Object.assign(made, { [key]: { ...made[key], ...Object.fromEntries(back) } });
  }
  return made;
}
