import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { admin } from "@/api/client";
import { ROLES, type Role, type User } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { toast } from "@/ui/Toasts";
import { RoleField } from "./RoleField";
import { UserError, useUserBase } from "./UserError";

interface ChangeUserDialogProps {
  user: User | undefined;
  onClose: () => void;
}

/** Gives a user another role. */
export function ChangeUserDialog({ user, onClose }: ChangeUserDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const [role, setRole] = useState<Role>("viewer");
  const base = useUserBase(user);
  const change = useMutation({
    mutationFn: (u: User) =>
      admin.changeUser(u.id, base.revision, { role, disabled: u.state === "disabled" }),
    async onSuccess(now) {
      toast("ok", `“${now.name}” is ${now.role} now`);
      onClose();
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["users"] }),
        queries.invalidateQueries({ queryKey: ["me"] }),
      ]);
    },
    onError: base.learn,
  });
  const { reset } = change;
  // biome-ignore lint/correctness/useExhaustiveDependencies: when it opens, not when the list is read anew
  useEffect(() => {
    if (user === undefined) return;
    reset();
    setRole(user.role);
  }, [user?.id, reset]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user !== undefined && role !== user.role && !change.isPending) change.mutate(user);
  };
  const less = user !== undefined && ROLES.indexOf(role) < ROLES.indexOf(user.role);
  return (
    <Dialog
      open={user !== undefined}
      onClose={onClose}
      title={`The role of “${user?.name ?? ""}”`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            busy={change.isPending}
            disabled={role === user?.role}
          >
            {change.isPending ? "Changing…" : "Change role"}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="settings-page">
        <UserError error={change.error} />
        <RoleField value={role} onChange={setRole} />
        <p className="muted" role="status">
          {less
            ? "They may do less than before: they are logged out, and their API tokens do no more than the new role."
            : ""}
        </p>
      </form>
    </Dialog>
  );
}
