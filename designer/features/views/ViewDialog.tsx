import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { type View, type ViewedList, type ViewInput, views } from "@/api/views";
import { Button } from "@/ui/Button";
import { Conflict, conflictOf } from "@/ui/Conflict";
import { Dialog } from "@/ui/Dialog";
import { ErrorView } from "@/ui/Feedback";
import { Field, Switch, TextField } from "@/ui/Fields";
import { plainly } from "@/ui/Named";
import { toast } from "@/ui/Toasts";

interface ViewDialogProps {
  list: ViewedList;
  /** A new one, another name for one, or what is picked now in the place of what it picks. */
  what: "new" | "name" | "filter";
  view: View | undefined;
  filter: Record<string, string>;
  mayShare: boolean;
  onClose: () => void;
  onKept: (view: View) => void;
}

const TITLES = { new: "Save a view", name: "Rename or share", filter: "Save over the view" };

/** Saves a view. One that somebody changed meanwhile isn't saved over unless one says so. */
export function ViewDialog({ list, what, view, filter, mayShare, onClose, onKept }: ViewDialogProps) {
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [base, setBase] = useState(view?.revision ?? 0);
  const [picks, setPicks] = useState(what === "name" ? (view?.filter ?? {}) : filter);
  const save = useMutation({
    mutationFn: ({ body, from }: { body: ViewInput; from: number }) =>
      view === undefined ? views.make(list, body) : views.change(view.id, from, body),
    async onSuccess(kept) {
      toast("ok", `Saved the view “${kept.name}”.`);
      await queries.invalidateQueries({ queryKey: ["views", list] });
      onClose();
      onKept(kept);
    },
  });
  const sooner = conflictOf<View>(save.error, "view");
  const keep = (from: number) => {
    if (name.trim() !== "" && !save.isPending) save.mutate({ body: { name, shared, filter: picks }, from });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep(base);
  };
  const takeTheirs = (theirs: View) => {
    setName(theirs.name);
    setShared(theirs.shared);
    setBase(theirs.revision);
    setPicks(theirs.filter);
    save.reset();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={TITLES[what]}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            busy={save.isPending}
            disabled={name.trim() === ""}
            data-testid="save-view"
          >
            {save.isPending ? "Saving…" : "Save"}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} autoComplete="off">
        {save.isError && sooner === undefined && <ErrorView error={save.error} />}
        {sooner !== undefined && (
          <Conflict
            conflict={sooner}
            what="this view"
            busy={save.isPending}
            onTheirs={() => takeTheirs(sooner.theirs)}
            onMine={() => keep(sooner.current)}
          >
            <p className="muted">
              Theirs: “{plainly(sooner.theirs.name)}”, picked by {inWords(sooner.theirs.filter)}.
            </p>
          </Conflict>
        )}
        <TextField
          label="Name"
          value={name}
          maxLength={100}
          autoComplete="off"
          autoFocus
          required
          onChange={(e) => setName(e.target.value)}
        />
        <Field
          label="Shared with all"
          hint={mayShare ? "Whoever works on cases may change it, too." : "Your role keeps views for itself."}
        >
          {(id) => (
            <Switch
              id={id}
              label="Shared with all"
              checked={shared}
              disabled={!mayShare}
              onChange={setShared}
            />
          )}
        </Field>
        <p className="muted">Picked by {inWords(picks)}.</p>
      </form>
    </Dialog>
  );
}

/** What a view picks by, as the address says it. */
function inWords(filter: Record<string, string>): string {
  const list = Object.entries(filter).map(([key, value]) => `${key}: ${value}`);
  return list.length === 0 ? "nothing: all that the list begins with" : plainly(list.join(", "));
}

interface RemoveDialogProps {
  view: View;
  onClose: () => void;
  onRemoved: () => void;
}

/** Asks before a view is deleted. */
export function RemoveDialog({ view, onClose, onRemoved }: RemoveDialogProps) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => views.remove(view.id),
    async onSuccess() {
      toast("ok", `Deleted the view “${view.name}”.`);
      onClose();
      onRemoved();
      await queries.invalidateQueries({ queryKey: ["views", view.list] });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Delete “${view.name}”?`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger-full" busy={remove.isPending} onClick={() => remove.mutate()}>
            Delete the view
          </Button>
        </>
      }
    >
      {remove.isError && <ErrorView error={remove.error} />}
      <p>
        {view.shared ? "It goes for all who use it." : "It goes for you."} What it picks stays where it is.
      </p>
    </Dialog>
  );
}
