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
  /** Whether this version may run; where it isn't said, it may. */
  consented?: boolean;
  effect: Effect;
  idempotent: boolean;
  input: Schema;
  output: Schema;
  ports: string[];
  dynamicPorts?: string;
  container: boolean;
  examples: { name: string; input?: Json; output?: Json; error?: { code: string; message?: string } }[];
}

/** One installed version of a connector. */
export interface ConnectorVersion {
  version: string;
  consented: boolean;
}

/** The versions of connectors that a flow names, by connector. */
export type Pins = Readonly<Record<string, string>>;

/**
 * Node types by name, in the order of the palette: of each connector those of the version
 * that a flow is pinned to, else of the newest that may run.
 */
export class Catalog {
  readonly #all: readonly NodeType[];
  readonly #pins: Pins;
  readonly #byType = new Map<string, NodeType>();
  readonly #versions = new Map<string, ConnectorVersion[]>();
  readonly items: readonly NodeType[];

  /** The types of all versions that are installed, the newest of each connector first. */
  constructor(all: readonly NodeType[], pins: Pins = {}) {
    this.#all = all;
    this.#pins = pins;
    for (const { connector, version, consented = true } of all) {
      if (connector === undefined || version === undefined) continue;
      const known = this.#versions.get(connector) ?? [];
      if (!known.some((v) => v.version === version)) known.push({ version, consented });
      this.#versions.set(connector, known);
    }
    this.items = all.filter((t) => t.connector === undefined || t.version === this.version(t.connector));
    for (const item of this.items) this.#byType.set(item.type, item);
  }

  /** The same catalog as a flow sees it that is pinned to versions. */
  pinned(pins: Pins | undefined): Catalog {
    return new Catalog(this.#all, pins);
  }

  /** The installed versions of a connector, the newest first. */
  versions(connector: string): readonly ConnectorVersion[] {
    return this.#versions.get(connector) ?? [];
  }

  /** The newest version that may run, a release if there is one; of connectors where none may, the newest. */
  newest(connector: string): string | undefined {
    const all = this.versions(connector);
    const release = (v: ConnectorVersion) => !v.version.includes("-");
    const may = all.filter((v) => v.consented);
    return (may.find(release) ?? may[0] ?? all.find(release) ?? all[0])?.version;
  }

  /** The version that nodes of a connector have here: the pinned one where it is installed. */
  version(connector: string): string | undefined {
    const pin = this.#pins[connector];
    return this.versions(connector).some((v) => v.version === pin) ? pin : this.newest(connector);
  }

  /** The newest version that may run, where that is newer than the one that the flow is pinned to. */
  newer(connector: string): string | undefined {
    const all = this.versions(connector);
    const newest = this.newest(connector);
    const at = all.findIndex((v) => v.version === newest);
    const pin = this.#pins[connector];
    const now = pin === undefined ? -1 : all.findIndex((v) => v.version === pin);
    return at >= 0 && all[at]?.consented === true && at < now ? newest : undefined;
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
