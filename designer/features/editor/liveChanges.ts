import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { versionQuery } from "@/api/queries";
import { compareFlows, type FlowChange } from "@/core/flow/compare";
import { useFlow, useSession } from "./useSession";

/** How the draft differs from what is live; undefined where nothing is, or as long as that is not known. */
export function useLiveChanges(): FlowChange[] | undefined {
  const session = useSession();
  const version = session.document((s) => s.version);
  // A comparison may lag behind a moment: typing must not wait for it.
  const flow = useDeferredValue(useFlow());
  const live = useQuery({ ...versionQuery(session.id, version), enabled: version > 0 });
  return useMemo(
    () => (version === 0 || live.data === undefined ? undefined : compareFlows(live.data.flow, flow)),
    [version, live.data, flow],
  );
}
