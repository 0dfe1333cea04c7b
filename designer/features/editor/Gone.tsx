import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { usePermissions } from "@/api/permissions";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { toast } from "@/ui/Toasts";
import { copyFlow } from "./copying";
import { downloadDraft } from "./rights";
import { isGone } from "./saver";
import { useSaveState, useSession } from "./useSession";

/** Tells at once that the flow is gone, and what can be done with what is drawn here. */
export function GoneDialog() {
  const session = useSession();
  const gone = isGone(useSaveState());
  const [heard, setHeard] = useState(false);
  const { can } = usePermissions();
  const copy = useKeepCopy();
  const { dirty, loses } = session.saver;
  const left = dirty
    ? `What you see is all of it, and is kept in this ${loses ? "tab" : "browser"} until you leave.`
    : "It can be read here until you leave.";
  return (
    <Dialog
      open={gone && !heard}
      onClose={() => setHeard(true)}
      title="This flow was deleted"
      description={`Somebody deleted it while it was open here. ${left}`}
      footer={
        <>
          <Button onClick={() => setHeard(true)}>Not now</Button>
          <span className="grow" />
          <Button onClick={() => downloadDraft(session.flow)}>
            <Download size={15} aria-hidden /> Download
          </Button>
          {can("flow.write") && (
            <Button look="primary" busy={copy.isPending} onClick={() => copy.mutate()}>
              Keep as a new flow
            </Button>
          )}
        </>
      }
    >
      <p>
        Its runs stay readable.
        {can("flow.write") &&
          " A new flow takes the samples and pinned outputs along. It has its own hook addresses and versions: publish it, and give whoever sends events the new address."}
      </p>
    </Dialog>
  );
}

/** Makes a flow of its own of what is drawn here, where the one that it was is gone, and opens it. */
export function useKeepCopy() {
  const session = useSession();
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn() {
      const id = await copyFlow(queries, { id: session.id, saved: session.saver.base }, session.flow);
      // Nothing waits to be saved any more: leaving loses nothing.
      session.saver.forget();
      await go({ to: "/flows/$id", params: { id }, search: {} });
    },
    onError: (error) => toast("fail", error.message),
  });
}
