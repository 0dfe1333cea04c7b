import "./dashboard.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { LayoutDashboard } from "lucide-react";
import { type Dashboard, dashboardQuery, PERIODS, type Period } from "@/api/dashboard";
import { Button } from "@/ui/Button";
import { Empty, ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Segments } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { Automation } from "./Automation";
import { FlowTable, StepTable } from "./Tables";
import { AlertsPart, CasesPart } from "./Work";
import { periodWords } from "./words";

const route = getRouteApi("/app/dashboard");

/** How operations do in a period; every number leads to the list of what it counts. */
export function DashboardPage() {
  const search = route.useSearch();
  const go = route.useNavigate();
  // What the address says goes to the server as it is: a period that there is none of is its to refuse.
  const period = (search.period ?? "7d") as Period;
  const view = useQuery({
    ...dashboardQuery({ period, ...(search.flow === undefined ? {} : { flow: search.flow }) }),
    placeholderData: (before) => before,
  });
  const set = (change: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, v]) => v));
    void go({ search: next, replace: true });
  };
  const flow = view.data?.runs?.flows.find((f) => f.id === search.flow);
  return (
    <>
      <header className="page-head">
        <h1>Dashboard</h1>
        <Segments
          label="Period"
          value={period}
          options={PERIODS}
          onChange={(value) => set({ period: value === "7d" ? "" : value })}
        />
        {search.flow !== undefined && (
          <button type="button" className="chip dash-flow" onClick={() => set({ flow: "" })}>
            {plainly(flow?.name || search.flow)} <span aria-hidden>×</span>
            <span className="hidden-text">: show all flows</span>
          </button>
        )}
        <span className="grow" />
        {view.data !== undefined && <span className="muted dash-when">{periodWords(view.data)}</span>}
      </header>
      <div className="page-body dash" aria-busy={view.isPlaceholderData}>
        {view.isError && (
          <ErrorView error={view.error}>
            <p className="row">
              <Button small onClick={() => void view.refetch()}>
                Try again
              </Button>
              {search.period !== undefined && (
                <Button small onClick={() => set({ period: "" })}>
                  Show 7 days
                </Button>
              )}
            </p>
          </ErrorView>
        )}
        {view.isPending && (
          <div className="card">
            <SkeletonRows />
          </div>
        )}
        {view.data !== undefined && !view.isError && (
          <Parts view={view.data} flow={search.flow} onFlow={(id) => set({ flow: id })} />
        )}
      </div>
    </>
  );
}

interface PartsProps {
  view: Dashboard;
  flow: string | undefined;
  onFlow: (id: string) => void;
}

function Parts({ view, flow, onFlow }: PartsProps) {
  if (nothingIn(view) && flow === undefined) return <Nothing view={view} />;
  return (
    <>
      {view.runs !== undefined && (
        <Automation view={view} runs={view.runs} approvals={view.approvals} flow={flow} />
      )}
      {view.alerts !== undefined && <AlertsPart view={view} alerts={view.alerts} />}
      {view.cases !== undefined && <CasesPart view={view} cases={view.cases} />}
      {view.runs !== undefined && view.runs.flows.length > 0 && (
        <FlowTable view={view} flows={view.runs.flows} chosen={flow} onFlow={onFlow} />
      )}
      {view.runs !== undefined && view.runs.steps.length > 0 && (
        <StepTable view={view} steps={view.runs.steps} />
      )}
    </>
  );
}

/** Whether neither the period nor the one before has anything to show, and nothing goes on. */
function nothingIn({ runs, alerts, cases, approvals }: Dashboard): boolean {
  const ended = [runs, runs?.previous].some(
    (c) => c !== undefined && c.succeeded + c.failed + c.canceled + c.unknown > 0,
  );
  const work =
    (alerts?.open ?? 0) +
    (alerts?.received ?? 0) +
    (alerts?.closed.count ?? 0) +
    (alerts?.receivedBefore ?? 0);
  const open =
    (cases?.open ?? 0) + (cases?.opened ?? 0) + (cases?.closed.count ?? 0) + (cases?.openedBefore ?? 0);
  return !ended && work + open + (runs?.open ?? 0) + (approvals?.waiting.count ?? 0) === 0;
}

function Nothing({ view }: { view: Dashboard }) {
  return (
    <div className="card">
      <Empty
        icon={LayoutDashboard}
        title={`Nothing happened in ${PERIODS.find((p) => p.value === view.period)?.label ?? "this time"}`}
        text="When published flows run, and alerts and cases come in, this page says what that saved, how soon alerts are taken up and cases closed, what fails and what is slow."
      >
        <Link to="/flows" search={{}} className="btn">
          All flows
        </Link>
      </Empty>
    </div>
  );
}
