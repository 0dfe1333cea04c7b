import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FileCheck2, GitCompareArrows, History, ListRestart, RotateCcw } from "lucide-react";
import { useState } from "react";
import { runs, type Version } from "@/api/client";
import { usePermissions } from "@/api/permissions";
import { retryPlanQuery, runFlowQuery, runsQuery, versionsQuery } from "@/api/queries";
import type { RetryPlan } from "@/api/travel";
import type { Run } from "@/api/types";
import type { Flow } from "@/core/flow/document";
import { stepName } from "@/core/flow/steps";
import { isOver } from "@/run/reduce";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { saveText } from "@/ui/download";
import { ErrorView, SkeletonRows } from "@/ui/Feedback";
import { Field } from "@/ui/Fields";
import { dateText, plural, shortId } from "@/ui/format";
import { Menu } from "@/ui/Menu";
import { stateWord } from "@/ui/Status";
import { toast } from "@/ui/Toasts";
import { StepName } from "./StepName";

interface RunAgainProps {
  run: Run;
  /** How it stands by now. */
  now: { state: Run["state"]; endedAt?: string | number | null };
  may: boolean;
}

/** What can be done with a run that is over: replay it, go on from it, compare it, keep it as a test. */
export function RunAgain({ run, now, may }: RunAgainProps) {
  const [retrying, setRetrying] = useState(false);
  const [comparing, setComparing] = useState(false);
  const replay = useReplay(run);
  const over = isOver(now);
  const { can } = usePermissions();
  const first = run.replayOf === undefined;
  return (
    <>
      <Menu
        trigger={
          <Button data-testid="run-again" busy={replay.isPending}>
            <History size={15} aria-hidden /> {replay.isPending ? "Replaying…" : "Run again"}
          </Button>
        }
        entries={[
          {
            label: "Replay offline, same version",
            icon: <History size={15} aria-hidden />,
            disabled: !may || !over,
            onSelect: () => replay.mutate(undefined),
          },
          {
            label: "Replay offline with the draft",
            icon: <History size={15} aria-hidden />,
            disabled: !may || !over,
            onSelect: () => replay.mutate("draft"),
          },
          {
            label: "Go on from what failed…",
            icon: <ListRestart size={15} aria-hidden />,
            disabled: !may || !over || !first || now.state === "succeeded",
            onSelect: () => setRetrying(true),
          },
          "line",
          {
            label: "Compare with another run…",
            icon: <GitCompareArrows size={15} aria-hidden />,
            disabled: !over,
            onSelect: () => setComparing(true),
          },
          {
            label: "Save as a test case",
            icon: <FileCheck2 size={15} aria-hidden />,
            disabled: !over || !can("export"),
            onSelect: () => void saveCase(run),
          },
        ]}
      />
      {retrying && <RetryDialog run={run} from={[]} onClose={() => setRetrying(false)} />}
      {comparing && <CompareDialog run={run} onClose={() => setComparing(false)} />}
    </>
  );
}

function useReplay(run: Run) {
  const go = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (version: Version | undefined) => runs.replay(run.id, version),
    onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["runs"] });
      const before = run.replayOf ?? run.id;
      void go({ to: "/runs/$id/compare", params: { id: before }, search: { with: id } });
    },
    onError: (e) => toast("fail", `The run could not be replayed: ${e.message}`),
  });
}

async function saveCase(run: Run): Promise<void> {
  try {
    const found = await runs.testCase(run.id);
    const name = run.flowName.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const file = { flow: `${name}.flow.json`, cases: [found] };
    saveText(`${name}.test.json`, `${JSON.stringify(file, undefined, 2)}\n`);
    toast("ok", "Saved. Put it beside the flow's file and run: drawbridge flow test");
  } catch (error) {
    toast("fail", `No case could be made of the run: ${(error as Error).message}`);
  }
}

interface RetryDialogProps {
  run: Run;
  /** The steps to go on from; none is what failed. */
  from: string[];
  onClose: () => void;
}

/** Says what runs again, what is kept, and what changes something outside, before anything does. */
export function RetryDialog({ run, from, onClose }: RetryDialogProps) {
  const [version, setVersion] = useState<string>();
  const plan = useQuery(retryPlanQuery(run.id, from, version));
  const flow = useQuery(runFlowQuery(run.id)).data?.flow;
  const named = (keys: string[]) => keys.map((key) => stepName(flow, key)).join(", ");
  const go = useNavigate();
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const retry = useMutation({
    mutationFn: () =>
      runs.retry(run.id, {
        from,
        repeat: sure ? (plan.data?.unknown ?? []) : [],
        ...(version === undefined ? {} : { version }),
      }),
    onSuccess({ id }) {
      void queries.invalidateQueries({ queryKey: ["runs"] });
      onClose();
      void go({ to: "/runs/$id", params: { id }, search: {} });
    },
  });
  const blocked = plan.data !== undefined && plan.data.unknown.length > 0 && !sure;
  const harmful = (plan.data?.effects.length ?? 0) > 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title={from.length === 0 ? "Go on from what failed" : `Go on from ${named(from)}`}
      description="A new run begins with the results that are kept."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={harmful ? "danger-full" : "primary"}
            disabled={plan.data === undefined || blocked}
            busy={retry.isPending}
            onClick={() => retry.mutate()}
            data-testid="retry"
          >
            <RotateCcw size={15} aria-hidden /> {harmful ? "Run again, with effects" : "Run again"}
          </Button>
        </>
      }
    >
      <RetryVersion run={run} version={version} onChange={setVersion} />
      {plan.isPending && <SkeletonRows rows={3} />}
      {plan.isError && <ErrorView error={plan.error} />}
      {plan.data && <Plan plan={plan.data} flow={flow} />}
      {plan.data !== undefined && plan.data.unknown.length > 0 && (
        <label className="row">
          <input type="checkbox" checked={sure} onChange={(e) => setSure(e.target.checked)} /> I have looked:{" "}
          {named(plan.data.unknown)} did not take effect, or may do so twice.
        </label>
      )}
      {retry.isError && <ErrorView error={retry.error} />}
    </Dialog>
  );
}

interface RetryVersionProps {
  run: Run;
  version: string | undefined;
  onChange: (version: string | undefined) => void;
}

/** With which version it goes on: its own, or the one that was published since, or the draft. */
function RetryVersion({ run, version, onChange }: RetryVersionProps) {
  const published = useQuery(versionsQuery(run.flow)).data?.items[0]?.version ?? 0;
  const own = run.version > 0 ? `version ${run.version}` : "the draft as it was then";
  return (
    <Field label="With">
      {(id) => (
        <select
          id={id}
          className="select"
          data-testid="retry-version"
          value={version ?? ""}
          onChange={(e) => onChange(e.target.value === "" ? undefined : e.target.value)}
        >
          <option value="">{`What it ran with: ${own}`}</option>
          {published > run.version && <option value="latest">{`The live version ${published}`}</option>}
          <option value="draft">The draft</option>
        </select>
      )}
    </Field>
  );
}

function Plan({ plan, flow }: { plan: RetryPlan; flow: Flow | undefined }) {
  return (
    <div data-testid="retry-plan">
      <p>
        Runs {plural(plan.reruns.length, "step")} again
        {plan.first.length > 0 && ` and up to ${plural(plan.first.length, "node")} for the first time`}, keeps{" "}
        {plural(plan.reuses.length, "result")}.
      </p>
      {plan.effects.length > 0 && (
        <>
          <h3>Changes something outside</h3>
          <ul className="plan-list">
            {plan.effects.map((e) => (
              <li key={e.step}>
                <StepName flow={flow} step={e.step} /> <span className="muted">{e.type}</span>{" "}
                <span className="badge badge-fail">{e.effect === "call" ? "calls a flow" : e.effect}</span>
                {e.before === "succeeded" && " took effect before, and does so a second time"}
                {e.before === "failed" && " failed before"}
                {e.before === "unknown" && " may have taken effect before"}
              </li>
            ))}
          </ul>
        </>
      )}
      <KeyList title="Runs again" keys={plan.reruns} flow={flow} />
      <KeyList title="May run for the first time" keys={plan.first} flow={flow} />
      <KeyList title="Kept" keys={plan.reuses} flow={flow} />
    </div>
  );
}

/** How many keys are named; loops have thousands. */
const NAMED = 40;

interface KeyListProps {
  title: string;
  keys: string[];
  flow: Flow | undefined;
}

function KeyList({ title, keys, flow }: KeyListProps) {
  if (keys.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="plan-keys">
        {keys.slice(0, NAMED).map((k) => (
          <li key={k}>
            <StepName flow={flow} step={k} />
          </li>
        ))}
        {keys.length > NAMED && <li className="muted">and {keys.length - NAMED} more</li>}
      </ul>
    </>
  );
}

/** Picks the run that another is compared with: those of the same flow, and its replays. */
function CompareDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const others = useQuery(runsQuery({ flow: run.flow }, 20));
  const replays = useQuery(runsQuery({ flow: run.flow, replays: "true" }, 20));
  const go = useNavigate();
  const list = [...(replays.data?.items ?? []), ...(others.data?.items ?? [])].filter((r) => r.id !== run.id);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Compare with"
      description={`Run ${shortId(run.id)} is the one before.`}
    >
      {others.isPending && <SkeletonRows rows={4} />}
      {others.isError && <ErrorView error={others.error} />}
      {others.data !== undefined && list.length === 0 && <p className="muted">This flow has no other run.</p>}
      <ul className="pick-list">
        {list.map((r) => (
          <li key={r.id}>
            <Button
              look="quiet"
              onClick={() =>
                void go({ to: "/runs/$id/compare", params: { id: run.id }, search: { with: r.id } })
              }
            >
              <code>{shortId(r.id)}</code> {r.replayOf ? `Replay of ${shortId(r.replayOf)}` : "Run"} ·{" "}
              {r.version > 0 ? `v${r.version}` : "draft"} · {stateWord(r.state)} · {dateText(r.createdAt)}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
