import { useMutation, useQueryClient } from "@tanstack/react-query";
import { admin } from "@/api/client";
import type { User } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DoneButton } from "@/ui/DoneButton";
import { InvitationView } from "./InvitationView";
import { UserError, useUserBase } from "./UserError";

interface LinkDialogProps {
  user: User | undefined;
  onClose: () => void;
}

/** Gives somebody a new link, and says first what ends by it. */
export function LinkDialog({ user, onClose }: LinkDialogProps) {
  const queries = useQueryClient();
  const base = useUserBase(user);
  const link = useMutation({
    mutationFn: (u: User) => admin.linkUser(u.id, base.revision),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["users"] }),
    onError: base.learn,
  });
  const made = link.data;
  const close = () => {
    onClose();
    link.reset();
  };
  return (
    <Dialog
      open={user !== undefined}
      onClose={close}
      title={made === undefined ? `A new link for “${user?.name ?? ""}”?` : "Copy the link now"}
      footer={
        made === undefined ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button
              look={user?.state === "invited" ? "primary" : "danger-full"}
              busy={link.isPending}
              onClick={() => user !== undefined && link.mutate(user)}
            >
              {link.isPending ? "Making…" : "Make the link"}
            </Button>
          </>
        ) : (
          <DoneButton onClick={close} />
        )
      }
    >
      {made === undefined ? (
        <>
          <p>
            {user?.state === "invited"
              ? "The link that they were sent before stops working."
              : "Their password stops working now and they are logged out everywhere, so that whoever else knows it is out too. They choose a new one by the link. Their API tokens go on working."}
          </p>
          <UserError error={link.error} />
        </>
      ) : (
        <InvitationView made={made} />
      )}
    </Dialog>
  );
}
