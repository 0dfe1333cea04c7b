import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "@/api/http";
import { meQuery } from "@/api/queries";
import { CrashPage, MissingPage, Shell } from "./Shell";

interface Context {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  notFoundComponent: MissingPage,
  errorComponent: CrashPage,
});

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

/** Keeps the named keys of a search that are texts. */
function texts<K extends string>(...keys: K[]) {
  return (search: Record<string, unknown>): { [key in K]?: string } => {
    const kept: { [key in K]?: string } = {};
    for (const key of keys) {
      const value = text(search[key]);
      if (value !== undefined) kept[key] = value;
    }
    return kept;
  };
}

/** What the dashboard picks alerts and cases by. */
const CLOSED_TIMES = ["closedSince", "closedUntil", "closedBy"] as const;
const ALERT_TIMES = [...CLOSED_TIMES, "receivedSince", "receivedUntil", "reason", "taken"] as const;
const CASE_TIMES = [...CLOSED_TIMES, "openedSince", "openedUntil", "resolution"] as const;

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: texts("next"),
  component: lazyRouteComponent(() => import("@/features/account/LoginPage"), "LoginPage"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: texts("token"),
  component: lazyRouteComponent(() => import("@/features/account/SetupPage"), "SetupPage"),
});

/** Everything behind the log-in: the session is known before anything is drawn. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  errorComponent: CrashPage,
  async beforeLoad({ context, location }) {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: "/login", search: { next: location.href } });
      }
      throw error;
    }
  },
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad() {
    throw redirect({ to: "/flows" });
  },
});

const flows = createRoute({
  getParentRoute: () => app,
  path: "/flows",
  validateSearch: texts("q"),
  component: lazyRouteComponent(() => import("@/features/flows/FlowsPage"), "FlowsPage"),
});

const templates = createRoute({
  getParentRoute: () => app,
  path: "/templates",
  component: lazyRouteComponent(() => import("@/features/flows/TemplatesPage"), "TemplatesPage"),
});

const editor = createRoute({
  getParentRoute: () => app,
  path: "/flows/$id",
  validateSearch: texts("node", "run", "in"),
  component: lazyRouteComponent(() => import("@/features/editor/EditorPage"), "EditorPage"),
});

const runs = createRoute({
  getParentRoute: () => app,
  path: "/runs",
  validateSearch: texts(
    "flow",
    "state",
    "label",
    "trigger",
    "since",
    "until",
    "within",
    "q",
    "replays",
    "live",
    "saved",
  ),
  component: lazyRouteComponent(() => import("@/features/runs/RunsPage"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => app,
  path: "/runs/$id",
  validateSearch: texts("node", "step", "in"),
  component: lazyRouteComponent(() => import("@/features/runs/RunPage"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => app,
  path: "/runs/$id/compare",
  validateSearch: texts("with"),
  component: lazyRouteComponent(() => import("@/features/runs/ComparePage"), "ComparePage"),
});

const replays = createRoute({
  getParentRoute: () => app,
  path: "/flows/$id/replays",
  validateSearch: texts("job", "all"),
  component: lazyRouteComponent(() => import("@/features/runs/ReplaysPage"), "ReplaysPage"),
});

const versionDiff = createRoute({
  getParentRoute: () => app,
  path: "/flows/$id/diff",
  validateSearch: texts("from", "to"),
  component: lazyRouteComponent(() => import("@/features/versions/VersionDiffPage"), "VersionDiffPage"),
});

const inbox = createRoute({
  getParentRoute: () => app,
  path: "/inbox",
  validateSearch: texts("show"),
  component: lazyRouteComponent(() => import("@/features/approvals/pages"), "InboxPage"),
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: "/dashboard",
  validateSearch: texts("period", "flow"),
  component: lazyRouteComponent(() => import("@/features/dashboard/DashboardPage"), "DashboardPage"),
});

const alerts = createRoute({
  getParentRoute: () => app,
  path: "/alerts",
  validateSearch: texts("view", "q", "severity", "sort", "alert", "saved", ...ALERT_TIMES),
  component: lazyRouteComponent(() => import("@/features/alerts/pages"), "AlertsPage"),
});

const assets = createRoute({
  getParentRoute: () => app,
  path: "/inventory",
  validateSearch: texts("view", "q"),
  component: lazyRouteComponent(() => import("@/features/assets/pages"), "AssetsPage"),
});

const cases = createRoute({
  getParentRoute: () => app,
  path: "/cases",
  validateSearch: texts("view", "q", "severity", "tag", "sort", "saved", ...CASE_TIMES),
  component: lazyRouteComponent(() => import("@/features/cases/pages"), "CasesPage"),
});

const oneCase = createRoute({
  getParentRoute: () => app,
  path: "/cases/$id",
  component: lazyRouteComponent(() => import("@/features/cases/pages"), "CasePage"),
});

const caseTemplates = createRoute({
  getParentRoute: () => app,
  path: "/cases/templates",
  component: lazyRouteComponent(() => import("@/features/cases/pages"), "CaseTemplatesPage"),
});

const caseTemplate = createRoute({
  getParentRoute: () => app,
  path: "/cases/templates/$id",
  component: lazyRouteComponent(() => import("@/features/cases/pages"), "CaseTemplatePage"),
});

const indicators = createRoute({
  getParentRoute: () => app,
  path: "/intelligence",
  validateSearch: texts("q", "type", "minScore", "source", "family", "actor", "vulnerability", "tag", "sort"),
  component: lazyRouteComponent(() => import("@/features/intel/pages"), "IntelPage"),
});

const oneIndicator = createRoute({
  getParentRoute: () => app,
  path: "/intelligence/$id",
  component: lazyRouteComponent(() => import("@/features/intel/pages"), "IndicatorPage"),
});

const allowList = createRoute({
  getParentRoute: () => app,
  path: "/intelligence/allow-list",
  component: lazyRouteComponent(() => import("@/features/intel/pages"), "AllowListPage"),
});

const question = createRoute({
  getParentRoute: () => app,
  path: "/inbox/$id",
  component: lazyRouteComponent(() => import("@/features/approvals/pages"), "QuestionPage"),
});

/** Outside of the log-in: the link says who answers. */
const answering = createRoute({
  getParentRoute: () => root,
  path: "/answer",
  component: lazyRouteComponent(() => import("@/features/approvals/AnswerPage"), "AnswerPage"),
});

const receipts = createRoute({
  getParentRoute: () => app,
  path: "/receipts",
  validateSearch: texts("flow", "state", "trigger", "q"),
  component: lazyRouteComponent(() => import("@/features/receipts/ReceiptsPage"), "ReceiptsPage"),
});

const importing = createRoute({
  getParentRoute: () => app,
  path: "/import",
  component: lazyRouteComponent(() => import("@/features/transfer/ImportPage"), "ImportPage"),
});

const connectors = createRoute({
  getParentRoute: () => app,
  path: "/connectors",
  component: lazyRouteComponent(() => import("@/features/connectors/pages"), "ConnectorsPage"),
});

const connector = createRoute({
  getParentRoute: () => app,
  path: "/connectors/$name",
  validateSearch: texts("version"),
  component: lazyRouteComponent(() => import("@/features/connectors/pages"), "ConnectorPage"),
});

const help = createRoute({
  getParentRoute: () => app,
  path: "/help",
  validateSearch: texts("type"),
  component: lazyRouteComponent(() => import("@/features/help/HelpPage"), "HelpPage"),
});

const design = createRoute({
  getParentRoute: () => app,
  path: "/design",
  component: lazyRouteComponent(() => import("@/features/design/DesignPage"), "DesignPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsLayout"), "SettingsLayout"),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad() {
    throw redirect({ to: "/settings/profile" });
  },
});

const page = <P extends string>(path: P, name: "ProfilePage" | "TokensPage" | "UsersPage" | "AuditPage") =>
  createRoute({
    getParentRoute: () => settings,
    path,
    component: lazyRouteComponent(() => import("@/features/settings/pages"), name),
  });

const credentials = createRoute({
  getParentRoute: () => settings,
  path: "credentials",
  validateSearch: texts("type"),
  component: lazyRouteComponent(() => import("@/features/settings/pages"), "CredentialsPage"),
});

const tree = root.addChildren([
  login,
  setup,
  answering,
  app.addChildren([
    home,
    flows,
    templates,
    editor,
    runs,
    run,
    compare,
    replays,
    versionDiff,
    inbox,
    question,
    dashboard,
    alerts,
    assets,
    cases,
    oneCase,
    caseTemplates,
    caseTemplate,
    indicators,
    oneIndicator,
    allowList,
    receipts,
    connectors,
    connector,
    importing,
    help,
    design,
    settings.addChildren([
      settingsHome,
      page("profile", "ProfilePage"),
      page("tokens", "TokensPage"),
      credentials,
      page("users", "UsersPage"),
      page("audit", "AuditPage"),
    ]),
  ]),
]);

/** The pages and their addresses; each page's code is loaded when it is first opened. */
export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingMs: 400,
    // What stands behind "?" are plain words, not JSON, so that addresses can be read.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const kept = Object.entries(search).filter(([, v]) => v !== undefined && v !== "");
      return kept.length === 0 ? "" : `?${new URLSearchParams(kept.map(([k, v]) => [k, String(v)]))}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
