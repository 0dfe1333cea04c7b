import type { Catalog, Schema } from "../flow/catalog";
import {
  edgeSource,
  type Flow,
  type FlowEdge,
  type FlowNode,
  isContainer,
  isTrigger,
  nodeById,
} from "../flow/document";
import { templateParts } from "../flow/references";
import { type Token, tokensOf } from "./tokens";

/** What an expression of one node's parameter may read. */
export interface ExprScope {
  flow: Flow;
  catalog: Catalog;
  node: FlowNode;
  /** The field is evaluated once an item, inside the container that it belongs to. */
  perItem: boolean;
}

/** Fields of a container that are evaluated in the scope of its passes. */
const PER_ITEM = new Set(["/result", "/until"]);

export function scopeOf(flow: Flow, catalog: Catalog, node: FlowNode, pointer: string): ExprScope {
  return { flow, catalog, node, perItem: isContainer(node.type) && PER_ITEM.has(pointer) };
}

/** The scope of the flow's own output: that of a node which every other one leads to. */
export function outputScope(flow: Flow, catalog: Catalog): ExprScope {
  const node: FlowNode = { id: "", type: "core.output", position: [0, 0] };
  const top = flow.nodes.filter((n) => n.parent === undefined);
  const edges = [...flow.edges, ...top.map((n) => ({ from: n.id, to: "" }))];
  return { flow: { ...flow, nodes: [...flow.nodes, node], edges }, catalog, node, perItem: false };
}

export function inLoop(scope: ExprScope): boolean {
  return scope.perItem || scope.node.parent !== undefined;
}

/** The steps that can have run before, the nearest first: server/check decides alike. */
export function readableSteps(scope: ExprScope): FlowNode[] {
  const { flow, node } = scope;
  const inside = scope.perItem ? flow.nodes.filter((n) => n.parent === node.id) : [];
  const found = new Map<string, FlowNode>(inside.map((n) => [n.id, n]));
  let at: FlowNode | undefined = node;
  for (let depth = 0; at !== undefined && depth < 16; depth++) {
    for (const n of ancestors(flow, at)) found.set(n.id, n);
    at = at.parent === undefined ? undefined : nodeById(flow, at.parent);
  }
  found.delete(node.id);
  return [...found.values()];
}

/** Data that expressions can read, under the name that people know it by. */
export interface Source {
  name: string;
  path: string;
}

/** What a node's expressions can read, the nearest first: the item of its loop, steps before it, what started the run. */
export function sourcesOf(scope: ExprScope): Source[] {
  const item = inLoop(scope) && !isRepeat(scope) ? [{ name: "Item", path: "item" }] : [];
  const steps = readableSteps(scope).filter((n) => !isTrigger(n.type) && n.type !== "core.respond");
  const trigger =
    readableSteps(scope).find((n) => isTrigger(n.type)) ?? scope.flow.nodes.find((n) => isTrigger(n.type));
  return [
    ...item,
    ...steps.map((n) => ({ name: n.name ?? n.id, path: `steps.${n.id}.output` })),
    { name: trigger?.name ?? "Input", path: "trigger.body" },
  ];
}

function isRepeat({ flow, node, perItem }: ExprScope): boolean {
  const around = perItem ? node : nodeById(flow, node.parent ?? "");
  return around?.type === "core.repeat";
}

/** The nodes that edges lead from to a node, breadth first. */
function ancestors(flow: Flow, node: FlowNode): FlowNode[] {
  const before = sourcesByTarget(flow.edges);
  const seen = new Set<string>();
  const open = [...(before.get(node.id) ?? [])];
  for (let i = 0; i < open.length; i++) {
    const id = open[i] ?? "";
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(before.get(id) ?? []));
  }
  return [...seen].flatMap((id) => nodeById(flow, id) ?? []);
}

const SOURCES = new WeakMap<readonly FlowEdge[], ReadonlyMap<string, readonly string[]>>();

/** The nodes that edges come from, by the node that they lead to. */
function sourcesByTarget(edges: readonly FlowEdge[]): ReadonlyMap<string, readonly string[]> {
  const known = SOURCES.get(edges);
  if (known !== undefined) return known;
  const before = new Map<string, string[]>();
  for (const e of edges) {
    const { node } = edgeSource(e);
    const list = before.get(e.to);
    if (list === undefined) before.set(e.to, [node]);
    else list.push(node);
  }
  if (Object.isFrozen(edges)) SOURCES.set(edges, before);
  return before;
}

/** Why a step can't be read, in server/check's words; undefined where it can. */
export function unreadable(scope: ExprScope, id: string): string | undefined {
  const { flow, node, perItem } = scope;
  const step = nodeById(flow, id);
  if (step === undefined) return `the step "${id}" does not exist`;
  if (perItem && step.parent === node.id) return undefined;
  if (id === node.id) return "a step can't read itself";
  let at: FlowNode | undefined = node;
  for (let depth = 0; at !== undefined && depth < 16; depth++) {
    if (at.parent === step.parent) {
      if (at.id === id) return `the container "${id}" has not ended while its nodes run`;
      if (ancestors(flow, at).includes(step)) return undefined;
      return `the step "${id}" can't have run before this one: no edges lead from it to here`;
    }
    at = at.parent === undefined ? undefined : nodeById(flow, at.parent);
  }
  return `the step "${id}" lies in a container: outside sees only the output of "${step.parent}"`;
}

/** What is declared of the value of a path such as steps.parse.output.links[0]; undefined where nothing is. */
export function schemaOf(scope: ExprScope, path: string, depth = 0): Schema | undefined {
  const steps = stepsOfPath(tokensOf(path));
  if (steps === undefined || depth > 8) return undefined;
  const [root, ...rest] = steps;
  if (root === "steps") {
    const [id, part, ...fields] = rest;
    const type = scope.catalog.get(nodeById(scope.flow, String(id))?.type ?? "");
    return part === "output" ? descend(type?.output, fields) : undefined;
  }
  if (root === "trigger" && rest[0] === "body") return descend(asSchema(scope.flow.input), rest.slice(1));
  if (root === "item") {
    const items = expressionOfItems(scope);
    return items === undefined ? undefined : descend(schemaOf(scope, `${items}[0]`, depth + 1), rest);
  }
  return undefined;
}

function expressionOfItems(scope: ExprScope): string | undefined {
  const { flow, node, perItem } = scope;
  const container = perItem ? node : nodeById(flow, node.parent ?? "");
  const items = container?.with?.items;
  const [only, more] = typeof items === "string" ? templateParts(items.trim()) : [];
  return only?.code && more === undefined ? only.text.slice(2, -2).trim() : undefined;
}

/** The names and numbers along a path; undefined where it is anything but a path. */
function stepsOfPath(tokens: readonly Token[]): (string | number)[] | undefined {
  const [root] = tokens;
  if (root?.kind !== "name") return undefined;
  const steps: (string | number)[] = [root.text];
  for (let i = 1; i < tokens.length; ) {
    if (tokens[i]?.text === ".") {
      const name = tokens[tokens[i + 1]?.text === "?" ? i + 2 : i + 1];
      if (name?.kind !== "name") return undefined;
      steps.push(name.text);
      i = tokens.indexOf(name) + 1;
    } else if (tokens[i]?.text === "[") {
      const key = tokens[tokens[i + 1]?.text === "?" ? i + 2 : i + 1];
      const close = key === undefined ? -1 : tokens.indexOf(key) + 1;
      if (key === undefined || tokens[close]?.text !== "]") return undefined;
      if (key.kind === "number") steps.push(Number(key.text));
      else if (key.kind === "text") steps.push(key.text.slice(1, -1));
      else return undefined;
      i = close + 1;
    } else return undefined;
  }
  return steps;
}

function descend(schema: Schema | undefined, path: readonly (string | number)[]): Schema | undefined {
  let at = schema;
  for (const step of path) {
    if (at === undefined) return undefined;
    const inner = typeof step === "number" ? at.items : (at.properties as Schema | undefined)?.[step];
    at = asSchema(inner);
  }
  return at;
}

export function asSchema(value: unknown): Schema | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Schema) : undefined;
}
