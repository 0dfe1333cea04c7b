import type { Catalog } from "../flow/catalog";
import { edgeBetween } from "../flow/connect";
import type { Flow, FlowNode, Json, JsonObject, Point } from "../flow/document";
import { edgeId, edgeSource, nodeById } from "../flow/document";
import type { Command } from "../history/history";
import { snap } from "../layout/geometry";
import { growContainers, withInside } from "./containers";

export function connect(source: string, port: string, target: string): Command {
  return {
    label: "Connect",
    change(draft) {
      draft.edges.push(edgeBetween(source, port, target));
    },
  };
}

/** Moves nodes and notes to new places; one drag is one undo. */
export function moveNodes(catalog: Catalog, moves: ReadonlyMap<string, Point>, group: string): Command {
  return {
    label: moves.size === 1 ? "Move" : `Move ${moves.size}`,
    group,
    change(draft) {
      for (const part of [...draft.nodes, ...(draft.notes ?? [])]) {
        const to = moves.get(part.id);
        if (to === undefined) continue;
        const next: Point = [snap(to[0]), snap(to[1])];
        if (next[0] !== part.position[0] || next[1] !== part.position[1]) part.position = next;
      }
      for (const id of moves.keys()) growContainers(draft, catalog, nodeById(draft, id)?.parent);
    },
  };
}

/** Deletes nodes with what lies inside them, notes and edges; wires to deleted nodes go too. */
export function remove(flow: Flow, ids: Iterable<string>, edges: ReadonlySet<string> = new Set()): Command {
  const gone = withInside(flow, ids);
  const count = gone.size + edges.size;
  const only = gone.size === 1 ? nodeById(flow, [...gone][0] ?? "") : undefined;
  const what = only === undefined ? `${count} ${count === 1 ? "part" : "parts"}` : (only.name ?? only.id);
  return {
    label: gone.size === 0 ? "Delete wire" : `Delete ${what}`,
    change(draft) {
      draft.nodes = draft.nodes.filter((n) => !gone.has(n.id));
      if (draft.notes !== undefined)
        draft.notes = draft.notes.filter((n) => !gone.has(n.id) && !gone.has(n.parent ?? ""));
      draft.edges = draft.edges.filter(
        (e) => !gone.has(edgeSource(e).node) && !gone.has(e.to) && !edges.has(edgeId(e)),
      );
    },
  };
}

/** Sets or, with undefined, removes one key of a node. */
export function setNode<K extends keyof FlowNode>(
  id: string,
  key: K,
  value: FlowNode[K] | undefined,
  label: string,
): Command {
  return {
    label,
    group: `node:${id}:${key}`,
    change(draft) {
      const node = nodeById(draft, id);
      if (node === undefined) return;
      if (value === undefined || value === "") delete node[key];
      else node[key] = value;
    },
  };
}

/** Replaces a node's parameters; wires of ports that are gone by it are followed by name. Changes of one group that follow each other are undone together. */
export function setWith(id: string, value: JsonObject, group: string): Command {
  return {
    label: "Change parameters",
    group: `with:${id}:${group}`,
    change(draft) {
      const node = nodeById(draft, id);
      if (node === undefined) return;
      followPorts(draft, node, value);
      if (Object.keys(value).length === 0) delete node.with;
      else node.with = value;
    },
  };
}

/** When a switch's case is renamed in place, its wires go with it. */
function followPorts(draft: Flow, node: FlowNode, next: JsonObject): void {
  const before = portsOf(node.with?.cases);
  const after = portsOf(next.cases);
  if (before.length !== after.length) return;
  const renamed = before.flatMap((p, i) => (p !== after[i] && after[i] ? [[p, after[i]] as const] : []));
  if (renamed.length !== 1) return;
  const [from, to] = renamed[0] ?? ["", ""];
  if (from === "" || before.includes(to)) return;
  for (const e of draft.edges) if (e.from === `${node.id}.${from}`) e.from = `${node.id}.${to}`;
}

function portsOf(cases: Json | undefined): string[] {
  if (!Array.isArray(cases)) return [];
  return cases.map((c) =>
    c !== null && typeof c === "object" && !Array.isArray(c) && typeof c.port === "string" ? c.port : "",
  );
}

export function setNote(id: string, text: string): Command {
  return {
    label: "Edit note",
    group: `note:${id}`,
    change(draft) {
      const note = draft.notes?.find((n) => n.id === id);
      if (note !== undefined) note.text = text;
    },
  };
}

/** Moves all nodes of a connector to a version, or with undefined lets the server take its newest. */
export function pinConnector(connector: string, version: string | undefined): Command {
  return {
    label: version === undefined ? `Unpin ${connector}` : `Move ${connector} to ${version}`,
    change(draft) {
      const { [connector]: _, ...rest } = draft.connectors ?? {};
      const pins = version === undefined ? rest : { ...draft.connectors, [connector]: version };
      if (Object.keys(pins).length === 0) delete draft.connectors;
      else draft.connectors = pins;
    },
  };
}

/** Sets or removes one of the flow's own settings. */
export function setFlow<K extends keyof Flow>(key: K, value: Flow[K] | undefined, label: string): Command {
  return {
    label,
    group: `flow:${key}`,
    change(draft) {
      if (value === undefined) delete draft[key];
      else draft[key] = value;
    },
  };
}
