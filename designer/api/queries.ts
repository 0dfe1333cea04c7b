import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import {
  account,
  admin,
  catalog,
  connectors,
  credentials,
  flows,
  questions,
  type ReceiptFilter,
  type RunFilter,
  receipts,
  runs,
  session,
  transfer,
} from "./client";
import { ApiError } from "./http";
import type { List } from "./types";

/** Query keys and options, in one place so that invalidation never misspells one. */

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) => error instanceof ApiError && error.away && failures < 3,
      },
      mutations: { retry: false },
    },
  });
}

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: () => session.me(), staleTime: 60_000 });

/** The flows that ship with the server never change while it runs. */
export const libraryQuery = queryOptions({
  queryKey: ["library"],
  queryFn: () => catalog.library(),
  staleTime: Number.POSITIVE_INFINITY,
});

export const flowsQuery = (q: string) =>
  queryOptions({ queryKey: ["flows", q], queryFn: () => flows.list(q) });

export const flowQuery = (id: string) =>
  queryOptions({
    queryKey: ["flow", id],
    queryFn: () => flows.get(id),
    staleTime: 0,
    refetchOnWindowFocus: false,
  });

export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: ["versions", id], queryFn: () => flows.versions(id) });

/** A version never changes. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["version", id, version],
    queryFn: () => flows.version(id, version),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const pinsQuery = (id: string) =>
  queryOptions({ queryKey: ["pins", id], queryFn: () => flows.pins(id) });
export const samplesQuery = (id: string) =>
  queryOptions({ queryKey: ["samples", id], queryFn: () => flows.samples(id) });

export const runsQuery = (filter: RunFilter, limit = 50) =>
  queryOptions({ queryKey: ["runs", filter, limit], queryFn: () => runs.list(filter, undefined, limit) });

export const runFlowQuery = (id: string) =>
  queryOptions({
    queryKey: ["run-flow", id],
    queryFn: () => runs.flow(id),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const runQuery = (id: string) =>
  queryOptions({ queryKey: ["run", id], queryFn: () => runs.get(id), staleTime: Number.POSITIVE_INFINITY });

/** A run while it waits in its flow's queue, which moves without the run being told. */
export const queuedQuery = (id: string) =>
  queryOptions({ queryKey: ["queued", id], queryFn: () => runs.get(id), refetchInterval: 2_000 });

/** What would go with a flow: asked anew each time that somebody is about to delete it. */
export const deletionQuery = (id: string) =>
  queryOptions({ queryKey: ["deletion", id], queryFn: () => flows.deletion(id), staleTime: 0, gcTime: 0 });

export const stepQuery = (run: string, key: string, mark: string) =>
  queryOptions({
    queryKey: ["step", run, key, mark],
    queryFn: () => runs.stepShown(run, key),
    staleTime: 60_000,
    // While the step goes on, what is read of it stays, and keeps the focus, until there is more.
    placeholderData: (before, query) => {
      const [, ofRun, ofKey] = query?.queryKey ?? [];
      return ofRun === run && ofKey === key ? before : undefined;
    },
  });

/** What was recorded of a run that is over never changes. */
export const callsQuery = (run: string, key: string, mark: string) =>
  queryOptions({
    queryKey: ["calls", run, key, mark],
    queryFn: () => runs.calls(run, key),
    staleTime: 60_000,
  });
export const compareQuery = (before: string, after: string) =>
  queryOptions({ queryKey: ["compare", before, after], queryFn: () => runs.compare(before, after) });
export const retryPlanQuery = (run: string, from: string[], version?: string) =>
  queryOptions({
    queryKey: ["retry", run, from, version],
    queryFn: () => runs.retryPlan(run, from, version),
  });
export const replaysQuery = (flow: string) =>
  queryOptions({ queryKey: ["replays", flow], queryFn: () => flows.replays(flow) });
/** How often the progress of a job is read. */
const JOB_MS = 1_000;
export const replayReportQuery = (flow: string, job: string, all: boolean) =>
  queryOptions({
    queryKey: ["replays", flow, job, all],
    queryFn: () => flows.replayReport(flow, job, all),
    refetchInterval: (query) => (query.state.data?.state === "running" ? JOB_MS : false),
  });

export const usersQuery = queryOptions({ queryKey: ["users"], queryFn: () => admin.users() });
/** Whose a set-up link is; looking uses nothing up. */
export const setupLinkQuery = (token: string) =>
  queryOptions({
    queryKey: ["setup-link", token],
    queryFn: () => session.setupLink(token),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
export const sessionsQuery = queryOptions({ queryKey: ["sessions"], queryFn: () => account.sessions() });
export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: () => admin.tokens() });

export const connectorsQuery = queryOptions({
  queryKey: ["connectors"],
  queryFn: () => connectors.list(),
});
export const connectorQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["connector", name, version],
    queryFn: () => connectors.get(name, version),
  });
export const powersQuery = (name: string, version: string) =>
  queryOptions({ queryKey: ["powers", name, version], queryFn: () => connectors.powers(name, version) });
export const connectorFlowsQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["connector-flows", name, version],
    queryFn: () => connectors.flows(name, version),
  });
/** How often what is shown of a running connector is asked for again. */
const WATCH_MS = 3_000;
export const connectorHealthQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["connector-health", name, version],
    queryFn: () => connectors.health(name, version),
    refetchInterval: WATCH_MS,
  });
export const connectorLogsQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["connector-logs", name, version],
    queryFn: () => connectors.logs(name, version),
    refetchInterval: WATCH_MS,
  });

export const credentialsQuery = queryOptions({
  queryKey: ["credentials"],
  queryFn: () => credentials.list(),
});
export const credentialTypesQuery = queryOptions({
  queryKey: ["credential-types"],
  queryFn: () => credentials.types(),
  staleTime: 60_000,
});
export const bindingsQuery = (flow: string) =>
  queryOptions({ queryKey: ["bindings", flow], queryFn: () => credentials.bindings(flow) });

/** A list that is read page by page; what the server gave as `next` asks for the following page. */
function pages<T>(queryKey: readonly unknown[], read: (cursor?: string) => Promise<List<T>>) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
}

export const auditPages = pages(["audit"], (cursor) => admin.audit(cursor));
export const importPages = pages(["imports"], (cursor) => transfer.list(cursor));
export const flowPages = (q: string) => pages(["flows", "pages", q], (cursor) => flows.list(q, cursor));
export const questionPages = (state: "open" | "closed") =>
  pages(["questions", "pages", state], (cursor) => questions.list(state, cursor));
export const questionQuery = (id: string) =>
  queryOptions({ queryKey: ["questions", "one", id], queryFn: () => questions.get(id) });
/** The open questions of the first page: enough to count what waits for somebody. */
export const openQuestionsQuery = queryOptions({
  queryKey: ["questions", "open"],
  queryFn: () => questions.list("open"),
  staleTime: 30_000,
});
/** What a link asks; looking uses nothing up. */
export const linkedQuestionQuery = (token: string) =>
  queryOptions({
    queryKey: ["linked-question", token],
    queryFn: () => questions.byLink(token),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const receiptPages = (filter: ReceiptFilter) =>
  pages(["receipts", filter], (cursor) => receipts.list(filter, cursor));
/** How often the state of triggers is asked for again. */
const TRIGGERS_MS = 10_000;
export const triggersQuery = (flow: string) =>
  queryOptions({
    queryKey: ["triggers", flow],
    queryFn: () => receipts.triggers(flow),
    refetchInterval: TRIGGERS_MS,
  });
export const runPages = (filter: RunFilter) =>
  pages(["runs", "pages", filter], (cursor) => runs.list(filter, cursor));
