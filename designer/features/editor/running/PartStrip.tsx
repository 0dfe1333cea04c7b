import { plainly } from "@/ui/Named";
import "./running.css";
import { useQuery } from "@tanstack/react-query";
import { FlaskConical, History, Pin, Play, ShieldAlert, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { flows } from "@/api/client";
import { ApiError } from "@/api/http";
import { runQuery } from "@/api/queries";
import type { RunPlan } from "@/api/types";
import { focusNode } from "@/canvas/going";
import { type Flow, type FlowNode, nodeById } from "@/core/flow/document";
import { nodeOfKey, stepName } from "@/core/flow/steps";
import { useRunSummary } from "@/run/hooks";
import { isOver } from "@/run/reduce";
import { Button, IconButton } from "@/ui/Button";
import { shortId } from "@/ui/format";
import type { EditorSession } from "../session";
import { useFlow, useSession } from "../useSession";
import { PARTS, type Part } from "./parts";
import { usePins } from "./pins";
import { requestOf, type Start, useStart, whyUnsaved } from "./starting";

/** Says what running a part would run, keep and change outside, before anything does. */
export function PartStrip() {
  const session = useSession();
  const part = session.view((s) => s.part);
  const node = nodeById(useFlow(), part?.node ?? "");
  if (part === undefined || node === undefined) return null;
  return <OpenPart key={`${part.kind} ${part.node}`} part={part} node={node} />;
}

/** The run shown, where another can go on from it. */
function useBase(): { id: string; dryRun: boolean } | undefined {
  const shown = useRunSummary();
  const read = useQuery({ ...runQuery(shown?.id ?? ""), enabled: shown !== undefined });
  if (shown === undefined || !isOver(shown) || read.data === undefined || read.data.replayOf)
    return undefined;
  return { id: shown.id, dryRun: read.data.dryRun ?? false };
}

/** The step of a node in the run shown: the one that failed, else the first. */
function keyOf(session: EditorSession, node: FlowNode): string | undefined {
  const steps = session.run.stepsOf(node.id);
  const step = steps.find((s) => s.state === "failed") ?? steps[0];
  return step?.key ?? (node.parent === undefined ? node.id : undefined);
}

function OpenPart({ part, node }: { part: Part; node: FlowNode }) {
  const session = useSession();
  const flow = useFlow();
  const base = useBase();
  const sample = session.view((s) => s.sample);
  const pins = usePins();
  const [pinned, setPinned] = useState(true);
  const start = useStart();
  const strip = useRef<HTMLElement>(null);
  const from = keyOf(session, node);
  // Without a run that has what it needs, a step is run on what leads to it.
  const alone = part.kind !== "until" && base !== undefined && from !== undefined;
  const how: Start = {
    ...{ dryRun: false, pins: pinned && pins.size > 0 },
    ...(alone
      ? { from, reuse: base.id, dryRun: base.dryRun, ...(part.kind === "only" ? { only: true } : {}) }
      : { until: node.id, input: sample?.input ?? {} }),
  };
  const plan = usePlan(session, how);
  const close = () => {
    session.view.setState({ part: undefined });
    focusNode(node.id);
  };
  const run = (dryRun: boolean) => start.mutate({ ...how, dryRun }, { onSuccess: close });
  useEffect(() => strip.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (plan.data !== undefined && document.activeElement === strip.current)
      strip.current?.querySelector<HTMLElement>("[data-testid=run-part-now]")?.focus({ preventScroll: true });
  }, [plan.data]);
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  const name = plainly(node.name || node.id);
  const harmful = (plan.data?.effects.length ?? 0) > 0 && !how.dryRun;
  const blocked = (plan.data?.unknown.length ?? 0) > 0;
  return (
    <div className="part-anchor">
      <section
        ref={strip}
        tabIndex={-1}
        className="part-strip"
        aria-label={`${PARTS.find((p) => p.kind === part.kind)?.does}: ${name}`}
        data-testid="part"
        onKeyDown={keys}
      >
        <header className="row">
          <h3 className="grow ellipsis">
            {alone || part.kind === "until" ? PARTS.find((p) => p.kind === part.kind)?.does : "Run to here"}:{" "}
            {name}
          </h3>
          <IconButton label="Close, and run nothing" onClick={close}>
            <X size={15} aria-hidden />
          </IconButton>
        </header>
        {part.kind !== "until" && !alone && (
          <p className="muted">No earlier run is shown that has its input, so the flow is run up to it.</p>
        )}
        {plan.isPending && <p className="muted">Looking what it would run…</p>}
        {plan.isError && <Refused error={plan.error} part={part} />}
        {plan.data && <PlanLines plan={plan.data} flow={flow} base={alone ? base : undefined} />}
        {blocked && (
          <p className="field-error">
            Nobody can tell whether {plan.data?.unknown.map((k) => stepName(flow, k)).join(", ")} took effect:
            open the run, and go on from there.
          </p>
        )}
        <div className="row">
          {plan.data && (
            <Button
              look={harmful ? "danger-full" : "primary"}
              busy={start.isPending}
              disabled={blocked}
              onClick={() => run(how.dryRun)}
              data-testid="run-part-now"
            >
              <Play size={15} aria-hidden />{" "}
              {harmful ? "Run, with effects" : how.dryRun ? "Run, as a dry run" : "Run"}
            </Button>
          )}
          {plan.data && !alone && (
            <Button busy={start.isPending} onClick={() => run(true)} data-testid="dry-part-now">
              <FlaskConical size={15} aria-hidden /> Dry run
            </Button>
          )}
          {pins.size > 0 && (
            <label className="row part-pins">
              <input type="checkbox" checked={pinned} onChange={(e) => setPinned(e.target.checked)} /> Use
              pinned outputs
            </label>
          )}
        </div>
      </section>
    </div>
  );
}

/** What the server says of a start, again whenever the draft or the start is another. */
function usePlan(session: EditorSession, how: Start) {
  const past = session.document((s) => s.history.past.length - s.history.future.length);
  return useQuery({
    queryKey: ["plan", session.id, past, JSON.stringify(how)],
    async queryFn() {
      if (!(await session.saver.flush())) throw new Error(whyUnsaved(session));
      return flows.plan(session.id, requestOf(session, how));
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

/** Why it can't be run so; where an earlier run lacks something, the flow is run up to the step instead. */
function Refused({ error, part }: { error: Error; part: Part }) {
  const session = useSession();
  const codes = error instanceof ApiError ? error.problems.map((p) => p.code) : [];
  const lacks = part.kind !== "until" && codes.some((c) => c === "reuse.lacks" || c === "retry.from");
  return (
    <div role="alert">
      <p className="field-error">
        {codes.includes("reuse.lacks")
          ? "The run shown lacks what this step needs, or the draft was changed before it."
          : error.message}
      </p>
      {lacks && (
        <Button
          small
          data-testid="until-instead"
          onClick={() => session.view.setState({ part: { ...part, kind: "until" } })}
        >
          Run to here instead
        </Button>
      )}
    </div>
  );
}

/** How many nodes are named. */
const NAMED = 8;

function PlanLines({ plan, flow, base }: { plan: RunPlan; flow: Flow; base: { id: string } | undefined }) {
  const runs = nodesOf(plan.runs);
  const kept = nodesOf(plan.reuses).filter((id) => !runs.includes(id));
  const pinned = nodesOf(plan.pinned);
  const effects = new Map(plan.effects.map((e) => [nodeOfKey(e.step), e]));
  return (
    <div className="part-plan" data-testid="part-plan">
      <p>
        <Play size={13} aria-hidden /> Runs {runs.length}
        {kept.length > 0 && `, keeps ${kept.length} of run ${shortId(base?.id ?? "")}`}
        {pinned.length > 0 && `, takes ${pinned.length} pinned`}.
      </p>
      {effects.size > 0 ? (
        <p className="part-effects">
          <ShieldAlert size={13} aria-hidden /> Changes something outside:{" "}
          {[...effects]
            .map(([id, e]) => `${stepName(flow, id)} (${word(e.effect)}${again(e.before)})`)
            .join(", ")}
        </p>
      ) : (
        <p className="muted">Nothing outside is changed.</p>
      )}
      <Names icon={<Play size={12} aria-label="Runs" />} ids={runs} flow={flow} />
      <Names icon={<Pin size={12} aria-label="Pinned" />} ids={pinned} flow={flow} />
      <Names icon={<History size={12} aria-label="Kept" />} ids={kept} flow={flow} />
    </div>
  );
}

function word(effect: string): string {
  return effect === "call" ? "calls a flow" : effect;
}

function again(before: string | undefined): string {
  return before === "succeeded" ? ", a second time" : "";
}

function Names({ icon, ids, flow }: { icon: React.ReactNode; ids: string[]; flow: Flow }) {
  if (ids.length === 0) return null;
  return (
    <p className="part-names">
      {icon}{" "}
      {ids
        .slice(0, NAMED)
        .map((id) => plainly(stepName(flow, id)))
        .join(" · ")}
      {ids.length > NAMED && ` · and ${ids.length - NAMED} more`}
    </p>
  );
}

function nodesOf(keys: string[]): string[] {
  return [...new Set(keys.map(nodeOfKey))];
}
