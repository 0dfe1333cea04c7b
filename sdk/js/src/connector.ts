import type { Context } from "./context.ts";
import type { JSONSchema, Schema } from "./schema.ts";
import type { Signed } from "./sign.ts";

/** What an action may do to the world: compute only, ask, change, change in a way that hurts if wrong. */
export type Effect = "none" | "read" | "write" | "destructive";

/** One call of an action with what it answers. Examples are tests. */
export interface Example {
  name: string;
  input: unknown;
  /** Every field of it must be in the real answer. */
  output?: unknown;
  error?: { code?: string; message?: string; retryable?: boolean };
}

/** One thing that a connector can do. */
// biome-ignore lint/suspicious/noExplicitAny: an action of whatever input is one
export interface Action<In = any, Out = any> {
  name: string;
  description: string;
  /** A JSON Schema of an object, by hand or of s.object. */
  input: Schema<In>;
  output: Schema<Out>;
  /** none if it is left out. */
  effect?: Effect;
  /** Whether the same key twice has the effect once. */
  idempotent?: boolean;
  /** The action that undoes this one. */
  inverse?: string;
  /** The most that one call may last: a duration such as "20s"; 30s if it is left out. */
  timeout?: string;
  /** Memory in pages of 64 KiB: 384 if it is left out, at most 1024. */
  memoryPages?: number;
  examples?: Example[];
  run(input: In, ctx: Context): Out | Promise<Out>;
}

export interface Capabilities {
  /** Requests go to a path and what lies beneath it; to every path without a pathPrefix. */
  http?: { host: string; methods: string[]; pathPrefix?: string; reason: string }[];
  net?: { host: string; port: number; tls: boolean; reason: string }[];
  kv?: boolean;
}

export interface CredentialOf {
  /** CONNECTOR.NAME */
  type: string;
  fields: JSONSchema;
  apply:
    | "bearer"
    | "basic"
    | "header"
    | "query"
    | "form"
    | "sigv4"
    | "oauth2ClientCredentials"
    | "mtls"
    | "none";
  /** The header or query parameter, and what is put there. */
  name?: string;
  value?: string;
  /** Schemes that ctx.sign may use it for; apply is none where it goes into no request. */
  sign?: Signed["scheme"][];
  /** What the connector may say in tokens of the scheme jwt, such as sub. */
  claims?: string[];
}

export interface Connector {
  id: string;
  version: string;
  name: string;
  description: string;
  icon?: string;
  category?: string;
  publisher?: string;
  license?: string;
  credentials?: CredentialOf[];
  capabilities?: Capabilities;
  actions: Record<string, Action>;
}

/** The action that the build asks for the manifests. */
export const manifestAction = "drawbridge_manifest";

/** Declares a connector: export default connector({…}), or a list of them. */
export function connector<C extends Connector>(declared: C): C {
  if (typeof declared?.id !== "string" || typeof declared.actions !== "object" || declared.actions === null) {
    throw new TypeError("connector: give an id and actions");
  }
  for (const [id, action] of Object.entries(declared.actions)) {
    const at = `connector ${declared.id}: actions.${id}`;
    if (typeof action?.run !== "function") throw new TypeError(`${at}: give a function run(input, ctx)`);
    if (id === manifestAction) throw new TypeError(`${at}: the name is the SDK's own`);
    for (const side of ["input", "output"] as const) {
      if (typeof action[side] !== "object" || action[side] === null) {
        throw new TypeError(`${at}: give ${side}, a JSON Schema`);
      }
    }
  }
  return declared;
}

/** Declares an action, so that TypeScript knows the input and output of run by their schemas. */
export function action<In, Out>(declared: Action<In, Out>): Action<In, Out> {
  return declared;
}

/** The manifest of a connector, as the server reads it. */
export function manifestOf(c: Connector): unknown {
  const { actions, capabilities, ...rest } = c;
  return {
    ...rest,
    abi: "drawbridge_v1",
    capabilities: capabilities ?? {},
    actions: Object.entries(actions).map(([id, { run: _, effect, ...a }]) => ({
      id,
      ...a,
      effect: effect ?? "none",
    })),
  };
}
