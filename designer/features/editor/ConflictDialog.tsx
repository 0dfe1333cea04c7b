import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { flows } from "@/api/client";
import type { ConflictDetail } from "@/api/types";
import { compareFlows } from "@/core/flow/compare";
import { Button } from "@/ui/Button";
import { Changes } from "@/ui/Changes";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { agoText } from "@/ui/format";
import { toast } from "@/ui/Toasts";
import { useFlow, useSaveState, useSession } from "./session";

/** Somebody else saved this draft meanwhile: both are shown, and none is lost by a choice. */
export function ConflictDialog() {
  const state = useSaveState();
  return state.kind === "conflict" ? <Conflict theirs={state.theirs} /> : null;
}

function Conflict({ theirs }: { theirs: ConflictDetail }) {
  const session = useSession();
  const navigate = useNavigate();
  const mine = useFlow();
  const read = useQuery({
    queryKey: ["conflict", session.id, theirs.current],
    queryFn: async () => theirs.flow ?? (await flows.get(session.id)).flow,
  });
  const keep = useMutation({
    mutationFn: () => session.saver.keepMine(session.flow),
    onSuccess: () => toast("ok", "Yours is saved. The other one is in nobody's way any more."),
  });
  const copy = useMutation({
    async mutationFn() {
      const { id: _, ...rest } = session.flow;
      return flows.create({ ...rest, name: `${rest.name} (copy)` });
    },
    async onSuccess({ id }) {
      if (read.data) session.replace(read.data, theirs.current, "Take the other draft");
      toast("ok", "Yours is a flow of its own now.");
      await navigate({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
  const take = () => {
    if (!read.data) return;
    session.replace(read.data, theirs.current, "Take the other draft");
    toast("info", "Took the other draft; undo brings yours back.", {
      label: "Undo",
      run: () => void session.undo(),
    });
  };
  const failed = keep.error ?? copy.error ?? read.error;
  return (
    <Dialog
      open
      // It has no way out but a choice: closed without one, edits could not be saved.
      wide
      title="This draft was changed elsewhere"
      description={`${theirs.updatedBy ?? "Somebody"} saved it ${agoText(theirs.updatedAt) || "meanwhile"}. Nothing is lost: choose what to do with yours.`}
      footer={
        <>
          <Button onClick={take} disabled={read.data === undefined} data-testid="conflict-theirs">
            Take theirs
          </Button>
          <Button
            look="danger"
            onClick={() => keep.mutate()}
            busy={keep.isPending}
            data-testid="conflict-mine"
          >
            Save mine over theirs
          </Button>
          <Button
            look="primary"
            onClick={() => copy.mutate()}
            busy={copy.isPending}
            data-testid="conflict-copy"
          >
            Keep mine as a new flow
          </Button>
        </>
      }
    >
      {failed && <ErrorView error={failed} />}
      <h3>What yours changes against theirs</h3>
      {read.data !== undefined && (
        <Changes
          changes={compareFlows(read.data, mine)}
          none="Both are the same."
          before="Theirs"
          after="Mine"
        />
      )}
    </Dialog>
  );
}
