import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight, Ban, PenLine, Workflow } from "lucide-react";
import { useContext, useState } from "react";
import { runs } from "@/api/client";
import { stepQuery } from "@/api/queries";
import type { StepDetail } from "@/api/types";
import { pathFrom, sourceOf } from "@/core/expr/source";
import type { JsonObject } from "@/core/flow/document";
import { passOf } from "@/core/flow/steps";
import { RunContext, useNodeRun, useRunSummary } from "@/run/hooks";
import { isKept, type StepView, wordOf } from "@/run/reduce";
import { CopyButton } from "@/ui/CopyButton";
import { Failure } from "@/ui/Feedback";
import { callWord, clockText, dateText, durationText, shortId } from "@/ui/format";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { Status, stateWord } from "@/ui/Status";
import { CutNote, DownloadWhole } from "./LargeValue";

/** The data of one node in the run that is shown. */
export interface NodeStep {
  runId: string | undefined;
  /** All passes of the node; one outside of containers. */
  steps: StepView[];
  step: StepView | undefined;
  detail: StepDetail | undefined;
  loading: boolean;
  error: unknown;
  choose: (key: string) => void;
}

/** Loads what a node did: its newest or chosen pass, again whenever its state changes. */
export function useNodeStep(node: string, first?: string): NodeStep {
  const store = useContext(RunContext);
  const summary = useRunSummary();
  const run = useNodeRun(node);
  const [chosen, choose] = useState<string | undefined>(first);
  const steps = summary === undefined || run === undefined ? [] : store.stepsOf(node);
  const step = steps.find((s) => s.key === chosen) ?? steps.find((s) => s.state === "failed") ?? steps[0];
  const ready = summary !== undefined && step !== undefined && step.state !== "pending";
  const mark = `${step?.state}:${step?.attempts}:${summary?.endedAt ?? ""}`;
  const query = useQuery({ ...stepQuery(summary?.id ?? "", step?.key ?? "", mark), enabled: ready });
  return {
    runId: summary?.id,
    steps,
    step,
    detail: ready ? query.data : undefined,
    loading: ready && query.isPending,
    error: query.error,
    choose,
  };
}

/** Chooses among the passes of a node in a container. */
export function PassPicker({ data }: { data: NodeStep }) {
  if (data.steps.length < 2) return null;
  return (
    <select
      className="select pass-picker"
      aria-label="Pass"
      value={data.step?.key}
      onChange={(e) => data.choose(e.target.value)}
    >
      {data.steps.map((s) => (
        <option key={s.key} value={s.key}>
          Item {passOf(s.key)} · {stateWord(wordOf(s))}
        </option>
      ))}
    </select>
  );
}

interface StepInputProps {
  data: NodeStep;
  /** What the node's parameters say: they tell what a received value is computed from. */
  parameters: JsonObject | undefined;
}

export function StepInput({ data, parameters }: StepInputProps) {
  if (data.runId === undefined) return <Hint text="Run the flow to see what this step receives." />;
  if (data.step === undefined) return <Hint text="This step was not reached in the run shown." />;
  if (data.step.pinned) return <Hint text="The output is pinned: nothing was evaluated or called." />;
  if (data.loading) return <Hint text="Loading…" />;
  if (data.detail?.input === undefined || data.detail.input === null)
    return <Hint text="It received nothing." />;
  const { input, inputCut } = data.detail;
  const file = runs.stepFile(data.runId, data.step.key, "input");
  return (
    <>
      {inputCut && <CutNote value={input} cut={inputCut} label="input" file={file} />}
      <JsonTree
        value={input}
        template={(keys) => sourceOf(parameters, keys)}
        label="Input"
        more={inputCut?.more}
        whole={<DownloadWhole label="input" file={file} />}
      />
    </>
  );
}

export function StepOutput({ data }: { data: NodeStep }) {
  const called = data.detail?.called;
  return (
    <>
      {called && (
        <p className="step-called">
          <Link to="/runs/$id" params={{ id: called }} search={{}} className="btn" data-testid="open-called">
            <Workflow size={14} aria-hidden /> Open the run that it called ({shortId(called)})
          </Link>
        </p>
      )}
      <StepResult data={data} />
    </>
  );
}

function StepResult({ data }: { data: NodeStep }) {
  const { step, detail } = data;
  if (data.runId === undefined) return <Hint text="No run yet." />;
  if (step === undefined) return <Hint text="This step was not reached in the run shown." />;
  if (detail?.ask && (step.state === "waiting" || step.state === "unknown"))
    return (
      <div className="hint-ask">
        <Hint
          text={
            step.state === "unknown"
              ? "The call was interrupted, and nobody can tell whether it took effect."
              : "It waits for people."
          }
        />
        <Link to="/inbox/$id" params={{ id: detail.ask }} className="btn" data-testid="open-question">
          Open the question
        </Link>
      </div>
    );
  if (step.state === "waiting" && step.due !== undefined)
    return <Hint text={`It waits until ${dateText(new Date(step.due).toISOString())}.`} />;
  if (step.state === "running" || step.state === "waiting")
    return <Hint text={`${stateWord(step.state)}…`} />;
  if (step.state === "skipped") return <Hint text="It was skipped: no way led here." />;
  if (data.loading) return <Hint text="Loading…" />;
  if (data.error instanceof Error)
    return <Failure title="The data could not be loaded" detail={data.error.message} />;
  const root = step.key.includes(".") ? step.node : step.key;
  const file = runs.stepFile(data.runId, step.key, "output");
  return (
    <>
      <StepFailure error={detail?.error ?? step.error} step={root} />
      {detail?.outputCut && (
        <CutNote value={detail.output} cut={detail.outputCut} label="output" file={file} />
      )}
      {detail?.output !== undefined && (detail.output !== null || !step.error) && (
        <JsonTree
          value={detail.output}
          template={pathFrom(`steps.${root}.output`)}
          label="Output"
          more={detail.outputCut?.more}
          whole={<DownloadWhole label="output" file={file} />}
        />
      )}
    </>
  );
}

interface StepFailureProps {
  error: { code: string; message: string; details?: unknown } | null | undefined;
  /** Whose error it is, for expressions. */
  step?: string;
}

export function StepFailure({ error, step }: StepFailureProps) {
  if (!error) return null;
  return (
    <div className="step-failure" data-testid="step-error">
      <Failure title={error.message} detail={error.code}>
        <CopyButton text={`${error.code}: ${error.message}`} what="the error" className="failure-copy" />
      </Failure>
      {error.details !== undefined && error.details !== null && (
        <JsonTree
          value={error.details}
          template={step === undefined ? undefined : pathFrom(`steps.${step}.error.details`)}
          label="Details"
          searchable={false}
        />
      )}
    </div>
  );
}

export function StepLog({ data }: { data: NodeStep }) {
  const lines = data.detail?.logs ?? [];
  if (data.loading) return <Hint text="Loading…" />;
  if (lines.length === 0) return <Hint text="It wrote no log." />;
  return (
    <ul className="log" aria-label="Log">
      {lines.map((line, i) => (
        <li key={i} data-level={line.level}>
          <time dateTime={line.at}>{clockText(line.at)}</time>
          {line.level === "call" ? <CallMark message={line.message} /> : <span>{line.level}</span>}
          <span className="log-text">{plainly(line.message)}</span>
        </li>
      ))}
    </ul>
  );
}

const CALLS = {
  sent: { icon: ArrowUpRight, title: "A request that the server sent for this step" },
  refused: { icon: Ban, title: "A request that the server refused: nothing was sent" },
  sign: { icon: PenLine, title: "What the server was asked to sign for this step" },
};

function CallMark({ message }: { message: string }) {
  const word = callWord(message);
  const { icon: Icon, title } = CALLS[word];
  return (
    <span className="log-call" data-call={word} title={title}>
      <Icon size={13} aria-hidden /> {word}
    </span>
  );
}

/** State, duration and tries of a step in a line. */
export function StepFigures({ data }: { data: NodeStep }) {
  const { step } = data;
  const { view } = useContext(RunContext);
  if (step === undefined) return null;
  const kept = view !== undefined && isKept(view, step);
  const duration =
    !step.pinned && step.startedAt !== undefined && step.endedAt !== undefined
      ? durationText(step.endedAt - step.startedAt)
      : "";
  const figures = [duration, step.attempts > 1 ? `${step.attempts} tries` : "", kept ? "kept" : ""].filter(
    Boolean,
  );
  return (
    <span className="step-figures">
      <Status state={wordOf(step)} size={14} />
      {figures.length > 0 && <span className="muted">{figures.join(" · ")}</span>}
    </span>
  );
}

function Hint({ text }: { text: string }) {
  return <p className="muted">{text}</p>;
}
