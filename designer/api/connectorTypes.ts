import type { Effect } from "@/core/flow/catalog";
import type { Json } from "@/core/flow/document";

/** The shapes of /api/v1 of connectors: what they are, what they may do, how they fare, and credentials. */

export interface LogLine {
  level: string;
  at: string;
  message: string;
}

export interface ConnectorAction {
  id: string;
  name: string;
  description: string;
  effect: Effect;
  idempotent: boolean;
  inverse?: string;
  timeout?: string;
  input?: Json;
  output?: Json;
  examples: { name?: string; input?: Json; output?: Json; error?: { code: string; message?: string } }[];
}

/** One version of a connector that is installed here. */
export interface Connector {
  id: string;
  version: string;
  digest: string;
  bundled: boolean;
  standing: Standing;
  name: string;
  description: string;
  icon: string;
  publisher: string;
  license: string;
  credentialTypes: string[];
  actions: ConnectorAction[];
}

/** Why a connector may run, or not. */
export type Standing = "bundled" | "consented" | "asks" | "more" | "refused";

/** One power that a connector asks for, in plain words. */
export interface Want {
  sentence: string;
  reason: string;
  risk: string;
}

/** The connector that an OpenAPI document would make. */
export interface OpenAPIPlan {
  id: string;
  version: string;
  name: string;
  description: string;
  operations: OpenAPIOperation[];
  asked: Want[];
  leftOut: OpenAPINote[];
  notes: OpenAPINote[];
}

export interface OpenAPIOperation {
  /** METHOD /path */
  operation: string;
  action: string;
  name: string;
  description: string;
  effect: Effect;
  tags: string[];
}

/** What became of a part of a document other than as it stands there. */
export interface OpenAPINote {
  line?: number;
  column?: number;
  operation?: string;
  message: string;
}

export interface HostRule {
  scheme?: string;
  host: string;
  port?: number;
  methods?: string[];
  pathPrefix?: string;
}

export interface StreamRule {
  host: string;
  port: number;
  tls: boolean;
}

export interface NetworkRule {
  cidr: string;
  ports?: number[];
}

/** What an admin lets a connector do besides what it asks for. */
export interface Grant {
  http?: HostRule[];
  net?: StreamRule[];
  kv?: boolean;
  networks?: NetworkRule[];
}

export interface Powers {
  consented: boolean;
  standing: Standing;
  /** Counts the decisions on the connector; a change says which one it was made from. */
  revision: number;
  asked: Want[];
  fresh: Want[];
  grant: Grant;
}

/** What became of an action that was tried. */
export interface Tried {
  output: Json;
  error: { code: string; message: string; retryable: boolean; details?: Json } | null;
  logs: LogLine[];
  calls: HostCall[];
  tookMs: number;
}

/** One request or stream that the server made for an action. */
export interface HostCall {
  function: string;
  method?: string;
  address: string;
  host: string;
  status?: number;
  outcome: string;
  /** It was refused before anything was sent. */
  refused?: boolean;
  tookMs: number;
}

/** How one version of a connector does since the server's start. */
export interface ConnectorHealth {
  state: "running" | "idle" | "stopped" | "refused";
  since: string;
  inFlight: number;
  calls: number;
  failed: number;
  errors: { code: string; count: number }[];
  measured: number;
  medianMs: number;
  p95Ms: number;
  lastError: {
    at: string;
    code: string;
    message: string;
    action: string;
    run?: string;
    step?: string;
  } | null;
  process: {
    alive: boolean;
    shared: boolean;
    started: number;
    crashed: number;
    lastCrash: { at: string; reason: string } | null;
  };
}

export interface ConnectorLogLine extends LogLine {
  action: string;
  run?: string;
  step?: string;
}

/** Where a flow uses a connector. */
export interface FlowUse {
  id: string;
  name: string;
  deleted?: boolean;
  draft: boolean;
  live: boolean;
  versions: number[];
  runs: number;
}

export interface Installed {
  digest: string;
  connectors: { id: string; version: string; powers: Powers }[];
}

export interface CredentialType {
  type: string;
  connector: string;
  apply: string;
  sign?: string[];
  fields?: Json;
  secret: string[];
}

export interface Credential {
  id: string;
  name: string;
  type: string;
  hosts: string[];
  fields: Record<string, string>;
  secrets: string[];
  revision: number;
  createdAt: string;
  updatedAt: string;
  updatedBy: string;
  /** A flow is bound to it, so that authors may use it. */
  bound: boolean;
}

export interface CredentialInput {
  name: string;
  type: string;
  hosts: string[];
  fields: Record<string, string>;
}
