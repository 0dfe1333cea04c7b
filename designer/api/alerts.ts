import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";
import type { List } from "./types";

/** The calls of /api/v1/alerts, and their queries. */

type Schemas = components["schemas"];
export type Alert = Schemas["Alert"];
export type AlertDetail = Omit<Schemas["AlertDetail"], "history"> & {
  history: (Omit<Schemas["CaseEntry"], "data"> & { data: Record<string, unknown> })[];
};
export type AlertEvent = Omit<Schemas["AlertEvent"], "event"> & { event: unknown };
export type AlertOutcome = Schemas["AlertOutcome"];

export interface AlertList extends List<Alert> {
  counts: Record<string, number>;
}

export interface AlertFilter {
  status?: string;
  severity?: string;
  assignee?: string;
  source?: string;
  q?: string;
  observable?: string;
  sort?: string;
  /** Times in UTC, and what came of it: see the dashboard. */
  receivedSince?: string;
  receivedUntil?: string;
  closedSince?: string;
  closedUntil?: string;
  closedBy?: string;
  reason?: string;
  taken?: string;
}

/** What is done to alerts: fields that change, or the case in which they go on. */
export interface AlertChange {
  fields?: { status?: "new" | "in_progress" | "closed"; reason?: string; note?: string; assignee?: string };
  case?: { case?: string; title?: string; comment?: string };
}

const id = encodeURIComponent;

export const alerts = {
  list: (filter: AlertFilter, cursor?: string, limit = 100) =>
    call<AlertList>("GET", `/alerts${query({ ...filter, cursor, limit })}`),
  get: (ref: string) => call<AlertDetail>("GET", `/alerts/${id(ref)}`),
  events: (ref: string) => call<List<AlertEvent>>("GET", `/alerts/${id(ref)}/events`),
  related: (ref: string) => call<List<Schemas["RelatedAlert"]>>("GET", `/alerts/${id(ref)}/related`),
  ofCase: (ref: string) => call<List<Alert>>("GET", `/cases/${id(ref)}/alerts`),
  rescore: (ref: string) => call<Alert>("POST", `/alerts/${id(ref)}/score`),
  bulk: (ids: readonly string[], change: AlertChange) =>
    call<{ items: AlertOutcome[] }>("POST", "/alerts/bulk", { body: { ids, ...change } }),
};

export const alertPages = (filter: AlertFilter) =>
  infiniteQueryOptions({
    queryKey: ["alerts", filter],
    queryFn: ({ pageParam }) => alerts.list(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
export const alertQuery = (ref: string) =>
  queryOptions({ queryKey: ["alert", ref], queryFn: () => alerts.get(ref) });
/** What hangs on an alert is asked anew with each of its revisions. */
export const alertEventsQuery = (ref: string, revision: number) =>
  queryOptions({ queryKey: ["alert-events", ref, revision], queryFn: () => alerts.events(ref) });
export const relatedAlertsQuery = (ref: string, revision: number) =>
  queryOptions({ queryKey: ["alert-related", ref, revision], queryFn: () => alerts.related(ref) });
export const caseAlertsQuery = (ref: string, revision: number) =>
  queryOptions({ queryKey: ["case-alerts", ref, revision], queryFn: () => alerts.ofCase(ref) });
