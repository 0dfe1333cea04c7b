import { usePermissions } from "@/api/permissions";
import type { Flow } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";
import { saveText } from "@/ui/download";
import { plainly } from "@/ui/Named";
import { useSession } from "./useSession";

/** Why what is drawn here can't be saved, where one may not; undefined where one may. */
export function useWhyUnsavable(): string | undefined {
  const mayEdit = useSession().attendance.store((s) => s.mayEdit);
  const { role, can } = usePermissions();
  if (mayEdit) return undefined;
  return can("flow.write")
    ? "Flows are drawn on a larger screen."
    : `Your role, ${role ?? "unknown"}, does not allow to save this draft.`;
}

/** Saves what is drawn here as a file. */
export function downloadDraft(flow: Flow): void {
  saveText(`${plainly(flow.name)}.flow.json`, encodeFlow(flow));
}
