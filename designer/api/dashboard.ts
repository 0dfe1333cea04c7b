import { queryOptions } from "@tanstack/react-query";
import { query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";

/** The call of /api/v1/dashboard, and its query. */

type Schemas = components["schemas"];
export type Dashboard = Schemas["DashboardView"];
export type DashboardRuns = Schemas["DashboardRuns"];
export type DashboardTimes = Schemas["DashboardTimes"];
export type DashboardClosures = Schemas["DashboardClosures"];
export type Period = Dashboard["period"];

export const PERIODS: readonly { value: Period; label: string }[] = [
  { value: "24h", label: "24 hours" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "90d", label: "90 days" },
];

/** Read again each minute: what it tells moves with what runs. */
const AGAIN_MS = 60_000;

export const dashboardQuery = (filter: { period: Period; flow?: string }) =>
  queryOptions({
    queryKey: ["dashboard", filter],
    queryFn: () => call<Dashboard>("GET", `/dashboard${query({ ...filter })}`),
    refetchInterval: AGAIN_MS,
  });
