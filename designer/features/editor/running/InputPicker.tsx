import { useMutation, useQuery } from "@tanstack/react-query";
import { BookmarkPlus, FileJson } from "lucide-react";
import { runs } from "@/api/client";
import { runsQuery } from "@/api/queries";
import { useChangeSamples } from "@/api/samples";
import type { RunRow, Sample } from "@/api/types";
import { type Flow, nodeById } from "@/core/flow/document";
import { withSample } from "@/core/input/samples";
import { Button, IconButton } from "@/ui/Button";
import { clockText, dateText, shortId } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { useFlow, useSession } from "../useSession";

/** How many earlier runs are looked at. */
const RECENT = 10;
const RECORDED = "run:";

interface InputPickerProps {
  items: Sample[];
  onEdit: () => void;
}

/** What the run begins with: a sample, what an earlier run began with, or nothing. */
export function InputPicker({ items, onEdit }: InputPickerProps) {
  const session = useSession();
  const flow = useFlow();
  const sample = session.view((s) => s.sample);
  const recent = useRecorded(session.id);
  const load = useMutation({
    mutationFn: (run: RunRow) => recorded(run, flow),
    onSuccess: (found) => session.view.setState({ sample: found }),
    onError: (e) => toast("fail", `The recorded input could not be loaded: ${e.message}`),
  });
  const choose = (value: string) => {
    const run = recent.find((r) => RECORDED + r.id === value);
    if (run !== undefined) load.mutate(run);
    else session.view.setState({ sample: items.find((s) => s.name === value) });
  };
  const unkept = sample !== undefined && !items.some((s) => s.name === sample.name);
  return (
    <>
      <select
        className="select sample-picker"
        aria-label="Input of the run"
        data-testid="sample"
        aria-busy={load.isPending}
        value={sample === undefined ? "" : sample.name}
        onChange={(e) => choose(e.target.value)}
      >
        <option value="">Empty input</option>
        {items.length > 0 && (
          <optgroup label="Samples">
            {items.map((s) => (
              <option key={s.name} value={s.name}>
                {plainly(s.name)}
              </option>
            ))}
          </optgroup>
        )}
        {unkept && <option value={sample.name}>{plainly(sample.name)}</option>}
        <optgroup label="Recorded inputs">
          {recent.map((run) => (
            <option key={run.id} value={RECORDED + run.id}>
              {plainly(recordedName(run, flow))}
            </option>
          ))}
          {recent.length === 0 && (
            <option disabled value={RECORDED}>
              None yet: run the flow, or publish it and send it an event
            </option>
          )}
        </optgroup>
      </select>
      {unkept && !session.readOnly && <KeepSample sample={sample} />}
      <Button small onClick={onEdit} data-testid="edit-input">
        <FileJson size={14} aria-hidden /> <span className="roomy">Edit input</span>
      </Button>
    </>
  );
}

/** The newest runs that began with an input of their own. */
function useRecorded(flow: string): RunRow[] {
  const list = useQuery(runsQuery({ flow }, RECENT));
  return (list.data?.items ?? []).filter((r) => !r.retryOf && !r.replayOf);
}

/** When, by which trigger, and which run. */
function recordedName(run: RunRow, flow: Flow): string {
  const node = nodeById(flow, run.trigger ?? "");
  // Nothing but people starts a draft.
  const by =
    run.version === 0
      ? "by hand"
      : node?.name || node?.type.replace("trigger.", "") || run.trigger || "by hand";
  const at = new Date(run.createdAt);
  const today = at.toDateString() === new Date().toDateString();
  return `${today ? clockText(run.createdAt) : dateText(run.createdAt)} · ${by} · ${shortId(run.id)}`;
}

/** What a run began with, whole: a run shows large inputs cut off, its trigger's step does not. */
async function recorded(run: RunRow, flow: Flow): Promise<Sample> {
  const trigger = run.trigger ?? "";
  const input = trigger === "" ? (await runs.get(run.id)).input : (await runs.step(run.id, trigger)).input;
  return {
    name: recordedName(run, flow),
    ...(nodeById(flow, trigger) ? { trigger } : {}),
    input: input ?? {},
  };
}

/** Keeps an input that was loaded or edited as a sample of the flow. */
function KeepSample({ sample }: { sample: Sample }) {
  const session = useSession();
  const change = useChangeSamples(session.id);
  const keep = useMutation({
    async mutationFn() {
      let kept = sample;
      await change((items) => {
        const next = withSample(items, sample);
        kept = next.kept;
        return next.items;
      });
      session.view.setState({ sample: kept });
      return kept;
    },
    onSuccess: (kept) => toast("ok", `Kept “${kept.name}” as a sample.`),
    onError: (e) => toast("fail", e.message),
  });
  return (
    <IconButton
      label="Keep this input as a sample"
      data-testid="keep-recorded"
      disabled={keep.isPending}
      onClick={() => keep.mutate()}
    >
      <BookmarkPlus size={15} aria-hidden />
    </IconButton>
  );
}
