import { MoreHorizontal } from "lucide-react";
import type { User } from "@/api/types";
import { IconButton } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { plainly } from "@/ui/Named";
import { Ago } from "@/ui/Time";
import type { UserAct } from "./ConfirmUserDialog";
import { ROLE_TEXT } from "./roles";
import { UserState } from "./UserState";

interface UserTableProps {
  users: User[];
  /** The id of whoever looks at it. */
  me: string | undefined;
  onAct: (what: "role" | "link" | UserAct, user: User) => void;
}

/** The users, each with what can be done to them. */
export function UserTable({ users, me, onAct }: UserTableProps) {
  return (
    <table className="table" aria-labelledby="users-title" data-testid="users">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">State</th>
          <th scope="col">Last seen</th>
          <th scope="col">Since</th>
          <th scope="col">
            <span className="hidden-text">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id} data-testid={`user-${user.name}`}>
            <td className="user-name">
              {plainly(user.name)} {user.id === me && <span className="badge">you</span>}
            </td>
            <td title={ROLE_TEXT[user.role]}>{user.role}</td>
            <td>
              <UserState user={user} />
            </td>
            <td>{user.lastSeenAt ? <Ago at={user.lastSeenAt} /> : <span className="muted">never</span>}</td>
            <td>
              <Ago at={user.createdAt} />
            </td>
            <td className="number">
              <Actions user={user} own={user.id === me} onAct={onAct} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Actions({ user, own, onAct }: { user: User; own: boolean; onAct: UserTableProps["onAct"] }) {
  const off = user.state === "disabled";
  const entry = (what: "role" | "link" | UserAct, label: string, disabled = false) => ({
    label,
    disabled,
    danger: what === "disable" || what === "remove",
    onSelect: () => onAct(what, user),
  });
  return (
    <Menu
      trigger={
        <IconButton label={`What to do with ${user.name}`}>
          <MoreHorizontal size={16} aria-hidden />
        </IconButton>
      }
      entries={[
        entry("role", "Change role…"),
        // One's own password is changed on the account page.
        entry("link", "New link…", own || off),
        "line",
        off ? entry("enable", "Enable…") : entry("disable", "Disable…", own),
        ...(user.lastSeenAt ? [] : [entry("remove", "Remove…")]),
      ]}
    />
  );
}
