import { useQuery } from "@tanstack/react-query";
import { usePermissions } from "@/api/permissions";
import { meQuery, usersQuery } from "@/api/queries";
import { Denied } from "@/ui/Denied";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Ago } from "@/ui/Time";
import { ROLE_TEXT } from "./roles";

/** Who may log in, with which role. */
export function UsersPage() {
  const { can, role } = usePermissions();
  if (!can("user.manage")) return <Denied what="see the users" role={role} />;
  return <Users />;
}

function Users() {
  const users = useQuery(usersQuery);
  const me = useQuery(meQuery);
  return (
    <section className="card" aria-labelledby="users-title">
      <div className="card-head">
        <h2 id="users-title">Users</h2>
      </div>
      {users.isPending && <SkeletonRows rows={3} />}
      {users.isError && (
        <div className="card-body">
          <ErrorView error={users.error} />
        </div>
      )}
      {users.data !== undefined && (
        <table className="table" aria-labelledby="users-title">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {users.data.items.map((user) => (
              <tr key={user.id}>
                <td>
                  {user.name} {user.id === me.data?.id && <span className="badge">you</span>}
                </td>
                <td title={ROLE_TEXT[user.role]}>{user.role}</td>
                <td>
                  <Ago at={user.createdAt} />
                </td>
                <td>
                  <Ago at={user.lastSeenAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
