import { useMutation, useQueryClient } from "@tanstack/react-query";
import { admin } from "@/api/client";
import type { Token } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { toast } from "@/ui/Toasts";

/** Asks before a token is revoked: what uses it stops working at once. */
export function RevokeDialog({ token, onClose }: { token: Token | undefined; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => admin.deleteToken(id),
    async onSuccess() {
      toast("ok", `“${token?.name}” is revoked`);
      close();
      await queries.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
  const close = () => {
    revoke.reset();
    onClose();
  };
  return (
    <Dialog
      open={token !== undefined}
      onClose={close}
      title={`Revoke “${token?.name ?? ""}”?`}
      footer={
        <>
          <Button onClick={close}>Keep it</Button>
          <Button
            look="danger-full"
            busy={revoke.isPending}
            onClick={() => token !== undefined && revoke.mutate(token.id)}
          >
            Revoke token
          </Button>
        </>
      }
    >
      <p>Whatever uses this token is refused from now on. This can't be undone; a new token can be made.</p>
      {revoke.isError && <ErrorView error={revoke.error} />}
    </Dialog>
  );
}
