import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";
import type { List } from "./types";

/** The calls of /api/v1/cases, and their queries. */

type Schemas = components["schemas"];
export type Case = Schemas["Case"];
export type CaseArtifact = Schemas["CaseArtifact"];

export type CaseEntry = Omit<Schemas["CaseEntry"], "data"> & { data: Record<string, unknown> };
export type RelatedCase = Schemas["RelatedCase"];
export type CaseFields = Partial<
  Pick<Case, "title" | "description" | "severity" | "status" | "tlp" | "assignee" | "tags" | "dueAt"> & {
    resolution: string;
  }
>;

export interface CaseList extends List<Case> {
  counts: Record<string, number>;
}

export interface CaseFilter {
  status?: string;
  severity?: string;
  assignee?: string;
  tag?: string;
  overdue?: string;
  q?: string;
  artifact?: string;
  sort?: string;
  /** Times in UTC, and what came of it: see the dashboard. */
  openedSince?: string;
  openedUntil?: string;
  closedSince?: string;
  closedUntil?: string;
  closedBy?: string;
  resolution?: string;
}

const id = encodeURIComponent;

export const cases = {
  list: (filter: CaseFilter, cursor?: string, limit = 50) =>
    call<CaseList>("GET", `/cases${query({ ...filter, cursor, limit })}`),
  open: (
    body: CaseFields & { artifacts?: { type?: string; value: string }[]; template?: string },
    key: string,
  ) => call<Case>("POST", "/cases", { body, headers: { "Idempotency-Key": key } }),
  get: (ref: string) => call<Case>("GET", `/cases/${id(ref)}`),
  /** A field that somebody changed since base is refused with 409, and nothing is changed. */
  change: (ref: string, body: CaseFields & { base?: number; comment?: string }) =>
    call<Case>("PUT", `/cases/${id(ref)}`, { body }),
  comment: (ref: string, text: string) =>
    call<Case>("POST", `/cases/${id(ref)}/comments`, { body: { text } }),
  timeline: (ref: string, before: number) =>
    call<List<CaseEntry>>("GET", `/cases/${id(ref)}/timeline${query({ before, limit: 100 })}`),
  artifacts: (ref: string) => call<List<CaseArtifact>>("GET", `/cases/${id(ref)}/artifacts`),
  addArtifacts: (ref: string, artifacts: { type?: string; value: string }[]) =>
    call<Case>("POST", `/cases/${id(ref)}/artifacts`, { body: { artifacts } }),
  removeArtifact: (ref: string, type: string, value: string) =>
    call<Case>("DELETE", `/cases/${id(ref)}/artifacts${query({ type, value })}`),
  retypeArtifact: (ref: string, { type, value }: { type: string; value: string }, to: string) =>
    call<Case>("PUT", `/cases/${id(ref)}/artifacts${query({ type, value })}`, { body: { type: to } }),
  related: (ref: string) => call<List<RelatedCase>>("GET", `/cases/${id(ref)}/related`),
  merge: (ref: string, into: string, comment: string) =>
    call<Case>("POST", `/cases/${id(ref)}/merge`, { body: { into, comment } }),
};

/** Keeps what is shown while it is asked anew, but nothing of another case. */
function ofSame(ref: string) {
  return <T>(before: T | undefined, query?: { queryKey: readonly unknown[] }): T | undefined =>
    query?.queryKey[1] === ref ? before : undefined;
}

export const casePages = (filter: CaseFilter) =>
  infiniteQueryOptions({
    queryKey: ["cases", filter],
    queryFn: ({ pageParam }) => cases.list(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
export const caseQuery = (ref: string) =>
  queryOptions({ queryKey: ["case", ref], queryFn: () => cases.get(ref) });
/** What hangs on a case is asked anew with each of its revisions; what is shown stays meanwhile. */
export const artifactsQuery = (ref: string, revision: number) =>
  queryOptions({
    queryKey: ["case-artifacts", ref, revision],
    queryFn: () => cases.artifacts(ref),
    placeholderData: ofSame(ref),
  });
export const relatedQuery = (ref: string, artifacts: string) =>
  queryOptions({
    queryKey: ["case-related", ref, artifacts],
    queryFn: () => cases.related(ref),
    placeholderData: ofSame(ref),
  });
export const timelinePages = (ref: string, entries: number) =>
  infiniteQueryOptions({
    queryKey: ["case-timeline", ref, entries],
    queryFn: ({ pageParam }) => cases.timeline(ref, pageParam),
    initialPageParam: 0,
    getNextPageParam: (last) => {
      const oldest = last.items.at(-1)?.seq ?? 1;
      return oldest > 1 ? oldest : undefined;
    },
    placeholderData: ofSame(ref),
  });

export type CaseTask = Schemas["CaseTask"];
export type CaseStep = Schemas["CaseStep"];
export type CaseTemplate = Schemas["Template"];
export type TemplatePlan = Schemas["TemplatePlan"];
export interface TaskChange {
  state?: "open" | "done" | "skipped";
  note?: string;
  answers?: unknown;
  assignee?: string;
}

export const tasks = {
  list: (ref: string) => call<List<CaseTask>>("GET", `/cases/${id(ref)}/tasks`),
  add: (ref: string, body: { title: string; phase: string }) =>
    call<Case>("POST", `/cases/${id(ref)}/tasks`, { body }),
  change: (ref: string, task: string, body: TaskChange) =>
    call<Case>("PUT", `/cases/${id(ref)}/tasks/${id(task)}`, { body }),
  run: (ref: string, task: string) => call<Case>("POST", `/cases/${id(ref)}/tasks/${id(task)}/run`),
  plan: (ref: string, template: string) =>
    call<TemplatePlan>("GET", `/cases/${id(ref)}/template${query({ template })}`),
  apply: (ref: string, template: string) =>
    call<Case>("POST", `/cases/${id(ref)}/template`, { body: { template } }),
};

export const templates = {
  list: () => call<List<CaseTemplate>>("GET", "/templates"),
  get: (template: string) => call<CaseTemplate>("GET", `/templates/${id(template)}`),
  save: (body: { id?: string; version?: number; name: string; description: string; steps: CaseStep[] }) =>
    call<CaseTemplate>("POST", "/templates", { body }),
  remove: (template: string) => call<void>("DELETE", `/templates/${id(template)}`),
};

export const tasksQuery = (ref: string, revision: number) =>
  queryOptions({
    queryKey: ["case-tasks", ref, revision],
    queryFn: () => tasks.list(ref),
    placeholderData: ofSame(ref),
  });
export const templatesQuery = queryOptions({ queryKey: ["case-templates"], queryFn: () => templates.list() });
export const templatePlanQuery = (ref: string, revision: number, template: string) =>
  queryOptions({
    queryKey: ["case-template-plan", ref, revision, template],
    queryFn: () => tasks.plan(ref, template),
    enabled: template !== "",
  });
