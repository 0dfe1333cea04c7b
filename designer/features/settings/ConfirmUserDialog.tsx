import { useMutation, useQueryClient } from "@tanstack/react-query";
import { admin } from "@/api/client";
import type { User } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { UserError, useUserBase } from "./UserError";

export type UserAct = "disable" | "enable" | "remove";

interface ConfirmUserDialogProps {
  act: UserAct;
  user: User | undefined;
  onClose: () => void;
}

const WORDS: Record<UserAct, { verb: string; text: string; done: string }> = {
  disable: {
    verb: "Disable",
    text: "They are logged out everywhere at once, and the API tokens that they made are refused. What they did keeps their name. They can be enabled again.",
    done: "disabled",
  },
  enable: {
    verb: "Enable",
    text: "They log in with the password that they had, and their API tokens work again. Whoever has no password needs a new link.",
    done: "enabled",
  },
  remove: {
    verb: "Remove",
    text: "They never logged in. Their link stops working, and the name is free again.",
    done: "removed",
  },
};

/** Asks before somebody is disabled, enabled or removed, and says what that ends. */
export function ConfirmUserDialog({ act, user, onClose }: ConfirmUserDialogProps) {
  const queries = useQueryClient();
  const base = useUserBase(user);
  const { verb, text, done } = WORDS[act];
  const perform = useMutation<unknown, Error, User>({
    mutationFn: (u) =>
      act === "remove"
        ? admin.removeUser(u.id)
        : admin.changeUser(u.id, base.revision, { role: u.role, disabled: act === "disable" }),
    async onSuccess(_, u) {
      toast("ok", `“${u.name}” is ${done}`);
      close();
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    onError: base.learn,
  });
  const close = () => {
    onClose();
    perform.reset();
  };
  return (
    <Dialog
      open={user !== undefined}
      onClose={close}
      title={`${verb} “${user?.name ?? ""}”?`}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            look={act === "enable" ? "primary" : "danger-full"}
            busy={perform.isPending}
            onClick={() => user !== undefined && perform.mutate(user)}
          >
            {verb} {plainly(user?.name ?? "")}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      <UserError error={perform.error} />
    </Dialog>
  );
}
