import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { usePermissions } from "@/api/permissions";
import { meQuery, usersQuery } from "@/api/queries";
import type { User } from "@/api/types";
import { Button } from "@/ui/Button";
import { Denied } from "@/ui/Denied";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { ChangeUserDialog } from "./ChangeUserDialog";
import { ConfirmUserDialog, type UserAct } from "./ConfirmUserDialog";
import { InviteDialog } from "./InviteDialog";
import { LinkDialog } from "./LinkDialog";
import { UserTable } from "./UserTable";

/** Who may log in, with which role; here they are invited, changed and shut out. */
export function UsersPage() {
  const { can, role } = usePermissions();
  if (!can("user.manage")) return <Denied what="see the users" role={role} />;
  return <Users />;
}

type Doing = { what: "role" | "link" | UserAct; user: User } | undefined;

function Users() {
  const users = useQuery(usersQuery);
  const me = useQuery(meQuery);
  const [inviting, setInviting] = useState(false);
  const [doing, setDoing] = useState<Doing>();
  // The words of a dialog stay while it goes.
  const [act, setAct] = useState<UserAct>("disable");
  const begin = (what: NonNullable<Doing>["what"], user: User) => {
    if (what !== "role" && what !== "link") setAct(what);
    setDoing({ what, user });
  };
  const done = () => setDoing(undefined);
  const of = (...whats: NonNullable<Doing>["what"][]) =>
    doing !== undefined && whats.includes(doing.what) ? doing.user : undefined;
  const items = users.data?.items;
  return (
    <section className="card" aria-labelledby="users-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="users-title">People</h2>
          <p className="muted">Who may log in. Whoever is invited chooses their own password.</p>
        </div>
        <Button look="primary" onClick={() => setInviting(true)} data-testid="invite">
          <UserPlus size={15} aria-hidden />
          Invite
        </Button>
      </div>
      {users.isPending && <SkeletonRows rows={3} />}
      {users.isError && (
        <div className="card-body">
          <ErrorView error={users.error}>
            <p>
              <Button small onClick={() => void users.refetch()}>
                Try again
              </Button>
            </p>
          </ErrorView>
        </div>
      )}
      {items !== undefined && items.length > 0 && <UserTable users={items} me={me.data?.id} onAct={begin} />}
      {/* Whoever asks by a token alone may be nobody's user. */}
      {items !== undefined && items.length < 2 && (
        <Empty
          icon={UserPlus}
          title="Nobody else yet"
          text="Invite whoever works with you, each with the least role that does. A second admin lets the first back in."
        >
          <Button onClick={() => setInviting(true)}>Invite</Button>
        </Empty>
      )}
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      <ChangeUserDialog user={of("role")} onClose={done} />
      <LinkDialog user={of("link")} onClose={done} />
      <ConfirmUserDialog act={act} user={of("disable", "enable", "remove")} onClose={done} />
    </section>
  );
}
