import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { admin } from "@/api/client";
import type { Role } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { DoneButton } from "@/ui/DoneButton";
import { ErrorView } from "@/ui/Feedback";
import { TextField } from "@/ui/Fields";
import { Once } from "@/ui/Once";
import { RoleField } from "./RoleField";

interface NewTokenDialogProps {
  open: boolean;
  onClose: () => void;
}

/** Makes a token, then shows it once: the server keeps only its hash. */
export function NewTokenDialog({ open, onClose }: NewTokenDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const create = useMutation({
    mutationFn: () => admin.createToken(name.trim(), role),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const { reset } = create;
  // Emptied when it opens, not when it closes: a form that comes back for the last moment would take the focus.
  useEffect(() => {
    if (!open) return;
    reset();
    setName("");
    setRole("viewer");
  }, [open, reset]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "" && !create.isPending) create.mutate();
  };
  const made = create.data?.token;
  // One dialog for both steps: the focus then returns to the button that opened it.
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={made === undefined ? "New API token" : "Copy the token now"}
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              form={form}
              look="primary"
              busy={create.isPending}
              disabled={name.trim() === ""}
            >
              {create.isPending ? "Making…" : "Make token"}
            </Button>
          </>
        ) : (
          <DoneButton onClick={onClose} />
        )
      }
    >
      {made === undefined ? (
        <form id={form} onSubmit={submit} className="settings-page">
          {create.isError && <ErrorView error={create.error} />}
          <TextField
            label="Name"
            hint="What will use it, such as the system that reports mails."
            value={name}
            onChange={(e) => setName(e.target.value)}
            maxLength={100}
            autoComplete="off"
            autoFocus
            required
          />
          <RoleField value={role} onChange={setRole} />
        </form>
      ) : (
        <Once
          value={made}
          what="token"
          testid="fresh-token"
          warning="It is shown this once. Whoever has it can do what its role allows."
        />
      )}
    </Dialog>
  );
}
