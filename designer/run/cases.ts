import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Case, caseQuery } from "@/api/cases";
import { live } from "./live";

/** Shows what anybody makes of a case; addresses name it by its id or its number. */
export function useLiveCase(id: string, ref: string): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      live.follow(`case/${id}`, {
        since: () => 0,
        onSnapshot(snapshot) {
          queries.setQueryData(caseQuery(ref).queryKey, (before) => {
            const now = snapshot.case as Case;
            return before !== undefined && before.revision > now.revision ? before : now;
          });
        },
        onEvent() {},
      }),
    [queries, id, ref],
  );
}

/** Reads lists of cases anew whenever any case changes. */
export function useLiveCases(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let revision = -1;
    return live.follow("cases", {
      since: () => 0,
      onSnapshot(_, seq) {
        if (revision >= 0 && seq !== revision) void queries.invalidateQueries({ queryKey: ["cases"] });
        revision = seq;
      },
      onEvent() {},
    });
  }, [queries]);
}
