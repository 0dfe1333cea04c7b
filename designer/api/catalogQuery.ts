import { queryOptions } from "@tanstack/react-query";
import { Catalog } from "@/core/flow/catalog";
import { catalog } from "./client";

/** What flows can do: apart from the other queries, because the shell asks nothing of it. */
export const catalogQuery = queryOptions({
  queryKey: ["catalog"],
  queryFn: async () => new Catalog((await catalog.list()).items),
  staleTime: 60_000,
  structuralSharing: false,
});
