import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { live } from "./live";

/** Reads the inbox anew whenever a question was asked or closed, anywhere. */
export function useInbox(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let revision = -1;
    return live.follow("inbox", {
      since: () => 0,
      onSnapshot(_, seq) {
        if (revision >= 0 && seq !== revision) void queries.invalidateQueries({ queryKey: ["questions"] });
        revision = seq;
      },
      onEvent() {},
    });
  }, [queries]);
}
