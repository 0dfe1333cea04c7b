import "@/canvas/data.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronUp, FlaskConical, Play } from "lucide-react";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { meQuery, samplesQuery } from "@/api/queries";
import type { Sample } from "@/api/types";
import { KeepInput } from "@/canvas/KeepInput";
import { RunOutput, useRunNow } from "@/canvas/RunOutput";
import { RunPill } from "@/canvas/RunPill";
import { Timeline } from "@/canvas/Timeline";
import type { Json } from "@/core/flow/document";
import { stepName } from "@/core/flow/steps";
import { useRunSummary } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { Button, IconButton } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { takeSample } from "@/ui/handover";
import { plainly } from "@/ui/Named";
import { useCompact } from "@/ui/useCompact";
import { needsInput } from "./input";
import { InputDialog, PinDialog } from "./later";
import { InputPicker } from "./running/InputPicker";
import { PartMenu } from "./running/PartMenu";
import { PartStrip } from "./running/PartStrip";
import { PinMenu } from "./running/PinMenu";
import { partCommands, usePartKeys } from "./running/parts";
import { usePins } from "./running/pins";
import { faultsOf, useStart } from "./running/starting";
import type { EditorSession } from "./session";
import { useFlow, useSession } from "./useSession";

/** The run: one button, the input it begins with, how it goes, and when each step ran. */
export function RunBar() {
  const session = useSession();
  const empty = session.document((s) => s.history.flow.nodes.length === 0);
  const me = useQuery(meQuery);
  const samples = useQuery(samplesQuery(session.id));
  const sample = session.view((s) => s.sample);
  const begins = useBeginsWith(sample);
  const pinDialog = session.view((s) => s.pinning !== undefined);
  const [editing, setEditing] = useState<"run" | "dry">();
  // Whether the start that is being given its input takes pins.
  const [pinning, setPinning] = useState(true);
  const [unfolded, unfold] = useState(false);
  useFirstSample(session, samples.data?.items);
  const start = useStart();
  const mayRun = me.data?.permissions.includes("flow.run") ?? false;
  const items = samples.data?.items ?? [];
  const pins = usePins();
  const pinnedNodes = useMemo(() => new Set(pins.keys()), [pins]);
  usePartKeys(session, mayRun);
  const run = (dryRun: boolean, pinned = true) => {
    setPinning(pinned);
    // What the flow says it needs is asked for, not refused.
    if (sample === undefined && needsInput(session.flow.input)) setEditing(dryRun ? "dry" : "run");
    else begin(sample?.input ?? {}, dryRun, pinned);
  };
  const begin = (input: Json, dryRun: boolean, pinned: boolean) =>
    start.mutate(
      { input, dryRun, pins: pinned && pins.size > 0 },
      {
        onSuccess: () => setEditing(undefined),
        // An input that the flow does not take is mended where it is given; what else fails is told outside.
        onError: (e) => setEditing(faultsOf(e).length > 0 ? (dryRun ? "dry" : "run") : undefined),
      },
    );
  const faults = useMemo(() => faultsOf(start.error), [start.error]);
  useCommands(() =>
    !mayRun || empty
      ? []
      : [
          { id: "run", name: `Run${begins}`, group: "Run", run: () => run(false) },
          { id: "dry-run", name: `Dry run${begins}`, group: "Run", run: () => run(true) },
          { id: "edit-input", name: "Edit the input…", group: "Run", run: () => setEditing("run") },
          ...(pins.size === 0
            ? []
            : [
                {
                  ...{ id: "run-unpinned", name: "Run without pinned outputs", group: "Run" },
                  run: () => run(false, false),
                },
              ]),
          ...partCommands(session, mayRun, pinnedNodes),
        ],
  );
  return (
    <>
      <PartStrip />
      <section className="runbar" aria-label="Run" data-unfolded={unfolded || undefined}>
        <div className="runbar-start">
          <div className="row">
            <Button
              className="run-button"
              data-testid="run"
              // Before the samples are known it would run on an input that nobody chose.
              busy={start.isPending}
              disabled={!mayRun || samples.isPending || empty}
              title={`Run${begins}`}
              onClick={() => run(false)}
            >
              <Play size={15} aria-hidden /> {start.isPending ? "Starting…" : "Run"}
              {!start.isPending && <span className="hidden-text">{begins}</span>}
            </Button>
            <Button
              data-testid="dry-run"
              busy={start.isPending}
              disabled={!mayRun || samples.isPending || empty}
              title={`Dry run${begins}: actions that change something outside are not called, an example stands in for their output`}
              onClick={() => run(true)}
            >
              <FlaskConical size={15} aria-hidden /> <span className="roomy">Dry run</span>
              <span className="hidden-text">{begins}</span>
            </Button>
            <PartMenu may={mayRun} />
            <InputPicker items={items} onEdit={() => setEditing("run")} />
          </div>
          <div className="row">
            <PinMenu may={mayRun} onRun={() => run(false, false)} />
            <RunPill onFailed={(step) => session.show(step.node)} />
            <DryRunBadge />
            <Unfold open={unfolded} onToggle={() => unfold(!unfolded)} />
          </div>
        </div>
        <Result />
        <div className="runbar-timeline">
          <RunTimes />
        </div>
        <Suspense>
          {editing && (
            <InputDialog
              items={items}
              onClose={() => {
                setEditing(undefined);
                setPinning(true);
                start.reset();
              }}
              onRun={(input) => begin(input, editing === "dry", pinning)}
              busy={start.isPending}
              faults={faults}
              mayRun={mayRun}
            />
          )}
          {pinDialog && <PinDialog />}
        </Suspense>
      </section>
    </>
  );
}

/** What a run would begin with, as it goes on after "Run": it takes the place of what stands in the flow. */
function useBeginsWith(sample: Sample | undefined): string {
  const session = useSession();
  const asks = session.document((s) => needsInput(s.history.flow.input));
  if (sample !== undefined) return ` with “${plainly(sample.name)}”`;
  return asks ? " (asks for the input)" : " with empty input";
}

/** Says of a dry run that it was one: what its steps gave may be examples. */
function DryRunBadge() {
  const run = useRunSummary();
  return run === undefined ? null : <BadgeOf id={run.id} />;
}

function BadgeOf({ id }: { id: string }) {
  if (useRunNow(id)?.dryRun !== true) return null;
  return (
    <span
      className="badge"
      data-testid="dry-run-badge"
      title="Actions that change something outside were not called: examples stand in for what they give"
    >
      <FlaskConical size={13} aria-hidden /> Dry run
    </span>
  );
}

/** Where the bar is one line: opens what the run gave, and its times, above the line. */
function Unfold({ open, onToggle }: { open: boolean; onToggle: () => void }) {
  const compact = useCompact();
  const run = useRunSummary();
  if (!compact || run === undefined) return null;
  return (
    <IconButton
      className="unfold"
      label="Output and times of the run"
      data-testid="run-unfold"
      aria-expanded={open}
      onClick={onToggle}
    >
      <ChevronUp size={17} aria-hidden />
    </IconButton>
  );
}

/** When each step of the run shown ran; without one nothing, whatever is drawn. */
function RunTimes() {
  return useRunSummary() === undefined ? null : <ShownTimes />;
}

function ShownTimes() {
  const session = useSession();
  const selected = session.view((s) => s.selected);
  const open = useCallback((node: string) => session.show(node), [session]);
  return <Timeline flow={useFlow()} selected={selected} onOpen={open} />;
}

/** What the run shown has answered once it is over; the whole of it is on its page. */
function Result() {
  const run = useRunSummary();
  if (run === undefined || !isOver(run)) return null;
  return <EndedResult id={run.id} />;
}

function EndedResult({ id }: { id: string }) {
  const session = useSession();
  const run = useRunNow(id);
  const flow = useFlow();
  const queries = useQueryClient();
  const sample = session.view((s) => s.sample);
  const [open, setOpen] = useState(false);
  const other =
    run?.state === "failed" && JSON.stringify(sample?.input ?? {}) !== JSON.stringify(run.input ?? {});
  const use = async () => {
    const { items } = await queries.fetchQuery(samplesQuery(session.id));
    const name = takeSample(session.id);
    session.view.setState({ sample: items.find((s) => s.name === name) });
  };
  return (
    <section
      className="runbar-result"
      aria-label="Result of the run"
      data-testid="run-output"
      data-open={open || undefined}
      onKeyDown={(e) => e.key === "Escape" && setOpen(false)}
    >
      <div className="runbar-result-box">
        <div className="row">
          <h3 className="grow ellipsis">
            {run?.until ? `Output of ${stepName(flow, run.until)}` : "Output"}
          </h3>
          {other && run !== undefined && !session.readOnly && (
            <KeepInput run={run} onKept={() => void use()} />
          )}
          <Link to="/runs/$id" params={{ id }} search={{}}>
            Open the run
          </Link>
          <IconButton
            className="result-open"
            label="All of the result"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <ChevronUp size={15} aria-hidden />
          </IconButton>
        </div>
        <div className="runbar-value">
          {run !== undefined && isOver(run) && <RunOutput run={run} flow={flow} compact />}
        </div>
      </div>
    </section>
  );
}

/** Picks the first sample when a flow is opened, so that Run and the previews have real data at once. */
function useFirstSample(session: EditorSession, items: Sample[] | undefined): void {
  const done = useRef(false);
  useEffect(() => {
    if (done.current || items === undefined) return;
    done.current = true;
    const handed = takeSample(session.id);
    const first = items.find((s) => s.name === handed) ?? items[0];
    if (first !== undefined && session.view.getState().sample === undefined)
      session.view.setState({ sample: first });
  }, [session, items]);
}
