import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { account } from "@/api/client";
import { sessionsQuery } from "@/api/queries";
import type { SessionRow } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Ago } from "@/ui/Time";
import { toast } from "@/ui/Toasts";
import { agentText } from "./agent";

/** Where one is logged in; each can be ended from here. */
export function SessionsCard() {
  const queries = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: (one: SessionRow | undefined) =>
      one === undefined ? account.endOthers() : account.endSession(one.id),
    async onSuccess(_, one) {
      toast("ok", one === undefined ? "Your other sessions have ended" : "The session has ended");
      await queries.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  // This one stands first, where one looks for it.
  const items = (sessions.data?.items ?? []).toSorted((a, b) => Number(b.current) - Number(a.current));
  return (
    <section className="card" aria-labelledby="sessions-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="sessions-title">Sessions</h2>
          <p className="muted">
            Where you are logged in. One that you don't know? End it, and change your password.
          </p>
        </div>
        {items.length > 1 && (
          <Button onClick={() => end.mutate(undefined)} busy={end.isPending}>
            End all others
          </Button>
        )}
      </div>
      {sessions.isPending && <SkeletonRows rows={2} />}
      {(sessions.isError || end.isError) && (
        <div className="card-body">
          <ErrorView error={sessions.error ?? end.error} />
        </div>
      )}
      {items.length > 0 && (
        <SessionTable items={items} busy={end.isPending} onEnd={(one) => end.mutate(one)} />
      )}
    </section>
  );
}

interface TableProps {
  items: SessionRow[];
  busy: boolean;
  onEnd: (session: SessionRow) => void;
}

function SessionTable({ items, busy, onEnd }: TableProps) {
  return (
    <table className="table" aria-labelledby="sessions-title" data-testid="sessions">
      <thead>
        <tr>
          <th scope="col">Browser</th>
          <th scope="col">From</th>
          <th scope="col">Logged in</th>
          <th scope="col">Last seen</th>
          <th scope="col">
            <span className="hidden-text">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id}>
            <td title={one.agent}>
              {agentText(one.agent)} {one.current && <span className="badge badge-accent">this one</span>}
            </td>
            <td>
              <code>{one.address || "—"}</code>
            </td>
            <td>
              <Ago at={one.createdAt} />
            </td>
            <td>
              <Ago at={one.lastSeenAt} />
            </td>
            <td className="number">
              {!one.current && (
                <Button
                  small
                  look="danger"
                  busy={busy}
                  onClick={() => onEnd(one)}
                  aria-label={`End the session of ${agentText(one.agent)} from ${one.address}`}
                >
                  End
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
