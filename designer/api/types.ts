import type { NodeType } from "@/core/flow/catalog";
import type { Flow, Json, Problem } from "@/core/flow/document";

import type { LogLine } from "./connectorTypes";

export type * from "./connectorTypes";
export type * from "./questionTypes";

/** The shapes of /api/v1. Times are RFC 3339 UTC strings. */

export interface List<T> {
  items: T[];
  next?: string;
}

export interface Me {
  id: string;
  name: string;
  role: Role;
  permissions: string[];
}

export type Role = "viewer" | "analyst" | "responder" | "author" | "admin";
export const ROLES: readonly Role[] = ["viewer", "analyst", "responder", "author", "admin"];

/** reset: was here, and has to choose a new password by a link. */
export type UserState = "invited" | "active" | "reset" | "disabled";

export interface User {
  id: string;
  name: string;
  role: Role;
  state: UserState;
  revision: number;
  createdAt: string;
  lastSeenAt?: string | null;
  /** When their one-time link runs out, where there is one. */
  linkExpiresAt?: string | null;
}

/** A one-time link, shown once: whoever opens it chooses the user's password. */
export interface Invitation {
  user: User;
  link: { path: string; expiresAt: string };
}

/** Whose password a one-time link sets. */
export interface LinkOwner {
  name: string;
  role: Role;
  expiresAt: string;
}

/** One of one's own log-ins. */
export interface SessionRow {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  address: string;
  agent: string;
  current: boolean;
}

/** The fewest characters of a password. The server also refuses those that are guessed. */
export const SHORTEST_PASSWORD = 8;

export interface Token {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  createdBy: string;
  lastUsedAt?: string | null;
  /** Who made it is disabled: it is refused until they are enabled. */
  stopped: boolean;
}

export interface AuditRow {
  id: number;
  at: string;
  actor: string;
  actorKind: string;
  action: string;
  object: string;
  objectId: string;
  detail?: Json;
}

export type RunState = "queued" | "running" | "waiting" | "succeeded" | "failed" | "canceled" | "unknown";
export type StepState = RunState | "pending" | "skipped";

export interface StepError {
  code: string;
  message: string;
  step?: string;
  details?: Json;
}

export interface FlowRow {
  id: string;
  name: string;
  description?: string;
  labels?: string[];
  revision: number;
  version: number;
  /** The triggers of the published version start nothing. */
  halted?: boolean;
  triggers: string[];
  updatedAt: string;
  updatedBy?: string;
  lastRuns?: { id: string; state: RunState; at: string }[];
  /** Triggers of the published version that can't look for events. */
  failing?: FailingTrigger[];
}

/** Why a trigger can't look for events. */
export interface FailingTrigger {
  node: string;
  message: string;
  since: string;
}

export interface FlowDetail {
  id: string;
  revision: number;
  version: number;
  /** The triggers of the published version start nothing. */
  halted?: boolean;
  flow: Flow;
  problems: Problem[];
  hooks?: Record<string, string>;
  published?: { version: number; at: string; by: string } | null;
}

export interface SaveAnswer {
  revision: number;
  problems: Problem[];
}

export interface ConflictDetail {
  yours: number;
  current: number;
  flow: Flow;
  updatedBy?: string;
  updatedAt?: string;
}

export interface VersionRow {
  version: number;
  message?: string;
  author?: string;
  at: string;
  digest: string;
}

export interface VersionDetail extends VersionRow {
  flow: Flow;
}

export interface Change {
  kind: "added" | "removed" | "changed" | "moved";
  what: "node" | "edge" | "note" | "group" | "flow";
  id: string;
  name?: string;
  fields?: { pointer: string; before: Json; after: Json }[];
}

export interface Sample {
  name: string;
  trigger?: string;
  input: Json;
}

/** The samples of a flow, at the revision that a change of them is made from. */
export interface Samples extends List<Sample> {
  revision: number;
}

/** An output that was given beforehand for a node of a draft. */
export interface Pin {
  node: string;
  output: Json;
  /** The way out that is taken; empty is out. */
  port?: string;
  updatedAt: string;
  updatedBy: string;
}

/** A value that a parameter may be given, as a connector lists it. */
export interface Option {
  value: string | number | boolean;
  label: string;
}

export interface OptionList {
  items: Option[];
  /** There are more. */
  truncated?: boolean;
}

/** What a start would do. */
export interface RunPlan {
  /** Keys of steps, and ids of nodes that have not run before. */
  runs: string[];
  reuses: string[];
  pinned: string[];
  /** Those of runs that change something outside. */
  effects: RunPlanEffect[];
  /** Steps that may have taken effect already: the start is refused. */
  unknown: string[];
}

interface RunPlanEffect {
  step: string;
  type: string;
  effect: string;
  before?: string;
}

export type Preview =
  | { ok: true; value: Json; type: string; truncated?: boolean }
  | { ok: false; pending: true }
  | { ok: false; pending?: false; problems: Problem[] };

export type ReceiptState = "waiting" | "closed" | "cased" | "failed" | "dropped";

/** What became of one event that came in. */
export interface Receipt {
  id: string;
  /** Empty where it started none. */
  run: string;
  flow: string;
  flowName: string;
  trigger: string;
  source: string;
  state: ReceiptState;
  key: string;
  subject: string;
  times: number;
  at: string;
  lastAt: string;
  endedAt?: string | null;
  reason: { code: string; message: string } | null;
}

/** How a trigger of the published version does. */
export interface TriggerState {
  node: string;
  type: string;
  state: "active" | "off" | "halted" | "unbound" | "starting" | "watching" | "failing";
  message: string;
  lastAt?: string | null;
  /** Since when a failing mailbox is not watched. */
  since?: string | null;
  nextAt?: string | null;
}

export interface RunRow {
  id: string;
  flow: string;
  flowName: string;
  version: number;
  state: RunState;
  trigger?: string;
  /** Actions with effects were not called. */
  dryRun?: boolean;
  /** The run that this one goes on from. */
  retryOf?: string;
  /** The run that this one replays, offline. */
  replayOf?: string;
  createdAt: string;
  startedAt?: string | null;
  endedAt?: string | null;
  durationMs?: number | null;
  error?: StepError | null;
}

export interface StepSummary {
  state: StepState;
  node?: string;
  port?: string;
  output?: Json;
  error?: StepError | null;
  attempts?: number;
  /** The output was given beforehand: nothing was evaluated or called. */
  pinned?: boolean;
  startedAt?: string | null;
  endedAt?: string | null;
  /** Until when it waits. */
  due?: string | null;
  /** The question to people that it waits for. */
  ask?: string | null;
  /** What people answered. */
  decisions?: Json[];
  count?: { total: number; done: number; failed: number } | null;
}

export interface Run extends RunRow {
  /** The step that called this run. */
  parent?: { run: string; step: string } | null;
  /** The node up to which it ran. */
  until?: string;
  input?: Json;
  output?: Json;
  steps: Record<string, StepSummary>;
  seq: number;
  /** Why it waits to begin. */
  queue?: { places: number; before: number; more?: boolean } | null;
}

/** A value of which only the beginning is here: its size in bytes, and where it has more. */
export interface ValueCut {
  size: number;
  more: { pointer: string; more: number; of: "items" | "fields" | "characters" }[] | null;
}

export interface StepDetail extends StepSummary {
  key: string;
  input?: Json;
  logs?: LogLine[];
  inputCut?: ValueCut | null;
  outputCut?: ValueCut | null;
  /** The run that it called. */
  called?: string;
}

export type ImportChoice = "theirs" | "mine" | "copy";

export interface PlanItem {
  file: string;
  flowId: string;
  name: string;
  status: "new" | "same" | "changed" | "conflict";
  changes?: Change[];
  local?: { revision: number; version: number } | null;
  choices: ImportChoice[];
  choice: ImportChoice;
}

export interface ImportPlan {
  id: string;
  items: PlanItem[];
  missing?: {
    connectors?: { id: string; version: string; flows: string[] }[];
    credentials?: { alias: string; type: string; flows: string[] }[];
  };
  problems?: Problem[];
  applicable: boolean;
}

export interface ImportResult {
  importId: string;
  flows: {
    flowId: string;
    id: string;
    revision: number;
    result: "created" | "updated" | "kept" | "copied";
  }[];
}

/** An import that was carried out. */
export interface ImportRow {
  id: string;
  at: string;
  by: string;
  state: "applied" | "rolledback";
  flows: { id: string; name: string; result: "created" | "updated" }[];
}

/** Alias to the id of a credential of this server. */
export type Bindings = Record<string, string>;

export type { NodeType, Problem };

/** What would go with a flow, and what would stay without it. */
export interface Deletion {
  runs: number;
  active: number;
  triggers: string[] | null;
  hooks: number;
  callers: { id: string; name: string; live: boolean; draft: boolean }[] | null;
}
