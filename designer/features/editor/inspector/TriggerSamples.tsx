import { useMutation, useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { samplesQuery } from "@/api/queries";
import { type SamplesChange as ToSamples, useChangeSamples } from "@/api/samples";
import type { Sample } from "@/api/types";
import { pathFrom } from "@/core/expr/source";
import type { FlowNode } from "@/core/flow/document";
import { type ExampleSet, eventOfSchema, examplesFor } from "@/core/input/examples";
import { inputOfText } from "@/core/input/mail";
import { withSample } from "@/core/input/samples";
import { Button, IconButton } from "@/ui/Button";
import { ErrorView } from "@/ui/Feedback";
import { JsonTree } from "@/ui/JsonTree";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { formOf } from "../input";
import { useSession } from "../useSession";

/** The events that a trigger is tried with: kept on the server, chosen here and in the run bar. */
export function TriggerSamples({ node }: { node: FlowNode }) {
  const session = useSession();
  const kept = useKeep(node);
  const chosen = session.view((s) => s.sample);
  const own = kept.items.filter((s) => !s.trigger || s.trigger === node.id);
  const shown = own.find((s) => s.name === chosen?.name) ?? own[0];
  const [adding, setAdding] = useState(false);
  const choose = (name: string) => session.view.setState({ sample: own.find((s) => s.name === name) });
  return (
    <section className="pane pane-input pane-samples" aria-label="Sample events">
      <div className="pane-head">
        <strong>Sample event</strong>
        <span className="grow" />
        {shown !== undefined && (
          <>
            <select
              className="select"
              aria-label="Sample event"
              data-testid="trigger-sample"
              value={shown.name}
              onChange={(e) => choose(e.target.value)}
            >
              {own.map((s) => (
                <option key={s.name} value={s.name}>
                  {plainly(s.name)}
                </option>
              ))}
            </select>
            {!session.readOnly && (
              <>
                <Button small onClick={() => setAdding(!adding)} aria-expanded={adding}>
                  Add
                </Button>
                <IconButton label={`Delete the sample ${shown.name}`} onClick={() => kept.remove(shown)}>
                  <Trash2 size={14} aria-hidden />
                </IconButton>
              </>
            )}
          </>
        )}
      </div>
      <div className="pane-body">
        {kept.error !== null && <ErrorView error={kept.error} />}
        {!session.readOnly && kept.known && (shown === undefined || adding) && (
          <AddSample
            node={node}
            first={shown === undefined}
            busy={kept.busy}
            onKeep={(set) => kept.add(set)}
          />
        )}
        {shown !== undefined && (
          <JsonTree value={shown.input} template={pathFrom("trigger.body")} label="Sample event" />
        )}
        {shown === undefined && session.readOnly && (
          <p className="muted">No sample is kept with this trigger.</p>
        )}
      </div>
    </section>
  );
}

interface AddSampleProps {
  node: FlowNode;
  first: boolean;
  busy: boolean;
  onKeep: (events: ExampleSet["events"]) => void;
}

/** Ways to a first event: a made-up one by a click, or a real one that is pasted. */
function AddSample({ node, first, busy, onKeep }: AddSampleProps) {
  const input = useSession().document((s) => s.history.flow.input);
  const [text, setText] = useState("");
  // A flow that says what it takes is tried with that, and not with what others take.
  const described = formOf(input) !== undefined;
  const sets: readonly ExampleSet[] = described
    ? [
        {
          label: "From the flow's input",
          events: [{ name: "Example", input: eventOfSchema(input) }],
        },
      ]
    : examplesFor(node.type);
  const read = text.trim() === "" ? undefined : inputOfText(text, input);
  const take = (pasted: string) => {
    const found = inputOfText(pasted, input);
    setText(found.ok ? "" : pasted);
    if (found.ok) onKeep([{ name: "Pasted event", input: found.input }]);
  };
  return (
    <div className="add-sample">
      {first && (
        <p className="muted">
          With an event at hand every later step shows what it makes of it. Paste a real one, or begin with an
          example.
        </p>
      )}
      <div className="decision-fill">
        {sets.map((set, i) => (
          <Button
            key={set.label}
            small
            busy={busy}
            data-first={i === 0 || undefined}
            data-testid={`example-${i}`}
            onClick={() => onKeep(set.events)}
          >
            {set.label}
          </Button>
        ))}
      </div>
      <textarea
        className="textarea mono"
        rows={2}
        aria-label="Paste an event"
        placeholder="Paste an event: JSON, or a mail"
        spellCheck={false}
        value={text}
        aria-invalid={read?.ok === false}
        onChange={(e) => setText(e.target.value)}
        onPaste={(e) => {
          const pasted = e.clipboardData.getData("text/plain");
          if (text !== "" || pasted.trim() === "") return;
          e.preventDefault();
          take(pasted);
        }}
      />
      {read?.ok === false && (
        <p className="field-error" role="alert">
          {read.message}
        </p>
      )}
      {read?.ok && (
        <Button small onClick={() => take(text)}>
          Keep it
        </Button>
      )}
    </div>
  );
}

/** How those that are kept now change, and which of them is shown then. */
interface SamplesChange {
  next: ToSamples;
  show: (now: readonly Sample[]) => Sample | undefined;
}

/** The samples of the flow, and how they change. */
function useKeep(node: FlowNode) {
  const session = useSession();
  const change = useChangeSamples(session.id);
  const query = useQuery(samplesQuery(session.id));
  const items = query.data?.items ?? [];
  const save = useMutation({
    async mutationFn({ next, show }: SamplesChange) {
      const kept = await change(next);
      session.view.setState({ sample: show(kept) });
    },
    // The button that was pressed is gone: keys go on in the inspector.
    onSuccess: () =>
      document.activeElement === document.body &&
      document.querySelector<HTMLElement>(".inspector")?.focus({ preventScroll: true }),
  });
  return {
    items,
    known: query.isSuccess,
    busy: save.isPending,
    error: query.error ?? save.error,
    add(events: ExampleSet["events"]) {
      const fresh = events.map(({ name, input }) => ({ name, trigger: node.id, input }));
      save.mutate({
        next: (now) => fresh.reduce((all, one) => withSample(all, one).items, now),
        show: (now) => now.at(-fresh.length),
      });
      toast("ok", fresh.length === 1 ? `Kept “${fresh[0]?.name}”.` : `Kept ${fresh.length} samples.`);
    },
    remove(sample: Sample) {
      save.mutate({
        next: (now) => now.filter((s) => s.name !== sample.name),
        show: (now) => now[0],
      });
      toast("info", `Deleted the sample “${sample.name}”.`, {
        label: "Undo",
        run: () => save.mutate({ next: (now) => withSample(now, sample).items, show: (now) => now.at(-1) }),
      });
    },
  };
}
