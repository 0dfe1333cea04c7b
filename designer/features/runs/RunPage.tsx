import "@/canvas/data.css";
import "@/canvas/frame.css";
import "./runs.css";
import "./travel.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { ChevronRight, FlaskConical, PencilRuler, RotateCcw, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { catalogQuery } from "@/api/catalogQuery";
import { usePermissions } from "@/api/permissions";
import { meQuery, runFlowQuery, runQuery } from "@/api/queries";
import type { Run } from "@/api/types";
import { useReveal } from "@/canvas/camera";
import { FlowCanvas } from "@/canvas/FlowCanvas";
import { useFolding } from "@/canvas/folding";
import { KeepInput } from "@/canvas/KeepInput";
import { RunOutput, useRunNow } from "@/canvas/RunOutput";
import { RunPill } from "@/canvas/RunPill";
import { PassPicker, StepFigures, StepInput, StepLog, StepOutput, useNodeStep } from "@/canvas/StepData";
import { Timeline } from "@/canvas/Timeline";
import { pathFrom, sourceOf } from "@/core/expr/source";
import type { Catalog } from "@/core/flow/catalog";
import { type Flow, type FlowNode, isTrigger, nodeById } from "@/core/flow/document";
import { PLAIN } from "@/core/flow/shown";
import { nodeOfKey, stepName } from "@/core/flow/steps";
import { RunContext, useRunSummary } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { RunStore } from "@/run/store";
import { Button, IconButton } from "@/ui/Button";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Segments } from "@/ui/Fields";
import { dateText } from "@/ui/format";
import { Tile } from "@/ui/icons";
import { JsonTree } from "@/ui/JsonTree";
import { Named, plainly } from "@/ui/Named";
import { CallsPane } from "./CallsPane";
import { Decided } from "./Decided";
import { RetryDialog, RunAgain } from "./RunAgain";
import { RunMarks } from "./RunMarks";
import { canvasKeys, useRegionKeys } from "./runKeys";

const route = getRouteApi("/app/runs/$id");
const NONE: ReadonlySet<string> = new Set();

/** One run over the very version that it ran: states, data, errors and times of each step. */
export function RunPage() {
  const { id } = route.useParams();
  const run = useQuery(runQuery(id));
  const pinned = useQuery(runFlowQuery(id));
  const catalog = useQuery(catalogQuery);
  const failed = run.error ?? pinned.error ?? catalog.error;
  if (failed) {
    return (
      <div className="centre">
        <h1>The run could not be opened</h1>
        <ErrorView error={failed} />
        <Link to="/runs" search={{}} className="btn">
          All runs
        </Link>
      </div>
    );
  }
  if (!run.data || !pinned.data || !catalog.data) return <RunSkeleton />;
  return <OpenRun key={id} run={run.data} flow={pinned.data.flow} catalog={catalog.data} />;
}

/** The page's parts in the sizes that they have, before there is anything in them. */
function RunSkeleton() {
  return (
    <div className="editor run-view" role="status" aria-label="Loading the run" data-skeleton="run">
      <div className="topbar">
        <div className="skeleton skeleton-line" />
      </div>
      <div className="editor-middle">
        <div className="editor-stage canvas" />
      </div>
      <div className="runbar">
        <div className="runbar-timeline run-timeline">
          <SkeletonRows rows={3} height={32} />
        </div>
      </div>
    </div>
  );
}

function OpenRun({ run, flow, catalog }: { run: Run; flow: Flow; catalog: Catalog }) {
  const [store] = useState(() => new RunStore());
  const pinned = useMemo(() => catalog.pinned(flow.connectors), [catalog, flow]);
  useEffect(() => {
    if (isOver(run)) store.snapshot(run);
    else store.follow(run.id);
    return () => store.stop();
  }, [store, run]);
  return (
    <RunContext.Provider value={store}>
      <ReactFlowProvider>
        <RunFrame run={run} flow={flow} catalog={pinned} />
      </ReactFlowProvider>
    </RunContext.Provider>
  );
}

function RunFrame({ run, flow, catalog }: { run: Run; flow: Flow; catalog: Catalog }) {
  const { node, step, in: inside } = route.useSearch();
  const go = route.useNavigate();
  const me = useQuery(meQuery);
  const now = useRunSummary();
  const open = (id: string | undefined) =>
    void go({
      search: (s) => ({ ...(s.in ? { in: s.in } : {}), ...(id === undefined ? {} : { node: id }) }),
      replace: true,
    });
  const selected = useMemo(() => (node === undefined ? NONE : new Set([node])), [node]);
  const opened = node === undefined ? undefined : nodeById(flow, node);
  const reveal = useReveal(catalog);
  const { bring, ...own } = useFolding(flow, () => ({ ...PLAIN, inside }));
  const folding = { ...own, lead: (id: string) => open(id) };
  // The address follows the container that is seen into.
  const seen = own.shown.inside?.id;
  useEffect(() => {
    void go({
      search: ({ in: _, ...rest }) => ({ ...rest, ...(seen === undefined ? {} : { in: seen }) }),
      replace: true,
    });
  }, [go, seen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node is gone to, not another look at the same one
  useEffect(() => {
    if (node !== undefined) reveal(bring(node).flow, node);
  }, [reveal, flow, node]);
  useRegionKeys();
  return (
    <div className="editor run-view">
      <header className="topbar">
        <nav className="crumbs" aria-label="Place">
          <Link to="/runs" search={{}}>
            Runs
          </Link>
          <ChevronRight size={14} aria-hidden />
          <Link to="/runs" search={{ flow: run.flow }}>
            <Named text={run.flowName} />
          </Link>
        </nav>
        <h1 className="hidden-text">Run of {plainly(run.flowName)}</h1>
        <span className="badge">{run.version > 0 ? `Version ${run.version}` : "Draft"}</span>
        <RunPill
          link={false}
          canCancel={me.data?.permissions.includes("run.cancel") ?? false}
          onFailed={(step) =>
            void go({ search: (s) => ({ ...s, node: step.node, step: step.key }), replace: true })
          }
        />
        <RunMarks run={run} links />
        {run.until && (
          <span className="badge" title="What comes after it was not started">
            Up to {stepName(flow, run.until)}
          </span>
        )}
        {run.parent && <Caller parent={run.parent} />}
        <div className="topbar-actions">
          <span className="muted">{dateText(run.createdAt)}</span>
          {run.replayOf && run.replayOf !== run.id && (
            <Link
              to="/runs/$id/compare"
              params={{ id: run.replayOf }}
              search={{ with: run.id }}
              className="btn"
            >
              Compare with the run
            </Link>
          )}
          <RunAgain run={run} now={now ?? run} may={me.data?.permissions.includes("flow.run") ?? false} />
          <Link to="/flows/$id" params={{ id: run.flow }} search={{ run: run.id }} className="btn">
            <PencilRuler size={15} aria-hidden /> Open the draft
          </Link>
        </div>
      </header>
      <div className="editor-middle">
        <section
          className="editor-stage canvas"
          aria-label="Canvas, read-only"
          data-testid="canvas"
          aria-description="Tab goes through the nodes in view, Page Down and Page Up through all of them. Enter opens one. F6 goes on to the next part of the page."
          tabIndex={-1}
          onKeyDown={(e) => canvasKeys(folding, e, (id) => reveal(own.shown.flow, id))}
        >
          <FlowCanvas
            flow={flow}
            folding={folding}
            catalog={catalog}
            selected={selected}
            onSelect={(nodes) => {
              const [first] = nodes;
              if (nodes.size === 1 && first !== node && nodeById(flow, first ?? "")) open(first);
            }}
            onOpen={open}
            onPaneClick={() => open(undefined)}
          />
          {opened === undefined ? (
            <RunResult run={run} flow={flow} />
          ) : (
            <StepPanel
              key={`${opened.id}:${step ?? ""}`}
              node={opened}
              run={run}
              flow={flow}
              catalog={catalog}
              first={step}
              onOpen={open}
              onClose={() => open(undefined)}
            />
          )}
        </section>
      </div>
      <section className="runbar" aria-label="Timeline of the run">
        <div className="runbar-timeline run-timeline">
          <Timeline flow={flow} selected={selected} onOpen={open} />
        </div>
      </section>
    </div>
  );
}

/** Leads to the step of another run that called this one. */
function Caller({ parent }: { parent: { run: string; step: string } }) {
  // Where the caller is gone, so is its flow: then its step is all that is known of it.
  const flow = useQuery({ ...runFlowQuery(parent.run), retry: false }).data?.flow;
  const step = stepName(flow, parent.step);
  return (
    <Link
      to="/runs/$id"
      params={{ id: parent.run }}
      search={{ node: nodeOfKey(parent.step), step: parent.step }}
      className="badge"
      data-testid="caller"
    >
      Called by {plainly(flow === undefined ? step : `${flow.name} · ${step}`)}
    </Link>
  );
}

/** The run as a whole: what it answered, or why it failed, and what it began with. */
function RunResult({ run, flow }: { run: Run; flow: Flow }) {
  const [tab, setTab] = useState<"output" | "input">("output");
  const shown = useRunNow(run.id) ?? run;
  const may = usePermissions().can("flow.write");
  const go = useNavigate();
  return (
    <aside className="inspector run-result" aria-label="Result of the run" data-testid="run-result">
      <div className="pane-head">
        <Segments
          label="Of the run"
          value={tab}
          options={[
            { value: "output", label: "Output" },
            { value: "input", label: "Input" },
          ]}
          onChange={setTab}
        />
      </div>
      <div className="pane-body">
        {tab === "input" ? (
          <>
            {may && (
              <p className="keep-input">
                <KeepInput
                  run={shown}
                  onKept={() =>
                    void go({ to: "/flows/$id", params: { id: run.flow }, search: { run: run.id } })
                  }
                />
              </p>
            )}
            <JsonTree value={shown.input ?? null} template={pathFrom("trigger.body")} label="Input" />
          </>
        ) : (
          <RunOutput run={shown} flow={flow} />
        )}
      </div>
    </aside>
  );
}

interface StepPanelProps {
  run: Run;
  flow: Flow;
  node: FlowNode;
  catalog: Catalog;
  first: string | undefined;
  onOpen: (node: string) => void;
  onClose: () => void;
}

/** A panel takes the focus, and gives it back where it came from. */
function usePanelFocus(onClose: () => void) {
  const panel = useRef<HTMLElement>(null);
  const [opener] = useState(() => document.activeElement as HTMLElement | null);
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  const leave = () => {
    onClose();
    // Where the address opened it there is nothing to go back to.
    const to = opener?.isConnected && opener !== document.body ? opener : document.getElementById("main");
    to?.focus({ preventScroll: true });
  };
  return { panel, leave };
}

type Tab = "output" | "input" | "log" | "calls" | "parameters";

function StepPanel({ run, flow, node, catalog, first, onOpen, onClose }: StepPanelProps) {
  const data = useNodeStep(node.id, first);
  const [tab, setTab] = useState<Tab>("output");
  const [retrying, setRetrying] = useState(false);
  const may = usePermissions().can("flow.run");
  const now = useRunSummary();
  const type = catalog.get(node.type);
  const key = data.step?.key;
  const { panel, leave } = usePanelFocus(onClose);
  const standIn = run.dryRun === true && (type?.effect === "write" || type?.effect === "destructive");
  const canRetry = may && run.replayOf === undefined && now !== undefined && isOver(now) && key !== undefined;
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className="inspector"
      aria-label={plainly(`Step: ${node.name || node.id}`)}
      data-testid="inspector"
      onKeyDown={(e) => e.key === "Escape" && leave()}
    >
      <header className="inspector-head">
        <Tile type={node.type} icon={type?.icon} />
        <div className="grow">
          <h2 className="ellipsis">
            <Named text={node.name || node.id} />
          </h2>
          <p className="inspector-line">
            <code>{node.type}</code>
            <StepFigures data={data} />
          </p>
        </div>
        {canRetry && !isTrigger(node.type) && (
          <Button small onClick={() => setRetrying(true)} data-testid="retry-from">
            <RotateCcw size={13} aria-hidden /> Go on from here
          </Button>
        )}
        <IconButton label="Close" onClick={leave}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {retrying && key !== undefined && (
        <RetryDialog run={run} from={[key]} onClose={() => setRetrying(false)} />
      )}
      {standIn && (
        <p className="stand-in" role="note">
          <FlaskConical size={14} aria-hidden /> Dry run: not called. The output stands in for it.
        </p>
      )}
      <div className="pane-head">
        <Segments<Tab>
          label="What to see"
          value={tab}
          options={[
            { value: "output", label: data.step?.error ? "Error" : "Output" },
            { value: "input", label: "Input" },
            { value: "parameters", label: "Parameters" },
            { value: "log", label: "Log" },
            { value: "calls", label: "Calls" },
          ]}
          onChange={setTab}
        />
        <span className="grow" />
        <PassPicker data={data} />
      </div>
      <div className="pane-body">
        {tab === "output" && node.type === "core.approval" && (
          <Decided data={data} flow={flow} onOpen={onOpen} />
        )}
        {tab === "output" && <StepOutput data={data} />}
        {tab === "input" && <StepInput data={data} parameters={node.with} />}
        {tab === "log" && <StepLog data={data} />}
        {tab === "calls" && <CallsPane data={data} />}
        {tab === "parameters" && (
          <JsonTree
            value={node.with ?? {}}
            template={(keys) => sourceOf(node.with, keys)}
            label="Parameters"
          />
        )}
      </div>
    </aside>
  );
}
