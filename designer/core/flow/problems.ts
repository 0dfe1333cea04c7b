import type { Catalog, Schema } from "./catalog";
import { type Flow, type FlowNode, nodeById, type Problem, pointerTokens } from "./document";

/** The parameter that a problem's pointer names: /nodes/3/with/text gives /text; a setting of the node, @timeout. */
export function fieldOf(problem: Problem): string | undefined {
  const [part, , key, ...rest] = pointerTokens(problem.pointer);
  if (part !== "nodes" || key === undefined) return undefined;
  return key === "with" ? `/${rest.join("/")}` : `@${key}`;
}

/** What a problem is about, in words that stand on the screen. */
export interface ProblemPlace {
  node: FlowNode | undefined;
  field: string | undefined;
}

export function placeOf(problem: Problem, flow: Flow, catalog: Catalog): ProblemPlace {
  const [part, index, key, ...rest] = pointerTokens(problem.pointer);
  const byPlace = part === "nodes" ? flow.nodes[Number(index)] : undefined;
  const node = problem.node === undefined ? byPlace : nodeById(flow, problem.node);
  if (node === undefined)
    return { node, field: part === undefined || part === "" ? undefined : labelOf(part) };
  if (key === undefined) return { node, field: undefined };
  if (key !== "with") return { node, field: labelOf(key) };
  const labels = labelsOf(catalog.get(node.type)?.input, rest);
  return { node, field: labels.length === 0 ? undefined : labels.join(" › ") };
}

/** The titles along a path of a schema; items by their number, from 1. */
function labelsOf(schema: Schema | undefined, path: readonly string[]): string[] {
  let at: unknown = schema;
  return path.map((key) => {
    const { properties, items } = (at ?? {}) as { properties?: Schema; items?: unknown };
    if (items !== undefined && /^\d+$/.test(key)) {
      at = items;
      return String(Number(key) + 1);
    }
    at = properties?.[key];
    const title = (at as Schema | undefined)?.title;
    return typeof title === "string" ? title : at === undefined ? key : labelOf(key);
  });
}

/** A label for a key without a title: maxItemCount gives "Max item count". */
export function labelOf(name: string): string {
  const words = name
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
