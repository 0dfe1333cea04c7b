import "./runs.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { type RunFilter, runs } from "@/api/client";
import { flowsQuery } from "@/api/queries";
import type { RunRow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { agoText, dateText, durationText, shortId } from "@/ui/format";
import { Status, stateWord } from "@/ui/Status";

const route = getRouteApi("/app/runs");
const STATES = ["queued", "running", "waiting", "succeeded", "failed", "canceled", "unknown"];
const REFRESH_MS = 4000;

/** All runs of all flows, the newest first. */
export function RunsPage() {
  const filter = route.useSearch();
  const go = route.useNavigate();
  const flows = useQuery(flowsQuery(""));
  const list = useInfiniteQuery({
    queryKey: ["runs", filter, "pages"],
    queryFn: ({ pageParam }) => runs.list(filter, pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
  const set = (change: RunFilter) => {
    const next = Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const filtered = Object.keys(filter).length > 0;
  return (
    <>
      <header className="page-head">
        <h1>Runs</h1>
        <SearchBox
          label="Search runs"
          value={filter.q ?? ""}
          onChange={(q) => set({ q })}
          className="page-search"
        />
        <select
          className="select filter"
          aria-label="Flow"
          value={filter.flow ?? ""}
          onChange={(e) => set({ flow: e.target.value })}
        >
          <option value="">All flows</option>
          {flows.data?.items.map((f) => (
            <option key={f.id} value={f.id}>
              {f.name}
            </option>
          ))}
        </select>
        <select
          className="select filter"
          aria-label="State"
          value={filter.state ?? ""}
          onChange={(e) => set({ state: e.target.value })}
        >
          <option value="">Any state</option>
          {STATES.map((s) => (
            <option key={s} value={s}>
              {stateWord(s)}
            </option>
          ))}
        </select>
      </header>
      <div className="page-body">
        {list.isError ? (
          <ErrorView error={list.error} />
        ) : (
          <div className="card">
            {list.isPending ? (
              <SkeletonRows />
            ) : items.length === 0 ? (
              <Empty
                icon={History}
                title={filtered ? "No run fits" : "No runs yet"}
                text={
                  filtered
                    ? "Clear a filter to see more."
                    : "Open a flow and press Run, or send something to its hook."
                }
              >
                {filtered ? (
                  <Button onClick={() => void go({ search: {} })}>Clear the filters</Button>
                ) : (
                  <Link to="/flows" className="btn">
                    All flows
                  </Link>
                )}
              </Empty>
            ) : (
              <RunTable items={items} />
            )}
          </div>
        )}
        {list.hasNextPage && (
          <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {list.isFetchingNextPage ? "Loading…" : "Older runs"}
          </Button>
        )}
      </div>
    </>
  );
}

function RunTable({ items }: { items: RunRow[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>State</th>
          <th>Flow</th>
          <th>Run</th>
          <th>Started</th>
          <th className="number">Took</th>
          <th>Error</th>
        </tr>
      </thead>
      <tbody>
        {items.map((run) => (
          <tr key={run.id} data-testid={`run-${run.id}`}>
            <td>
              <Status state={run.state} />
            </td>
            <td>
              <Link to="/flows/$id" params={{ id: run.flow }} search={{}} className="flow-link">
                {run.flowName}
              </Link>{" "}
              <span className="muted">{run.version > 0 ? `v${run.version}` : "draft"}</span>
            </td>
            <td>
              <Link to="/runs/$id" params={{ id: run.id }} search={{}} title={run.id}>
                <code>{shortId(run.id)}</code>
              </Link>
            </td>
            <td className="muted" title={dateText(run.createdAt)}>
              {agoText(run.createdAt)}
            </td>
            <td className="number">{durationText(run.durationMs)}</td>
            <td className="run-error ellipsis" title={run.error?.message}>
              {run.error?.message}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
