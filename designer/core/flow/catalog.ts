import type { FlowNode, Json, JsonObject } from "./document";
import { PORT_ERROR, PORT_OUT } from "./document";

/** A JSON Schema as the catalog sends it; unknown keywords are kept. */
export type Schema = { [keyword: string]: unknown };

export type Effect = "none" | "read" | "write" | "destructive";

/** Something that can be placed in a flow, as GET /catalog lists it. */
export interface NodeType {
  type: string;
  name: string;
  description: string;
  category: string;
  icon: string;
  kind: "core" | "trigger" | "action";
  connector?: string;
  version?: string;
  effect: Effect;
  idempotent: boolean;
  input: Schema;
  output: Schema;
  ports: string[];
  dynamicPorts?: string;
  container: boolean;
  examples: { name: string; input?: Json; output?: Json }[];
}

/** Node types by name, in the order of the palette. */
export class Catalog {
  readonly #byType = new Map<string, NodeType>();
  readonly items: readonly NodeType[];

  constructor(items: readonly NodeType[]) {
    this.items = items;
    for (const item of items) this.#byType.set(item.type, item);
  }

  get(type: string): NodeType | undefined {
    return this.#byType.get(type);
  }

  /**
   * The ports an edge may leave a node from. A type that is gone keeps out and
   * error, so that its wires stay visible.
   */
  ports(node: FlowNode): string[] {
    const type = this.#byType.get(node.type);
    if (type === undefined) return [PORT_OUT, PORT_ERROR];
    if (!type.dynamicPorts) return type.ports;
    const cases = (node.with as JsonObject | undefined)?.[type.dynamicPorts];
    const named = Array.isArray(cases) ? cases.map(portOf).filter((p) => p !== "") : [];
    return [...new Set([...named, ...type.ports])];
  }
}

function portOf(item: Json): string {
  const port = item !== null && typeof item === "object" && !Array.isArray(item) ? item.port : undefined;
  return typeof port === "string" ? port : "";
}

/** What an action's effect means to a person. */
export const EFFECT_TEXT: Record<Effect, string> = {
  none: "reaches nothing outside",
  read: "reads from outside",
  write: "changes things outside",
  destructive: "destructive",
};
