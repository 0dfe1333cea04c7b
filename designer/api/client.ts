import type { Flow, Json } from "@/core/flow/document";
import { call } from "./http";
import type { Comparison, ReplayJob, ReplayQuery, ReplayReport, RetryPlan, StepCalls } from "./travel";
import type {
  Answer,
  AuditRow,
  Bindings,
  Change,
  Connector,
  ConnectorHealth,
  ConnectorLogLine,
  Credential,
  CredentialInput,
  CredentialType,
  Deletion,
  FlowDetail,
  FlowRow,
  FlowUse,
  Grant,
  ImportChoice,
  ImportPlan,
  ImportResult,
  ImportRow,
  Installed,
  Invitation,
  LinkedQuestion,
  LinkOwner,
  List,
  Me,
  NodeType,
  OpenAPIPlan,
  OptionList,
  Pin,
  Powers,
  Preview,
  Question,
  Receipt,
  Role,
  Run,
  RunPlan,
  RunRow,
  Sample,
  Samples,
  SessionRow,
  StepDetail,
  Token,
  Tried,
  TriggerState,
  User,
  VersionDetail,
  VersionRow,
} from "./types";

/** The calls of /api/v1 that the designer makes, one function each. */

const id = encodeURIComponent;

/** What stands behind the path of a call: the parameters that have a value. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const kept = Object.entries(parameters).filter(([, v]) => v !== undefined && v !== "");
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept.map(([k, v]) => [k, String(v)]))}`;
}

export function ifMatch(revision: number): Record<string, string> {
  return { "If-Match": `"${revision}"` };
}

export const session = {
  me: (signal?: AbortSignal) => call<Me>("GET", "/me", signal ? { signal } : {}),
  login: (name: string, password: string) => call<unknown>("POST", "/session", { body: { name, password } }),
  logout: () => call<void>("DELETE", "/session"),
  setup: (token: string, password: string) => call<unknown>("POST", "/setup", { body: { token, password } }),
  setupLink: (token: string) => call<LinkOwner>("POST", "/setup/link", { body: { token } }),
};

/** One's own password and sessions. */
export const account = {
  changePassword: (current: string, password: string) =>
    call<void>("PUT", "/me/password", { body: { current, password } }),
  sessions: () => call<List<SessionRow>>("GET", "/me/sessions"),
  endSession: (session: string) => call<void>("DELETE", `/me/sessions/${id(session)}`),
  endOthers: () => call<void>("DELETE", "/me/sessions"),
};

export const admin = {
  users: () => call<List<User>>("GET", "/users"),
  invite: (name: string, role: Role) => call<Invitation>("POST", "/users", { body: { name, role } }),
  changeUser: (user: string, revision: number, body: { role: Role; disabled: boolean }) =>
    call<User>("PUT", `/users/${id(user)}`, { body, headers: ifMatch(revision) }),
  linkUser: (user: string, revision: number) =>
    call<Invitation>("POST", `/users/${id(user)}/link`, { headers: ifMatch(revision) }),
  removeUser: (user: string) => call<void>("DELETE", `/users/${id(user)}`),
  tokens: () => call<List<Token>>("GET", "/tokens"),
  createToken: (name: string, role: Role) =>
    call<{ id: string; token: string }>("POST", "/tokens", { body: { name, role } }),
  deleteToken: (token: string) => call<void>("DELETE", `/tokens/${id(token)}`),
  audit: (cursor?: string) => call<List<AuditRow>>("GET", `/audit${query({ cursor, limit: 50 })}`),
};

export const catalog = {
  list: () => call<List<NodeType>>("GET", "/catalog?all=true"),
  library: () => call<List<{ name: string; flow: Flow; samples?: Sample[] }>>("GET", "/library"),
};

export const flows = {
  list: (q: string, cursor?: string) =>
    call<List<FlowRow>>("GET", `/flows${query({ q, cursor, limit: 100 })}`),
  get: (flow: string) => call<FlowDetail>("GET", `/flows/${id(flow)}`),
  remove: (flow: string) => call<void>("DELETE", `/flows/${id(flow)}`),
  publish: (flow: string, message: string) =>
    call<{ version: number; hooks: Record<string, string> }>("POST", `/flows/${id(flow)}/publish`, {
      body: { message },
    }),
  /** Takes the published version off line, or on line again. */
  halt: (flow: string, halted: boolean) =>
    call<{ halted: boolean }>("POST", `/flows/${id(flow)}/${halted ? "halt" : "resume"}`),
  versions: (flow: string) => call<List<VersionRow>>("GET", `/flows/${id(flow)}/versions`),
  version: (flow: string, version: number) =>
    call<VersionDetail>("GET", `/flows/${id(flow)}/versions/${version}`),
  restore: (flow: string, version: number, revision: number) =>
    call<{ revision: number }>("POST", `/flows/${id(flow)}/versions/${version}/restore`, {
      headers: ifMatch(revision),
    }),
  diff: (flow: string, from: number | "draft", to: number | "draft") =>
    call<{ changes: Change[] | null }>("GET", `/flows/${id(flow)}/diff${query({ from, to })}`),
  samples: (flow: string) => call<Samples>("GET", `/flows/${id(flow)}/samples`),
  saveSamples: (flow: string, revision: number, items: readonly Sample[]) =>
    call<Samples>("PUT", `/flows/${id(flow)}/samples`, { body: { items }, headers: ifMatch(revision) }),
  pins: (flow: string) => call<List<Pin>>("GET", `/flows/${id(flow)}/pins`),
  savePin: (flow: string, node: string, body: { output: Json; port?: string }) =>
    call<Pin>("PUT", `/flows/${id(flow)}/pins/${id(node)}`, { body }),
  removePin: (flow: string, node: string) => call<void>("DELETE", `/flows/${id(flow)}/pins/${id(node)}`),
  preview: (flow: string, body: PreviewRequest, signal: AbortSignal) =>
    call<Preview>("POST", `/flows/${id(flow)}/preview`, { body, signal }),
  /** The values that a connector lists for a parameter of the draft's node. */
  options: (flow: string, node: string, pointer: string) =>
    call<OptionList>("POST", `/flows/${id(flow)}/options`, { body: { node, pointer } }),
  /** What a start would run, keep and take from pins. */
  plan: (flow: string, body: StartRequest) => call<RunPlan>("POST", `/flows/${id(flow)}/runs/plan`, { body }),
  start: (flow: string, body: StartRequest, key: string) =>
    call<{ id: string }>("POST", `/flows/${id(flow)}/runs`, { body, headers: { "Idempotency-Key": key } }),
  replays: (flow: string) => call<List<ReplayJob>>("GET", `/flows/${id(flow)}/replays`),
  startReplays: (flow: string, body: { query: ReplayQuery; version: Version }) =>
    call<ReplayJob>("POST", `/flows/${id(flow)}/replays`, { body }),
  replayReport: (flow: string, job: string, all: boolean) =>
    call<ReplayReport>("GET", `/flows/${id(flow)}/replays/${id(job)}${query({ all: all ? "true" : "" })}`),
  cancelReplays: (flow: string, job: string) => call<void>("DELETE", `/flows/${id(flow)}/replays/${id(job)}`),
  deletion: (flow: string) => call<Deletion>("GET", `/flows/${id(flow)}/deletion`),
  exportText: (chosen: string[]) => `/api/v1/export?flows=${chosen.map(id).join(",")}`,
};

export interface PreviewRequest {
  template: string;
  node: string;
  run: string;
  flow?: Flow;
  /** The passes of the containers around, the outermost first. */
  passes?: number[];
  sample?: { input: Json; trigger?: string };
}

export type Version = number | "draft" | "latest";

export interface StartRequest {
  input?: Json;
  trigger?: string;
  version: Version;
  dryRun?: boolean;
  /** Nodes with a pinned output give that. */
  pins?: boolean;
  /** The node behind which nothing is started. */
  until?: string;
  /** The step to begin from, and the run whose results before it are kept. */
  from?: string;
  reuse?: string;
  /** That step alone. */
  only?: boolean;
}

export interface RunFilter {
  flow?: string;
  /** One state, or "failures". */
  state?: string;
  /** A label of flows. */
  label?: string;
  /** A source, or a trigger's node. */
  trigger?: string;
  /** Bounds in UTC. */
  since?: string;
  until?: string;
  /** A time that ends now, such as "24h" or "7d"; something else is none. */
  within?: string;
  q?: string;
  /** "true" lists runs of published versions alone, and no dry ones. */
  live?: string;
  /** "true" lists the replays of runs, which are left out otherwise. */
  replays?: string;
}

export interface ReceiptFilter {
  flow?: string;
  state?: string;
  /** A source, or a trigger's node. */
  trigger?: string;
  q?: string;
}

export const receipts = {
  list: (filter: ReceiptFilter, cursor?: string, limit = 50) =>
    call<List<Receipt>>("GET", `/receipts${query({ ...filter, cursor, limit })}`),
  triggers: (flow: string) => call<List<TriggerState>>("GET", `/flows/${id(flow)}/triggers`),
};

const UNITS: Record<string, number> = { h: 3_600_000, d: 86_400_000 };

/** The time that lies so long before now. */
function ago(within: string | undefined): string | undefined {
  const [, n, unit] = /^(\d{1,4})([hd])$/.exec(within ?? "") ?? [];
  return unit && new Date(Date.now() - Number(n) * (UNITS[unit] ?? 0)).toISOString();
}

/** What a page shows of one value at most; more of it is a file to save. */
const SHOWN_BYTES = 256 * 1024;

export const runs = {
  list: ({ within, ...filter }: RunFilter, cursor?: string, limit = 50) =>
    call<List<RunRow>>("GET", `/runs${query({ since: ago(within), ...filter, cursor, limit })}`),
  get: (run: string) => call<Run>("GET", `/runs/${id(run)}`),
  flow: (run: string) =>
    call<{ version: number; digest: string; flow: Flow }>("GET", `/runs/${id(run)}/flow`),
  /** A step with all of its data. */
  step: (run: string, key: string) => call<StepDetail>("GET", `/runs/${id(run)}/steps/${id(key)}`),
  /** A step with as much of its data as a page shows. */
  stepShown: (run: string, key: string) =>
    call<StepDetail>("GET", `/runs/${id(run)}/steps/${id(key)}?most=${SHOWN_BYTES}`),
  /** Where all of a step's data, or of what a run gave, is saved from. */
  stepFile: (run: string, key: string, what: "input" | "output") =>
    `/api/v1/runs/${id(run)}/steps/${id(key)}/${what}`,
  outputFile: (run: string) => `/api/v1/runs/${id(run)}/output`,
  cancel: (run: string) => call<unknown>("POST", `/runs/${id(run)}/cancel`),
  replay: (run: string, version?: Version) =>
    call<{ id: string }>("POST", `/runs/${id(run)}/replay?wait=20s`, {
      body: version === undefined ? {} : { version },
    }),
  retryPlan: (run: string, from: string[], version?: string) =>
    call<RetryPlan>("GET", `/runs/${id(run)}/retry${query({ from: from.join(","), version })}`),
  retry: (run: string, body: { from: string[]; repeat: string[]; version?: string }) =>
    call<{ id: string }>("POST", `/runs/${id(run)}/retry`, { body }),
  compare: (before: string, after: string) =>
    call<Comparison>("GET", `/runs/${id(before)}/compare${query({ with: after })}`),
  calls: (run: string, key: string) => call<StepCalls>("GET", `/runs/${id(run)}/steps/${id(key)}/calls`),
  testCase: (run: string) => call<Json>("GET", `/runs/${id(run)}/test-case`),
};

export const questions = {
  list: (state: string, cursor?: string) =>
    call<List<Question>>("GET", `/approvals${query({ state, cursor, limit: 50 })}`),
  get: (question: string) => call<Question>("GET", `/approvals/${id(question)}`),
  decide: (question: string, body: Answer) =>
    call<Question>("POST", `/approvals/${id(question)}/decide`, { body }),
  delegate: (question: string, to: string, comment: string) =>
    call<Question>("POST", `/approvals/${id(question)}/delegate`, { body: { to, comment } }),
  link: (question: string, user: string) =>
    call<{ path: string; expiresAt: string }>("POST", `/approvals/${id(question)}/link`, { body: { user } }),
  byLink: (token: string) => call<LinkedQuestion>("POST", "/answer", { body: { token } }),
  decideByLink: (token: string, body: Answer) =>
    call<LinkedQuestion>("POST", "/answer/decide", { body: { ...body, token } }),
};

interface TryRequest {
  input: Json;
  credential?: string;
  /** The action may change things outside. */
  confirm?: boolean;
}

export const connectors = {
  list: () => call<List<Connector>>("GET", "/connectors"),
  get: (name: string, version: string) =>
    call<Connector>("GET", `/connectors/${id(name)}/versions/${id(version)}`),
  install: (file: File) =>
    call<Installed>("POST", `/connectors${query({ name: file.name })}`, {
      bytes: { type: "application/wasm", value: file },
    }),
  planOpenAPI: (name: string, document: string) =>
    call<OpenAPIPlan>("POST", "/connectors/openapi/plan", { body: { name, document } }),
  installOpenAPI: (body: { name: string; document: string; version: string; operations: string[] }) =>
    call<Installed>("POST", "/connectors/openapi", { body }),
  remove: (name: string, version: string) =>
    call<void>("DELETE", `/connectors/${id(name)}/versions/${id(version)}`),
  powers: (name: string, version: string) =>
    call<Powers>("GET", `/connectors/${id(name)}/versions/${id(version)}/grants`),
  savePowers: (name: string, version: string, revision: number, consent: boolean, grant: Grant) =>
    call<Powers>("PUT", `/connectors/${id(name)}/versions/${id(version)}/grants`, {
      body: { consent, grant },
      headers: ifMatch(revision),
    }),
  flows: (name: string, version: string) =>
    call<List<FlowUse>>("GET", `/connectors/${id(name)}/versions/${id(version)}/flows`),
  health: (name: string, version: string) =>
    call<ConnectorHealth>("GET", `/connectors/${id(name)}/versions/${id(version)}/health`),
  logs: (name: string, version: string) =>
    call<List<ConnectorLogLine>>("GET", `/connectors/${id(name)}/versions/${id(version)}/logs`),
  tryAction: (name: string, version: string, action: string, body: TryRequest) =>
    call<Tried>("POST", `/connectors/${id(name)}/versions/${id(version)}/actions/${id(action)}/run`, {
      body,
    }),
};

export const credentials = {
  types: () => call<List<CredentialType>>("GET", "/credential-types"),
  list: () => call<List<Credential>>("GET", "/credentials"),
  create: (input: CredentialInput) => call<Credential>("POST", "/credentials", { body: input }),
  update: (credential: string, revision: number, input: CredentialInput) =>
    call<Credential>("PUT", `/credentials/${id(credential)}`, { body: input, headers: ifMatch(revision) }),
  remove: (credential: string) => call<void>("DELETE", `/credentials/${id(credential)}`),
  bindings: (flow: string) => call<{ bindings: Bindings }>("GET", `/flows/${id(flow)}/credentials`),
  bind: (flow: string, bindings: Record<string, string | null>) =>
    call<{ bindings: Bindings }>("PATCH", `/flows/${id(flow)}/credentials`, { body: { bindings } }),
};

export interface DroppedFile {
  name: string;
  content: string;
}

export const transfer = {
  list: (cursor?: string) => call<List<ImportRow>>("GET", `/import${query({ cursor, limit: 10 })}`),
  plan: (files: DroppedFile[]) =>
    call<ImportPlan>("POST", "/import/plans", { body: { format: "drawbridge.files/1", files } }),
  apply: (plan: string, choices: Record<string, ImportChoice>) =>
    call<ImportResult>("POST", `/import/plans/${id(plan)}/apply`, { body: { choices } }),
  rollback: (importId: string) => call<unknown>("POST", `/import/${id(importId)}/rollback`),
};
