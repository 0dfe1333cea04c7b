import { useState } from "react";
import type { Alert } from "@/api/alerts";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, TextField } from "@/ui/Fields";
import { plural } from "@/ui/format";
import { plainly } from "@/ui/Named";
import type { Failed } from "./useTriage";
import { REASONS } from "./words";

interface Props {
  items: readonly Alert[];
  onClose: () => void;
}

const titleOf = (verb: string, items: readonly Alert[]) =>
  items.length === 1 ? `${verb} alert #${items[0]?.number}` : `${verb} ${plural(items.length, "alert")}`;

/** Asks why alerts are closed. */
export function CloseDialog({
  items,
  onClose,
  onDone,
}: Props & { onDone: (reason: string, note: string) => void }) {
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const send = () => (reason === "" ? setMissing(true) : onDone(reason, note));
  return (
    <Dialog
      open
      onClose={onClose}
      title={titleOf("Close", items)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" onClick={send}>
            Close {items.length === 1 ? "it" : "them"}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        <Field label="Reason" {...(missing && reason === "" ? { error: "Say why." } : {})}>
          {(id, below) => (
            <select
              id={id}
              aria-describedby={below}
              aria-invalid={missing && reason === ""}
              className="select"
              value={reason}
              onChange={(e) => setReason(e.target.value)}
              autoFocus
            >
              <option value="">Choose…</option>
              {Object.entries(REASONS).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Note" hint="Left out where the reason says it all.">
          {(id, below) => (
            <textarea
              id={id}
              aria-describedby={below}
              className="textarea"
              rows={3}
              value={note}
              onChange={(e) => setNote(e.target.value)}
              onKeyDown={(e) => (e.ctrlKey || e.metaKey) && e.key === "Enter" && send()}
            />
          )}
        </Field>
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

/** Asks in which case alerts go on. */
export function CaseDialog({ items, onClose, onDone }: Props & { onDone: (ref: string) => void }) {
  const [ref, setRef] = useState("");
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${titleOf("Take", items)} into a case`}
      description="What was seen becomes artifacts of the case."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" onClick={() => onDone(ref)}>
            {ref.trim() === "" ? "Open a case" : "Join the case"}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          onDone(ref);
        }}
      >
        <TextField
          label="Number of a case"
          hint="Empty opens a new one, for all of them."
          value={ref}
          onChange={(e) => setRef(e.target.value)}
          autoFocus
        />
      </form>
    </Dialog>
  );
}

/** Lists the alerts to which something could not be done, each with why. */
export function FailedDialog({ failed, onClose }: { failed: Failed; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      reading
      title={`Not done to ${plural(failed.list.length, "alert")}`}
      description={
        failed.done === 0 ? "Nothing was changed." : `Done to ${plural(failed.done, "other one")}.`
      }
      footer={
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <ul className="alert-failed" data-testid="alert-failed">
        {failed.list.map((f) => (
          <li key={f.number}>
            #{f.number} {plainly(f.title)}: {plainly(f.error)}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
