import { queryOptions } from "@tanstack/react-query";
import { ifMatch, query } from "./client";
import { call } from "./http";
import type { components } from "./schema.gen";

/** The calls of /api/v1/views: what lists are picked and ordered by, under names. */

type Schemas = components["schemas"];
export type View = Schemas["View"];
export type ViewedList = View["list"];
export type ViewInput = Pick<View, "name" | "shared" | "filter">;

const id = encodeURIComponent;

export const views = {
  list: (list: ViewedList) => call<Schemas["Views"]>("GET", `/views${query({ list })}`),
  make: (list: ViewedList, body: ViewInput) => call<View>("POST", "/views", { body: { list, ...body } }),
  /** One that somebody changed since the revision is refused with 409, and nothing is changed. */
  change: (view: string, revision: number, body: ViewInput) =>
    call<View>("PUT", `/views/${id(view)}`, { body, headers: ifMatch(revision) }),
  remove: (view: string) => call<void>("DELETE", `/views/${id(view)}`),
  /** An empty view begins the list as it is. */
  begin: (list: ViewedList, view: string) => call<void>("PUT", "/views-default", { body: { list, view } }),
};

export const viewsQuery = (list: ViewedList) =>
  queryOptions({ queryKey: ["views", list], queryFn: () => views.list(list) });
