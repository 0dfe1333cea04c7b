import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { live } from "./live";

/** How long what came is waited for to be read together, in milliseconds: sources send in bursts. */
const TOGETHER = 500;

/** Reads the queue and the alert that is looked at anew whenever any alert changes. */
export function useLiveAlerts(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let revision = -1;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      timer = undefined;
      void queries.invalidateQueries({ queryKey: ["alerts"] });
      void queries.invalidateQueries({ queryKey: ["alert"] });
    };
    const stop = live.follow("alerts", {
      since: () => 0,
      onSnapshot(_, seq) {
        if (revision >= 0 && seq !== revision) timer ??= setTimeout(read, TOGETHER);
        revision = seq;
      },
      onEvent() {},
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [queries]);
}
