import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";
import type { List } from "./types";

/** The calls of /api/v1/assets and /findings, and their queries. */

type Schemas = components["schemas"];
export type Asset = Schemas["Asset"];
export type Finding = Schemas["Finding"];
export type ExposedAsset = Schemas["ExposedAsset"];
export type ImportedAssets = Schemas["ImportedAssets"];
export type GivenAsset = Schemas["GivenAsset"];

const id = encodeURIComponent;

export const assets = {
  list: (filter: { q?: string; exploited?: string }, cursor?: string) =>
    call<List<Asset>>("GET", `/assets${query({ ...filter, cursor, limit: 50 })}`),
  put: (asset: GivenAsset) => call<List<Asset>>("POST", "/assets", { body: { assets: [asset] } }),
  importFile: (what: "assets" | "findings", text: string, plan: boolean) =>
    call<ImportedAssets>("POST", `/assets/import${query({ what, plan: plan ? "true" : "" })}`, {
      bytes: { type: "text/csv", value: new Blob([text]) },
    }),
  findings: (asset: string, cursor?: string) =>
    call<List<Finding>>("GET", `/findings${query({ asset, cursor, limit: 100 })}`),
  exposure: (ref: string) => call<List<ExposedAsset>>("GET", `/cases/${id(ref)}/exposure`),
};

export const assetPages = (filter: { q?: string; exploited?: string }) =>
  infiniteQueryOptions({
    queryKey: ["assets", filter],
    queryFn: ({ pageParam }) => assets.list(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
export const findingsQuery = (asset: string) =>
  queryOptions({ queryKey: ["findings", asset], queryFn: () => assets.findings(asset) });
export const exposureQuery = (ref: string, revision: number) =>
  queryOptions({ queryKey: ["case-exposure", ref, revision], queryFn: () => assets.exposure(ref) });
