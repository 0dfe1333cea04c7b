import { CloudAlert, CloudCheck, CloudUpload } from "lucide-react";
import { useEffect } from "react";
import { usePermissions } from "@/api/permissions";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useKeepCopy } from "./Gone";
import { useWhyUnsavable } from "./rights";
import { isGone } from "./saver";
import { useSaveState, useSession } from "./useSession";

/** Whether the draft is on the server, and a way to try again where it isn't. */
export function SaveStatus() {
  const session = useSession();
  const state = useSaveState();
  const { loses } = session.saver;
  const waits = state.kind === "away" || state.kind === "refused" || state.kind === "conflict";
  useEffect(() => {
    if (waits && loses)
      toast("fail", "This browser keeps no copy of your changes. Keep this tab open until they are saved.");
  }, [waits, loses]);
  const gone = isGone(state);
  const why = useWhyUnsavable();
  const copy = useKeepCopy();
  const { can } = usePermissions();
  const shown = {
    saved: {
      icon: CloudCheck,
      text: session.readOnly ? "Read only" : `Saved · rev ${session.saver.revision}`,
    },
    unsaved: { icon: CloudUpload, text: "Not saved yet" },
    saving: { icon: CloudUpload, text: "Saving…" },
    away: { icon: CloudAlert, text: `Server away: kept in this ${loses ? "tab only" : "browser"}` },
    refused: {
      icon: CloudAlert,
      text: gone ? "Deleted elsewhere" : why ? "Not saved: read only" : "Could not be saved",
    },
    conflict: { icon: CloudAlert, text: "Changed elsewhere" },
  }[state.kind];
  const Icon = shown.icon;
  return (
    <span
      className="save-status"
      data-testid="save-state"
      data-state={state.kind}
      role="status"
      title={"message" in state ? state.message : undefined}
    >
      <Icon size={15} aria-hidden /> <span className={waits ? "" : "roomy"}>{shown.text}</span>
      {(state.kind === "away" || state.kind === "refused") && !gone && !why && (
        <Button small onClick={() => void session.saver.flush()}>
          Try again
        </Button>
      )}
      {gone && can("flow.write") && (
        <Button small busy={copy.isPending} onClick={() => copy.mutate()} data-testid="keep-copy">
          Keep as a new flow
        </Button>
      )}
      {state.kind === "conflict" && (
        <Button small onClick={() => void session.merge()}>
          Merge…
        </Button>
      )}
    </span>
  );
}
