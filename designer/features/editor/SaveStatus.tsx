import { CloudAlert, CloudCheck, CloudUpload } from "lucide-react";
import { Button } from "@/ui/Button";
import { useSaveState, useSession } from "./session";

/** Whether the draft is on the server, and a way to try again where it isn't. */
export function SaveStatus() {
  const session = useSession();
  const state = useSaveState();
  const shown = {
    saved: {
      icon: CloudCheck,
      text: session.readOnly ? "Read only" : `Saved · rev ${session.saver.revision}`,
    },
    unsaved: { icon: CloudUpload, text: "Not saved yet" },
    saving: { icon: CloudUpload, text: "Saving…" },
    away: { icon: CloudAlert, text: "Server away: kept in this browser" },
    refused: { icon: CloudAlert, text: "Could not be saved" },
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
      <Icon size={15} aria-hidden /> {shown.text}
      {(state.kind === "away" || state.kind === "refused") && (
        <Button small onClick={() => void session.saver.flush()}>
          Try again
        </Button>
      )}
    </span>
  );
}
