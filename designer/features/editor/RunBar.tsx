import "@/canvas/data.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronUp, FileJson, FlaskConical, Play } from "lucide-react";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { flows } from "@/api/client";
import { ApiError } from "@/api/http";
import { meQuery, samplesQuery } from "@/api/queries";
import type { Sample } from "@/api/types";
import { KeepInput } from "@/canvas/KeepInput";
import { RunOutput, useRunNow } from "@/canvas/RunOutput";
import { RunPill } from "@/canvas/RunPill";
import { Timeline } from "@/canvas/Timeline";
import { isTrigger, type Json, type Problem } from "@/core/flow/document";
import { faultsUnder } from "@/core/input/faults";
import { useRunSummary } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { Button, IconButton } from "@/ui/Button";
import { useCommands } from "@/ui/commands";
import { takeSample } from "@/ui/handover";
import { toast } from "@/ui/Toasts";
import { useCompact } from "@/ui/useCompact";
import { needsInput } from "./input";
import { InputDialog } from "./later";
import { type EditorSession, useFlow, useSession } from "./session";

/** The run: one button, the input it begins with, how it goes, and when each step ran. */
export function RunBar() {
  const session = useSession();
  const flow = useFlow();
  const selected = session.view((s) => s.selected);
  const me = useQuery(meQuery);
  const samples = useQuery(samplesQuery(session.id));
  const sample = session.view((s) => s.sample);
  const [editing, setEditing] = useState<"run" | "dry">();
  const [unfolded, unfold] = useState(false);
  useFirstSample(session, samples.data?.items);
  const start = useStart();
  const mayRun = me.data?.permissions.includes("flow.run") ?? false;
  const items = samples.data?.items ?? [];
  const open = (node: string) => session.show(node);
  const run = (dryRun: boolean) => {
    // What the flow says it needs is asked for, not refused.
    if (sample === undefined && needsInput(flow.input)) setEditing(dryRun ? "dry" : "run");
    else begin(sample?.input ?? {}, dryRun);
  };
  const begin = (input: Json, dryRun: boolean) =>
    start.mutate(
      { input, dryRun },
      {
        onSuccess: () => setEditing(undefined),
        // An input that the flow does not take is mended where it is given; what else fails is told outside.
        onError: (e) => setEditing(faultsOf(e).length > 0 ? (dryRun ? "dry" : "run") : undefined),
      },
    );
  const faults = useMemo(() => faultsOf(start.error), [start.error]);
  useCommands(() =>
    !mayRun || flow.nodes.length === 0
      ? []
      : [
          { id: "run", name: "Run", group: "Run", hint: sample?.name ?? "", run: () => run(false) },
          { id: "dry-run", name: "Dry run", group: "Run", hint: sample?.name ?? "", run: () => run(true) },
          { id: "edit-input", name: "Edit the input…", group: "Run", run: () => setEditing("run") },
        ],
  );
  return (
    <section className="runbar" aria-label="Run" data-unfolded={unfolded || undefined}>
      <div className="runbar-start">
        <div className="row">
          <Button
            className="run-button"
            data-testid="run"
            // Before the samples are known it would run on an input that nobody chose.
            busy={start.isPending}
            disabled={!mayRun || samples.isPending || flow.nodes.length === 0}
            onClick={() => run(false)}
          >
            <Play size={15} aria-hidden /> {start.isPending ? "Starting…" : "Run"}
          </Button>
          <Button
            data-testid="dry-run"
            busy={start.isPending}
            disabled={!mayRun || samples.isPending || flow.nodes.length === 0}
            title="Actions that change something outside are not called: an example stands in for their output"
            onClick={() => run(true)}
          >
            <FlaskConical size={15} aria-hidden /> <span className="roomy">Dry run</span>
          </Button>
          <select
            className="select sample-picker"
            aria-label="Input of the run"
            data-testid="sample"
            value={sample === undefined ? "" : sample.name}
            onChange={(e) => session.view.setState({ sample: items.find((s) => s.name === e.target.value) })}
          >
            <option value="">Empty input</option>
            {items.map((s) => (
              <option key={s.name} value={s.name}>
                {s.name}
              </option>
            ))}
            {sample !== undefined && !items.some((s) => s.name === sample.name) && (
              <option value={sample.name}>{sample.name}</option>
            )}
          </select>
          <Button small onClick={() => setEditing("run")} data-testid="edit-input">
            <FileJson size={14} aria-hidden /> <span className="roomy">Edit input</span>
          </Button>
        </div>
        <RunPill />
        <Unfold open={unfolded} onToggle={() => unfold(!unfolded)} />
      </div>
      <Result />
      <div className="runbar-timeline">
        <Timeline flow={flow} selected={selected} onOpen={open} />
      </div>
      <Suspense>
        {editing && (
          <InputDialog
            items={items}
            onClose={() => {
              setEditing(undefined);
              start.reset();
            }}
            onRun={(input) => begin(input, editing === "dry")}
            busy={start.isPending}
            faults={faults}
            mayRun={mayRun}
          />
        )}
      </Suspense>
    </section>
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
  const other =
    run?.state === "failed" && JSON.stringify(sample?.input ?? {}) !== JSON.stringify(run.input ?? {});
  const use = async () => {
    const { items } = await queries.fetchQuery(samplesQuery(session.id));
    const name = takeSample(session.id);
    session.view.setState({ sample: items.find((s) => s.name === name) });
  };
  return (
    <section className="runbar-result" aria-label="Result of the run" data-testid="run-output">
      <div className="row">
        <h3 className="grow">Output</h3>
        {other && run !== undefined && !session.readOnly && <KeepInput run={run} onKept={() => void use()} />}
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </div>
      <div className="runbar-value">
        {run !== undefined && isOver(run) && <RunOutput run={run} flow={flow} compact />}
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

/** Why a draft that is not saved can't be run, and what comes next. */
function whyUnsaved(session: EditorSession): string {
  const { state } = session.saver;
  if (state.kind === "away")
    return "The server can't be reached, so nothing can be run. The draft is kept in this browser and saved once it is back.";
  if (state.kind === "refused") return `The draft could not be saved, so it can't be run: ${state.message}`;
  return "The draft was changed elsewhere: merge the two first.";
}

/** What a start that was refused says of its input. */
function faultsOf(error: unknown): Problem[] {
  return error instanceof ApiError ? faultsUnder("/input", error.problems) : [];
}

/** Saves the draft, starts it, and shows the new run. */
function useStart() {
  const session = useSession();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn({ input, dryRun }: { input: Json; dryRun: boolean }) {
      if (!(await session.saver.flush())) throw new Error(whyUnsaved(session));
      const triggers = session.flow.nodes.filter((n) => isTrigger(n.type));
      const wanted = session.view.getState().sample?.trigger;
      const trigger =
        triggers.find((n) => n.id === wanted) ??
        triggers.find((n) => n.type === "trigger.manual") ??
        triggers[0];
      return flows.start(
        session.id,
        { input, version: "draft", dryRun, ...(trigger ? { trigger: trigger.id } : {}) },
        crypto.randomUUID?.() ?? String(Math.random()),
      );
    },
    onSuccess({ id }) {
      session.run.follow(id);
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError(error) {
      if (faultsOf(error).length > 0) return;
      const problems = "problems" in error && Array.isArray(error.problems) ? error.problems : [];
      if (problems.length > 0) session.document.setState({ problems });
      const list = { label: "Problems", run: () => session.view.setState({ panel: "problems" }) };
      // Where the server is away there is no list of problems: the badge above says that it is tried again.
      toast("fail", error.message, problems.length > 0 ? list : undefined);
    },
  });
}
