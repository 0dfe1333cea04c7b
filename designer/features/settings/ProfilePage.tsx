import { useMutation, useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { session } from "@/api/client";
import { dropSynced } from "@/api/localDrafts";
import { meQuery } from "@/api/queries";
import type { Me } from "@/api/types";
import { Button } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Segments } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { type Density, type ThemeChoice, useTheme } from "@/ui/theme";
import { PasswordCard } from "./PasswordCard";
import { permissionText, ROLE_TEXT } from "./roles";
import { SessionsCard } from "./SessionsCard";

const DENSITIES: { value: Density; label: string }[] = [
  { value: "comfortable", label: "Comfortable" },
  { value: "dense", label: "Dense" },
];
const THEMES: { value: ThemeChoice; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "As the system" },
];

/** One's own account: who one is, one's password and sessions, and how the pages look. */
export function ProfilePage() {
  const me = useQuery(meQuery);
  return (
    <>
      <section className="card" aria-labelledby="profile-title">
        <div className="card-head">
          <h2 id="profile-title" className="grow">
            Account
          </h2>
          <LogOutButton />
        </div>
        <div className="card-body">
          {me.isPending && <SkeletonRows rows={3} height={34} />}
          {me.isError && <ErrorView error={me.error} />}
          {me.data !== undefined && <Person me={me.data} />}
        </div>
      </section>
      {me.data !== undefined && <PasswordCard name={me.data.name} />}
      <SessionsCard />
      <Appearance />
    </>
  );
}

function Person({ me }: { me: Me }) {
  return (
    <dl className="profile-rows">
      <dt>Name</dt>
      <dd>{plainly(me.name)}</dd>
      <dt>Role</dt>
      <dd>
        {me.role} <span className="muted">· {ROLE_TEXT[me.role]}</span>
      </dd>
      <dt>You may</dt>
      <dd>
        <ul className="profile-may">
          {me.permissions.map((p) => (
            <li key={p} className="badge" title={p}>
              {permissionText(p)}
            </li>
          ))}
        </ul>
      </dd>
    </dl>
  );
}

function Appearance() {
  const { choice, choose, density, space } = useTheme();
  return (
    <section className="card card-flat" aria-labelledby="appearance-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="appearance-title">Appearance</h2>
          <p className="muted">Kept in this browser, for this browser alone.</p>
        </div>
        <Segments label="Theme" value={choice} options={THEMES} onChange={choose} />
        <Segments label="Density" value={density} options={DENSITIES} onChange={space} />
      </div>
    </section>
  );
}

function LogOutButton() {
  const logout = useMutation({
    mutationFn: () => session.logout(),
    // A whole new page: nothing that was loaded for this user stays in memory, sockets included.
    onSuccess() {
      dropSynced();
      window.location.assign("/login");
    },
  });
  return (
    <>
      {logout.isError && <span className="field-error">{logout.error.message}</span>}
      <Button onClick={() => logout.mutate()} busy={logout.isPending} data-testid="logout">
        <LogOut size={15} aria-hidden />
        Log out
      </Button>
    </>
  );
}
