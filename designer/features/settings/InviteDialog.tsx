import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { admin } from "@/api/client";
import { fieldError } from "@/api/http";
import type { Role } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DoneButton } from "@/ui/DoneButton";
import { ErrorView } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { InvitationView } from "./InvitationView";
import { RoleField } from "./RoleField";

interface InviteDialogProps {
  open: boolean;
  onClose: () => void;
}

/** Invites somebody, then shows their link once: they choose a password by it. */
export function InviteDialog({ open, onClose }: InviteDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const invite = useMutation({
    mutationFn: () => admin.invite(name.trim(), role),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
  const { reset } = invite;
  // Emptied when it opens, not when it closes: a form that comes back for the last moment would take the focus.
  useEffect(() => {
    if (!open) return;
    reset();
    setName("");
    setRole("viewer");
  }, [open, reset]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "" && !invite.isPending) invite.mutate();
  };
  const nameError = fieldError(invite.error, "/name");
  const made = invite.data;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={made === undefined ? "Invite somebody" : "Copy the link now"}
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              form={form}
              look="primary"
              busy={invite.isPending}
              disabled={name.trim() === ""}
            >
              {invite.isPending ? "Inviting…" : "Invite"}
            </Button>
          </>
        ) : (
          <DoneButton onClick={onClose} />
        )
      }
    >
      {made === undefined ? (
        <form id={form} onSubmit={submit} className="settings-page">
          {invite.isError && nameError === undefined && <ErrorView error={invite.error} />}
          <TextField
            label="Name"
            hint="They log in with it, and the audit log names them so. Letters, digits and . - _ @ + '; no blanks."
            error={nameError}
            value={name}
            onChange={(e) => {
              setName(e.target.value);
              // What was said is about the name of before.
              if (invite.isError) reset();
            }}
            maxLength={64}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
          />
          <RoleField value={role} onChange={setRole} />
        </form>
      ) : (
        <InvitationView made={made} />
      )}
    </Dialog>
  );
}
