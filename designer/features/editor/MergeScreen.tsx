import "./merge.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { Crosshair, Download } from "lucide-react";
import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import type { ConflictDetail } from "@/api/types";
import { useReveal } from "@/canvas/camera";
import { DiffContext } from "@/canvas/diff";
import { FlowCanvas } from "@/canvas/FlowCanvas";
import { compareFlows } from "@/core/flow/compare";
import type { Flow } from "@/core/flow/document";
import { mergedView } from "@/core/flow/merged";
import type { MergeConflict, Merged, Side } from "@/core/merge/merge";
import { Button } from "@/ui/Button";
import { Changes, Value } from "@/ui/Changes";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { agoText, plural } from "@/ui/format";
import { Named, plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";
import { copyFlow } from "./copying";
import { joinDrafts } from "./join";
import { type Told, tell } from "./mergeWords";
import { downloadDraft, useWhyUnsavable } from "./rights";
import { useCatalog, useFlow, useSaveState, useSession } from "./useSession";

/** Somebody else saved this draft meanwhile: what can't be joined by itself is asked, item by item. */
export function MergeScreen() {
  const session = useSession();
  const state = useSaveState();
  const open = session.view((s) => s.merging);
  if (state.kind !== "conflict" || !open) return null;
  // Its choices are of what is saved now: another save begins anew.
  return <Merging key={state.theirs.current} theirs={state.theirs} />;
}

type Choices = ReadonlyMap<string, Side>;

function Merging({ theirs }: { theirs: ConflictDetail }) {
  const session = useSession();
  const mine = useFlow();
  const [choices, setChoices] = useState<Choices>(new Map());
  const [shown, setShown] = useState<readonly string[]>([]);
  const { base } = session.saver;
  const drafts = useMemo<Drafts>(
    () => ({
      ...{ mine, theirs: theirs.flow },
      join: (answers) => joinDrafts(base, mine, theirs.flow, answers),
    }),
    [base, mine, theirs],
  );
  const merged = useMemo(() => drafts.join(choices), [drafts, choices]);
  const by = theirs.updatedBy ?? "somebody";
  const open = merged.conflicts.filter((c) => !choices.has(c.id));
  const choose = (id: string, side: Side) => setChoices(new Map(choices).set(id, side));
  const all = (side: Side) => setChoices(filledIn(side, new Map(), drafts));
  const save = useMutation({
    mutationFn: () => session.join(theirs, merged.flow),
    onSuccess: (saved) => saved && toast("ok", "The merged draft is saved; undo brings yours back."),
  });
  return (
    <Dialog
      open
      onClose={() => session.view.setState({ merging: false })}
      wide="full"
      title="This draft was changed elsewhere"
      description={
        <>
          <Named text={by} /> saved it {agoText(theirs.updatedAt) || "meanwhile"}. Nothing is lost: yours is
          kept in this browser until you have chosen.
        </>
      }
      footer={
        <Footer
          open={open.length}
          busy={save.isPending}
          theirs={theirs}
          mine={mine}
          onSave={() => save.mutate()}
        />
      }
    >
      <div className="merge">
        <div className="merge-list">
          <div className="merge-all">
            <p className="grow" role="status" data-testid="merge-open">
              {open.length === 0 ? "All is chosen." : `${plural(open.length, "thing")} to choose.`}
            </p>
            <Button small onClick={() => all("mine")} data-testid="merge-all-mine">
              All mine
            </Button>
            <Button small onClick={() => all("theirs")} data-testid="merge-all-theirs">
              All theirs
            </Button>
          </div>
          {merged.conflicts.map((c) => (
            <Item
              key={c.id}
              conflict={c}
              told={tell(c, by, mergedView(theirs.flow, mine))}
              by={by}
              chosen={choices.get(c.id)}
              onChoose={(side) => choose(c.id, side)}
              onShow={() => setShown(c.shown)}
              shows={c.shown.length > 0 && c.shown === shown}
            />
          ))}
          <Outcome drafts={drafts} choices={choices} by={by} open={open.length} />
        </div>
        <ReactFlowProvider>
          <Picture mine={mine} theirs={theirs.flow} merged={merged.flow} open={open} shown={shown} />
        </ReactFlowProvider>
      </div>
    </Dialog>
  );
}

/** The answers, and those of one side to what is open, also to what they raise. */
function filledIn(side: Side, before: Choices, draft: Drafts): Choices {
  const choices = new Map(before);
  for (let more = true; more; ) {
    const open = draft.join(choices).conflicts.filter((c) => !choices.has(c.id));
    for (const { id } of open) choices.set(id, side);
    more = open.length > 0;
  }
  return choices;
}

/** The two drafts, and what they give with some answers. */
interface Drafts {
  mine: Flow;
  theirs: Flow;
  join: (choices: Choices) => Merged;
}

interface ItemProps {
  conflict: MergeConflict;
  told: Told;
  by: string;
  chosen: Side | undefined;
  shows: boolean;
  onChoose: (side: Side) => void;
  onShow: () => void;
}

function Item({ conflict, told, by, chosen, shows, onChoose, onShow }: ItemProps) {
  const name = useId();
  const sides: [Side, ReactNode][] = [
    ["mine", "Mine"],
    ["theirs", <Whose key="theirs" by={by} />],
  ];
  return (
    <fieldset
      className="merge-item"
      data-testid={`merge-${conflict.id}`}
      data-chosen={chosen}
      onFocus={onShow}
      data-shown={shows || undefined}
    >
      <legend>
        <strong>
          <Named text={told.title} />
        </strong>
        {told.field !== "" && <code dir="ltr">{plainly(told.field)}</code>}
      </legend>
      <div className="merge-what">
        <p className="muted grow">{told.text}</p>
        {conflict.shown.length > 0 && (
          <Button small className="btn-quiet" onClick={onShow} aria-label={`Show ${plainly(told.title)}`}>
            <Crosshair size={14} aria-hidden /> Show
          </Button>
        )}
      </div>
      <div className="merge-sides">
        {sides.map(([side, label]) => (
          <div key={side} className="merge-side" data-chosen={chosen === side || undefined}>
            <label>
              <input
                type="radio"
                name={name}
                checked={chosen === side}
                onChange={() => onChoose(side)}
                data-testid={side}
              />
              {label}
            </label>
            <Value value={told.values[side]} other={told.values.base} />
          </div>
        ))}
        {told.values.base !== undefined && (
          <div className="merge-side merge-base">
            <span>Before</span>
            <Value value={told.values.base} other={undefined} />
          </div>
        )}
      </div>
    </fieldset>
  );
}

function Whose({ by }: { by: string }) {
  return (
    <span>
      <Named text={by} />
      ’s
    </span>
  );
}

interface OutcomeProps {
  drafts: Drafts;
  choices: Choices;
  by: string;
  open: number;
}

/** What the draft becomes: what is taken of the other, and what of one's own goes on top of it. */
function Outcome({ drafts, choices, by, open }: OutcomeProps) {
  const [taken, kept] = useMemo(
    () =>
      // What is open is in neither list.
      (["mine", "theirs"] as const).map((side) =>
        compareFlows(drafts[side], drafts.join(filledIn(side, choices, drafts)).flow),
      ),
    [drafts, choices],
  );
  return (
    <section className="merge-outcome" aria-label="What the draft becomes">
      <h3>What the draft becomes</h3>
      {open > 0 && <p className="muted">What is not chosen yet is left out here.</p>}
      <h4>
        Yours, with what is taken of <Named text={by} />
      </h4>
      <Changes
        changes={taken ?? []}
        none={open > 0 ? "Nothing yet." : "Nothing is taken."}
        before="Yours"
        after="Merged"
      />
      <h4>
        What <Named text={by} /> saved, with what is kept of yours
      </h4>
      <Changes
        changes={kept ?? []}
        none={open > 0 ? "Nothing yet." : "Nothing of yours is kept."}
        before={<Whose by={by} />}
        after="Merged"
      />
    </section>
  );
}

interface PictureProps {
  mine: Flow;
  theirs: Flow;
  merged: Flow;
  open: readonly MergeConflict[];
  shown: readonly string[];
}

/**
 * What the answers give so far, with what is open marked, and what is looked at in sight. What one side
 * removed stays in the picture until all is chosen: it may come back.
 */
function Picture({ mine, theirs, merged, open, shown }: PictureProps) {
  const catalog = useCatalog();
  const reveal = useReveal(catalog);
  const done = open.length === 0;
  const view = useMemo(
    () => (done ? merged : mergedView(mergedView(theirs, mine), merged)),
    [done, theirs, mine, merged],
  );
  const kinds = useMemo(
    () =>
      new Map(
        open
          .filter((c) => c.kind !== "layout" && c.id !== "whole")
          .flatMap((c) => c.shown.map((id) => [id, "changed"] as const)),
      ),
    [open],
  );
  useEffect(() => {
    if (shown[0] !== undefined) reveal(view, shown[0]);
  }, [shown, view, reveal]);
  const selected = useMemo(() => new Set(shown), [shown]);
  return (
    <section
      className="canvas editor-stage merge-picture"
      aria-label={done ? "The draft as it will be saved" : "Both drafts"}
      data-testid="merge-picture"
    >
      <DiffContext.Provider value={kinds}>
        <FlowCanvas flow={view} catalog={catalog} selected={selected} onSelect={() => undefined} />
      </DiffContext.Provider>
    </section>
  );
}

interface FooterProps {
  open: number;
  busy: boolean;
  theirs: ConflictDetail;
  mine: Flow;
  onSave: () => void;
}

function Footer({ open, busy, theirs, mine, onSave }: FooterProps) {
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const copy = useMutation({
    mutationFn() {
      // Pins follow what is saved.
      const origin = { id: session.id, saved: theirs.flow };
      return copyFlow(queries, origin, { ...mine, name: `${mine.name} (copy)` });
    },
    async onSuccess(id) {
      session.replace(theirs.flow, theirs.current, "Take the other draft");
      session.view.setState({ merging: false });
      toast("ok", "Yours is a flow of its own now.");
      await navigate({ to: "/flows/$id", params: { id }, search: {} });
    },
  });
  const why = useWhyUnsavable();
  const { reads, taking } = session.attendance.store();
  const cancel = (
    <Button onClick={() => session.view.setState({ merging: false })} data-testid="merge-cancel">
      Not now
    </Button>
  );
  if (why !== undefined)
    return (
      <>
        {cancel}
        <p className="grow muted merge-why">{why}</p>
        <Button onClick={() => downloadDraft(session.flow)}>
          <Download size={15} aria-hidden /> Download mine
        </Button>
      </>
    );
  return (
    <>
      {copy.error && <ErrorView error={copy.error} />}
      {cancel}
      <p className="grow muted merge-why">{reads && "You are reading: take the flow over to save in it."}</p>
      <Button onClick={() => copy.mutate()} busy={copy.isPending} data-testid="merge-copy">
        Keep mine as a new flow
      </Button>
      {reads ? (
        <Button
          look="primary"
          busy={taking}
          onClick={() => session.attendance.take()}
          data-testid="merge-take"
        >
          {taking ? "Taking over…" : "Take over"}
        </Button>
      ) : (
        <Button look="primary" disabled={open > 0} busy={busy} onClick={onSave} data-testid="merge-save">
          {open > 0 ? `${open} left to choose` : "Save the merged draft"}
        </Button>
      )}
    </>
  );
}
