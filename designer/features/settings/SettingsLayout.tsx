import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { KeyRound, type LucideIcon, ScrollText, User, Users, Vault } from "lucide-react";
import { usePermissions } from "@/api/permissions";
import "./settings.css";

interface Entry {
  to:
    | "/settings/profile"
    | "/settings/credentials"
    | "/settings/tokens"
    | "/settings/users"
    | "/settings/audit";
  label: string;
  icon: LucideIcon;
  permission?: string;
}

const ENTRIES: Entry[] = [
  { to: "/settings/profile", label: "Account", icon: User },
  { to: "/settings/credentials", label: "Credentials", icon: Vault, permission: "credential.read" },
  { to: "/settings/tokens", label: "API tokens", icon: KeyRound, permission: "token.manage" },
  { to: "/settings/users", label: "People", icon: Users, permission: "user.manage" },
  { to: "/settings/audit", label: "Audit log", icon: ScrollText, permission: "audit.read" },
];

/** The frame of the settings: which pages there are for this role. */
export function SettingsLayout() {
  const { can } = usePermissions();
  const here = useRouterState({ select: (s) => s.location.pathname });
  return (
    <>
      <header className="page-head">
        <h1>Settings</h1>
      </header>
      <div className="settings">
        <nav className="settings-nav" aria-label="Settings">
          {ENTRIES.filter((e) => e.permission === undefined || can(e.permission)).map((e) => (
            <Link key={e.to} to={e.to} {...(here === e.to ? { "aria-current": "page" as const } : {})}>
              <e.icon size={16} strokeWidth={1.75} aria-hidden />
              {e.label}
            </Link>
          ))}
        </nav>
        <div className="settings-page">
          <Outlet />
        </div>
      </div>
    </>
  );
}
