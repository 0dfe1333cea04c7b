import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";
import type { List } from "./types";

/** The calls of /api/v1/indicators, and their queries. */

type Schemas = components["schemas"];
export type Indicator = Schemas["Indicator"];
export type IndicatorSource = Schemas["IndicatorSource"];
export type IndicatorSighting = Schemas["IndicatorSighting"];
export type IndicatorMatch = Schemas["IndicatorMatch"];
export type IndicatorImport = Schemas["IndicatorImport"];
export type AllowEntry = Schemas["AllowEntry"];
export type IndicatorFields = Pick<
  Schemas["ChangeIndicatorBody"],
  | "families"
  | "actors"
  | "vulnerabilities"
  | "tags"
  | "relations"
  | "tlp"
  | "description"
  | "validUntil"
  | "source"
>;

export interface IndicatorChange extends IndicatorFields {
  /** A score of 0 without a reason goes back to the formula. */
  override?: { score: number; reason: string };
  /** An empty reason takes the mark away. */
  falsePositive?: string;
  dropSource?: string;
}

export interface IndicatorFilter {
  type?: string;
  minScore?: string;
  source?: string;
  family?: string;
  actor?: string;
  vulnerability?: string;
  tag?: string;
  q?: string;
}

export interface FileToImport {
  name: string;
  content: Blob;
  format: "stix" | "csv";
  source: string;
}

const id = encodeURIComponent;

export const intel = {
  list: (filter: IndicatorFilter & { sort?: string }, cursor?: string) =>
    call<List<Indicator>>("GET", `/indicators${query({ ...filter, cursor, limit: 50 })}`),
  add: (body: IndicatorFields & { type?: string; value: string }) =>
    call<Indicator>("POST", "/indicators", { body }),
  get: (ref: string) => call<Indicator>("GET", `/indicators/${id(ref)}`),
  /** What somebody changed since the revision is refused with 409, and nothing is changed. */
  change: (item: Indicator, body: IndicatorChange) =>
    call<Indicator>("PUT", `/indicators/${id(item.id)}`, {
      body,
      headers: { "If-Match": `"${item.revision}"` },
    }),
  remove: (ref: string) => call<void>("DELETE", `/indicators/${id(ref)}`),
  sightings: (ref: string, cursor?: string) =>
    call<List<IndicatorSighting>>("GET", `/indicators/${id(ref)}/sightings${query({ cursor, limit: 50 })}`),
  lookUp: (values: { type?: string; value: string }[]) =>
    call<List<IndicatorMatch>>("POST", "/indicators/lookup", { body: { values } }),
  /** Without apply it says what would happen, and nothing does. */
  import: (file: FileToImport, apply: boolean) =>
    call<IndicatorImport>(
      "POST",
      `/indicators/import/${file.format}${query({ apply: String(apply), source: file.source })}`,
      { bytes: { type: file.format === "csv" ? "text/csv" : "application/json", value: file.content } },
    ),
  exportAddress: (filter: IndicatorFilter, format: "stix" | "csv") =>
    `/api/v1/indicators/export${query({ ...filter, format })}`,
  allowList: () => call<List<AllowEntry>>("GET", "/indicators/allow-list"),
  allow: (body: { kind?: AllowEntry["kind"]; value: string; reason: string }) =>
    call<AllowEntry>("POST", "/indicators/allow-list", { body }),
  disallow: (ref: string) => call<void>("DELETE", `/indicators/allow-list/${id(ref)}`),
};

export const indicatorPages = (filter: IndicatorFilter & { sort?: string }) =>
  infiniteQueryOptions({
    queryKey: ["indicators", filter],
    queryFn: ({ pageParam }) => intel.list(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
export const indicatorQuery = (ref: string) =>
  queryOptions({ queryKey: ["indicator", ref], queryFn: () => intel.get(ref) });
export const sightingPages = (ref: string, revision: number) =>
  infiniteQueryOptions({
    queryKey: ["indicator-sightings", ref, revision],
    queryFn: ({ pageParam }) => intel.sightings(ref, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
export const allowListQuery = queryOptions({
  queryKey: ["indicator-allow-list"],
  queryFn: () => intel.allowList(),
});
/** What is known of values, asked anew with each revision of what they belong to. */
export const matchesQuery = (of: string, revision: number, values: { type?: string; value: string }[]) =>
  queryOptions({
    queryKey: ["indicator-matches", of, revision, values.length],
    queryFn: () => intel.lookUp(values),
    enabled: values.length > 0,
  });
