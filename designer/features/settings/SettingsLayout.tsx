import "./settings.css";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { meQuery } from "@/api/queries";

const PAGES = [
  { to: "/settings/profile", label: "Profile" },
  { to: "/settings/tokens", label: "API tokens", permission: "token.manage" },
  { to: "/settings/users", label: "Users", permission: "user.manage" },
  { to: "/settings/audit", label: "Audit", permission: "audit.read" },
] as const;

/** The settings, each on a page of its own. */
export function SettingsLayout() {
  const me = useQuery(meQuery);
  const may = (permission: string) => me.data?.permissions.includes(permission) ?? false;
  return (
    <>
      <header className="page-head">
        <h1>Settings</h1>
        <nav className="row settings-nav" aria-label="Settings">
          {PAGES.filter((p) => !("permission" in p) || may(p.permission)).map((p) => (
            <Link key={p.to} to={p.to} className="settings-link" activeProps={{ "aria-current": "page" }}>
              {p.label}
            </Link>
          ))}
        </nav>
      </header>
      <div className="page-body">
        <Outlet />
      </div>
    </>
  );
}
