import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import {
  BriefcaseBusiness,
  Castle,
  CircleHelp,
  FileDown,
  HardDrive,
  History,
  Inbox,
  LayoutDashboard,
  type LucideIcon,
  Plug,
  Radar,
  ReceiptText,
  Search,
  Settings,
  Siren,
  Workflow,
} from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { meQuery, openQuestionsQuery } from "@/api/queries";
import { useStartTour } from "@/api/tour";
import { useInbox } from "@/run/inbox";
import { Button } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { ErrorView } from "@/ui/Feedback";
import { useTheme } from "@/ui/theme";

/** Most never look at it: it comes when it is asked for. */
const Shortcuts = lazy(() => import("./Shortcuts").then((m) => ({ default: m.Shortcuts })));
const loadMenu = () => import("./CommandMenu");
const CommandMenu = lazy(() => loadMenu().then((m) => ({ default: m.CommandMenu })));

interface Entry {
  to:
    | "/flows"
    | "/dashboard"
    | "/alerts"
    | "/inventory"
    | "/cases"
    | "/intelligence"
    | "/runs"
    | "/receipts"
    | "/inbox"
    | "/connectors"
    | "/import"
    | "/help"
    | "/settings";
  label: string;
  icon: LucideIcon;
  permission?: string;
}

const ENTRIES: Entry[] = [
  { to: "/flows", label: "Flows", icon: Workflow },
  { to: "/dashboard", label: "Dashboard", icon: LayoutDashboard },
  { to: "/alerts", label: "Alerts", icon: Siren, permission: "case.read" },
  { to: "/cases", label: "Cases", icon: BriefcaseBusiness, permission: "case.read" },
  { to: "/intelligence", label: "Intelligence", icon: Radar, permission: "intel.read" },
  { to: "/inventory", label: "Assets", icon: HardDrive, permission: "case.read" },
  { to: "/runs", label: "Runs", icon: History },
  { to: "/inbox", label: "Inbox", icon: Inbox },
  { to: "/receipts", label: "Receipts", icon: ReceiptText },
  { to: "/connectors", label: "Connectors", icon: Plug, permission: "connector.read" },
  { to: "/import", label: "Import", icon: FileDown, permission: "import" },
];
const HELP: Entry = { to: "/help", label: "Help", icon: CircleHelp };
const SETTINGS: Entry = { to: "/settings", label: "Settings", icon: Settings };

/** The frame around every page behind the log-in: the rail at the left. */
export function Shell() {
  const me = useQuery(meQuery);
  const page = usePageFocus();
  const [keys, setKeys] = useState(false);
  const [menu, setMenu] = useState(false);
  useLookCommands();
  useTourCommand(me.data?.permissions.includes("flow.write") ?? false);
  useQuestionMark(() => setKeys(true));
  useMenuKey(() => setMenu((open) => !open));
  const allowed = (e: Entry) =>
    e.permission === undefined || (me.data?.permissions.includes(e.permission) ?? true);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <nav className="rail" aria-label="Main">
        <Link to="/flows" className="rail-logo" aria-label="Drawbridge, all flows">
          <Castle size={22} strokeWidth={1.75} aria-hidden />
        </Link>
        <button
          type="button"
          className="rail-link"
          title="Find and do (Ctrl K)"
          aria-label="Find and do"
          aria-keyshortcuts="Control+K Meta+K"
          data-testid="command-button"
          onClick={() => setMenu(true)}
        >
          <Search size={20} strokeWidth={1.75} aria-hidden />
        </button>
        {ENTRIES.filter(allowed).map((e) =>
          e.to === "/inbox" ? <InboxLink key={e.to} entry={e} /> : <RailLink key={e.to} entry={e} />,
        )}
        <span className="rail-gap" />
        <RailLink entry={HELP} />
        <RailLink entry={SETTINGS} />
      </nav>
      <main id="main" ref={page} className="page" tabIndex={-1}>
        <Outlet />
      </main>
      {menu && (
        <Suspense>
          <CommandMenu
            pages={[...ENTRIES.filter(allowed), HELP, SETTINGS]}
            onClose={() => setMenu(false)}
            onKeys={() => setKeys(true)}
          />
        </Suspense>
      )}
      {keys && (
        <Suspense>
          <Shortcuts onClose={() => setKeys(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The tour is there also for who skipped it. */
function useTourCommand(may: boolean): void {
  const start = useStartTour();
  useCommands(() =>
    may
      ? [
          {
            ...{ id: "tour", name: "Take the tour", group: "Go to", words: "help introduction learn begin" },
            run: () => start.mutate(),
          },
        ]
      : [],
  );
}

/** How everything looks is a command like others. */
function useLookCommands(): void {
  const { choice, choose, density, space } = useTheme();
  useCommands(() => [
    ...(["light", "dark", "system"] as const)
      .filter((theme) => theme !== choice)
      .map((theme) => ({
        ...{
          id: `theme-${theme}`,
          name: `Theme: ${theme === "system" ? "as the system" : theme}`,
          group: "Look",
        },
        words: "appearance colour mode night",
        run: () => choose(theme),
      })),
    {
      id: "density",
      name: density === "dense" ? "Density: comfortable" : "Density: dense",
      ...{ group: "Look", words: "compact spacing appearance" },
      run: () => space(density === "dense" ? "comfortable" : "dense"),
    },
  ]);
}

/** Ctrl or Cmd with K opens the command menu from anywhere but another dialog, and closes it. */
function useMenuKey(toggle: () => void): void {
  const latest = useRef(toggle);
  latest.current = toggle;
  useEffect(() => {
    // What is typed right behind the keys is for the menu: it is there before it is asked for.
    const idle = setTimeout(() => void loadMenu(), 500);
    const keys = (event: KeyboardEvent) => {
      // On a Mac Ctrl K deletes to the end of a line.
      const held = /Mac/.test(navigator.platform) ? event.metaKey : event.ctrlKey;
      if (event.key.toLowerCase() !== "k" || !held || event.shiftKey || event.altKey) return;
      const dialog = (event.target as HTMLElement | null)?.closest?.("[role=dialog], [role=alertdialog]");
      if (dialog && !dialog.matches(".command-menu, .add-menu")) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    window.addEventListener("keydown", keys, true);
    return () => {
      clearTimeout(idle);
      window.removeEventListener("keydown", keys, true);
    };
  }, []);
}

/** `?` shows the keys, wherever it is not typed as a text. */
function useQuestionMark(show: () => void): void {
  const latest = useRef(show);
  latest.current = show;
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      const typing = "input, textarea, select, [contenteditable=true], [role=dialog], [role=menu]";
      if ((event.target as HTMLElement | null)?.closest?.(typing)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, []);
}

/** A new page takes the focus where the link that led to it is gone, so that keys go on from its beginning. */
function usePageFocus() {
  const page = useRef<HTMLElement>(null);
  // The old page stays until the new one is loaded, and its menus and dialogs give the focus back as they go.
  const path = useRouterState({ select: (s) => s.resolvedLocation?.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page anew
  useEffect(() => {
    let frames = 3;
    let next = 0;
    const take = () => {
      const at = document.activeElement;
      if (at === null || at === document.body) page.current?.focus({ preventScroll: true });
      else if (frames-- > 0) next = requestAnimationFrame(take);
    };
    take();
    return () => cancelAnimationFrame(next);
  }, [path]);
  return page;
}

/** How many questions wait for whoever is logged in. */
function useWaiting(): number {
  useInbox();
  const open = useQuery(openQuestionsQuery);
  return open.data?.items.filter((q) => q.mine).length ?? 0;
}

function InboxLink({ entry }: { entry: Entry }) {
  const waiting = useWaiting();
  const label = waiting === 0 ? entry.label : `${entry.label}, ${waiting} for you`;
  return <RailLink entry={{ ...entry, label }} count={waiting} />;
}

function RailLink({ entry, count = 0 }: { entry: Entry; count?: number }) {
  const here = useRouterState({ select: (s) => s.location.pathname });
  const Icon = entry.icon;
  return (
    <Link
      to={entry.to}
      className="rail-link"
      title={entry.label}
      aria-label={entry.label}
      {...(here.startsWith(entry.to) ? { "aria-current": "page" as const } : {})}
    >
      <Icon size={20} strokeWidth={1.75} aria-hidden />
      {count > 0 && (
        <span className="rail-count" aria-hidden>
          {count > 9 ? "9+" : count}
        </span>
      )}
    </Link>
  );
}

/** The page of an address that nothing answers. */
export function MissingPage() {
  return (
    <div className="centre">
      <h1>There is nothing here</h1>
      <p className="muted">The address may be mistyped, or what it named was deleted.</p>
      <Link to="/flows" className="btn">
        All flows
      </Link>
    </div>
  );
}

/** What is shown when a page fails: the reason, and a way on. */
export function CrashPage({ error, reset }: { error: unknown; reset?: () => void }) {
  return (
    <div className="centre">
      <h1>This page could not be shown</h1>
      <ErrorView error={error} />
      <div className="row">
        <Button look="primary" onClick={() => (reset ? reset() : window.location.reload())}>
          Try again
        </Button>
        <a href="/flows" className="btn">
          All flows
        </a>
      </div>
    </div>
  );
}
