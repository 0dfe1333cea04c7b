import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Alert, type AlertChange, type AlertOutcome, alerts } from "@/api/alerts";
import { plural } from "@/ui/format";
import { toast } from "@/ui/Toasts";

/** How many alerts one request changes. */
const AT_ONCE = 200;

/** What became of some alerts: said where all went well, and kept for a list where one did not. */
export interface Failed {
  done: number;
  list: { number: number; title: string; error: string }[];
}

/** Does the same to some alerts, and says of each what came of it. */
export function useTriage() {
  const queries = useQueryClient();
  const [failed, setFailed] = useState<Failed>();
  const triage = useMutation({
    mutationFn: async ({ items, change }: { items: readonly Alert[]; change: AlertChange; did: string }) => {
      const out: AlertOutcome[] = [];
      for (let i = 0; i < items.length; i += AT_ONCE) {
        const ids = items.slice(i, i + AT_ONCE).map((a) => a.id);
        out.push(...(await alerts.bulk(ids, change)).items);
      }
      return out;
    },
    onSuccess: (out, { items, did }) => {
      void queries.invalidateQueries({ queryKey: ["alerts"] });
      void queries.invalidateQueries({ queryKey: ["alert"] });
      const done = out.filter((o) => o.ok).length;
      if (done === out.length) toast("ok", `${did} ${plural(done, "alert")}`);
      else
        setFailed({
          done,
          list: out.flatMap((o) => {
            const item = items.find((a) => a.id === o.id);
            return o.ok
              ? []
              : [{ number: item?.number ?? 0, title: item?.title ?? o.id, error: o.error ?? "" }];
          }),
        });
    },
    onError: (error) => toast("fail", error.message),
  });
  return { triage, failed, forget: () => setFailed(undefined) };
}
