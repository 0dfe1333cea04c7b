import "./runs.css";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronDown, History } from "lucide-react";
import { useRef, useState } from "react";
import type { RunFilter } from "@/api/client";
import { flowsQuery, queuedQuery, runPages } from "@/api/queries";
import type { RunRow, RunState, StepError } from "@/api/types";
import { queueText } from "@/canvas/Queued";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Empty } from "@/ui/Feedback";
import { SearchBox } from "@/ui/Fields";
import { durationText, shortId } from "@/ui/format";
import { Named, plainly } from "@/ui/Named";
import { PagedCard } from "@/ui/PagedCard";
import { messageParts } from "@/ui/ProblemText";
import { Status } from "@/ui/Status";
import { Ago, Elapsed } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { SavedViews } from "../views/SavedViews";
import { RunFilters } from "./RunFilters";
import { RunMarks } from "./RunMarks";

const route = getRouteApi("/app/runs");
const BUSY: ReadonlySet<RunState> = new Set(["queued", "running", "waiting"]);
/** How often the list is read again: while something runs, and while all is quiet. */
const BUSY_MS = 2_000;
const QUIET_MS = 20_000;

/** What a saved view may pick by. */
const FIELDS = {
  flow: true,
  state: true,
  label: true,
  trigger: true,
  since: true,
  until: true,
  within: true,
  q: true,
  replays: true,
  live: true,
} as const;

/** All runs of all flows, the newest first. */
export function RunsPage() {
  const address = route.useSearch();
  const { saved, ...filter } = address;
  const go = route.useNavigate();
  const flows = useQuery(flowsQuery(""));
  const q = useDebounced(filter.q ?? "");
  const list = useInfiniteQuery({
    ...runPages({ ...filter, q }),
    refetchInterval: (query) => {
      const rows = query.state.data?.pages.flatMap((page) => page.items) ?? [];
      return rows.some((run) => BUSY.has(run.state)) ? BUSY_MS : QUIET_MS;
    },
    placeholderData: (before) => before,
  });
  const set = (change: RunFilter) => {
    const next = Object.fromEntries(Object.entries({ ...address, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const search = useRef<HTMLInputElement>(null);
  const clear = () => {
    void go({ search: {} });
    // The button goes with the filters.
    search.current?.focus();
  };
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const filtered = Object.keys(filter).length > 0;
  // A flow that is deleted, or beyond the first hundred, can still be what the address asks for.
  const unlisted =
    filter.flow && flows.data?.items.some((f) => f.id === filter.flow) === false
      ? { id: filter.flow, name: items[0]?.flowName ?? filter.flow }
      : undefined;
  return (
    <>
      <header className="page-head">
        <h1>Runs</h1>
        <SearchBox
          ref={search}
          label="Search runs"
          value={filter.q ?? ""}
          onChange={(q) => set({ q })}
          className="page-search"
        />
        <SavedViews
          list="runs"
          search={address}
          fields={FIELDS}
          onOpen={(next) => void go({ search: next, replace: true })}
        />
      </header>
      <div className="page-body">
        <RunFilters filter={filter} onChange={set} flows={flows.data?.items ?? []} unlisted={unlisted} />
        <PagedCard query={list} shown={items.length} what="run" className="runs-card">
          {items.length > 0 ? (
            <RunTable items={items} />
          ) : (
            <NoRuns filtered={filtered} further={list.hasNextPage} onClear={clear} />
          )}
        </PagedCard>
      </div>
    </>
  );
}

interface NoRunsProps {
  filtered: boolean;
  /** Older runs were not looked at yet: a text is looked for piece by piece. */
  further: boolean;
  onClear: () => void;
}

function NoRuns({ filtered, further, onClear }: NoRunsProps) {
  if (further) {
    return (
      <Empty
        icon={History}
        title="No run fits so far"
        text="A text is looked for among the newest runs first. Load more to look among older ones, or choose a flow or a time."
      />
    );
  }
  if (filtered) {
    return (
      <Empty icon={History} title="No run fits" text="Clear the filters to see all runs.">
        <Button onClick={onClear}>Clear the filters</Button>
      </Empty>
    );
  }
  return (
    <Empty
      icon={History}
      title="No runs yet"
      text="Open a flow and press Run, or send something to its hook."
    >
      <Link to="/flows" search={{}} className="btn">
        All flows
      </Link>
    </Empty>
  );
}

function RunTable({ items }: { items: RunRow[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Flow</th>
          <th scope="col">Run</th>
          <th scope="col">Started</th>
          <th scope="col" className="number">
            Took
          </th>
          <th scope="col">Error</th>
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
                <Named text={run.flowName} />
              </Link>{" "}
              <span className="muted">{run.version > 0 ? `v${run.version}` : "draft"}</span>
            </td>
            <td>
              <RunLink run={run} /> <RunMarks run={run} />
            </td>
            <td className="muted">
              <Ago at={run.startedAt ?? run.createdAt} />
            </td>
            <td className="number">
              <Took run={run} />
            </td>
            <td className="run-error">{run.error && <RunError error={run.error} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Opens a run; one that is queued tells who looks at its row why it waits. The list asks that of none by itself. */
function RunLink({ run }: { run: RunRow }) {
  const [looked, look] = useState(false);
  const read = useQuery({ ...queuedQuery(run.id), enabled: looked && run.state === "queued" });
  const why = run.state === "queued" ? queueText(read.data) : undefined;
  return (
    <Link
      to="/runs/$id"
      params={{ id: run.id }}
      search={{}}
      title={why ?? run.id}
      aria-description={why}
      className="run-link"
      onPointerEnter={() => look(true)}
      onPointerLeave={() => look(false)}
      onFocus={() => look(true)}
      onBlur={() => look(false)}
    >
      <code>{shortId(run.id)}</code>
    </Link>
  );
}

/** Why a run failed: in a list its beginning, and the whole on request. */
function RunError({ error }: { error: StepError }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="run-error-line" data-open={open || undefined}>
      <span className={open ? "run-error-whole" : "ellipsis"}>
        {plainly(open ? error.message : messageParts(error.message).text)}
      </span>
      {open && <CopyButton text={`${error.code}: ${error.message}`} what="the error" />}
      <IconButton label="The whole error" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronDown size={14} aria-hidden />
      </IconButton>
    </div>
  );
}

function Took({ run }: { run: RunRow }) {
  if (run.startedAt && !run.endedAt && BUSY.has(run.state)) return <Elapsed since={run.startedAt} />;
  return <>{durationText(run.durationMs)}</>;
}
