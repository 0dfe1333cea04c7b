import { Pencil } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "@/ui/Button";

interface EditableTextProps {
  label: string;
  value: string;
  /** The revision that the value is of. */
  revision: number;
  /** How it is shown while nobody edits it. */
  children: ReactNode;
  many?: boolean;
  disabled: boolean;
  /** Gives whether it was kept: what was typed stays otherwise. */
  onSave: (value: string, base: number) => Promise<boolean>;
}

/** A text that turns into a field, and keeps what is typed until it is saved or given up. */
export function EditableText(props: EditableTextProps) {
  const { label, value, revision, children, many, disabled, onSave } = props;
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  // What was changed is what stood here when editing began, or when somebody else's was shown last.
  const [base, setBase] = useState<number>();
  const pencil = useRef<HTMLSpanElement>(null);
  const was = useRef(false);
  const editing = typed !== undefined;
  useEffect(() => {
    if (was.current && !editing) pencil.current?.querySelector("button")?.focus();
    was.current = editing;
  }, [editing]);
  if (typed === undefined)
    return (
      <div className="case-editable">
        {children}
        {!disabled && (
          <span ref={pencil}>
            <IconButton
              label={`Edit the ${label.toLowerCase()}`}
              onClick={() => {
                setTyped(value);
                setBase(revision);
              }}
            >
              <Pencil size={14} aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
    );
  const save = async () => {
    if (busy) return;
    setBusy(true);
    if (typed === value || (await onSave(typed, base ?? revision))) setTyped(undefined);
    else setBase(undefined);
    setBusy(false);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "Escape") setTyped(undefined);
    else if (e.key === "Enter" && (!many || e.ctrlKey || e.metaKey)) void save();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const shared = {
    "aria-label": label,
    value: typed,
    autoFocus: true,
    onKeyDown: keys,
  };
  return (
    <div className="case-editing">
      {many ? (
        <textarea {...shared} className="textarea" rows={8} onChange={(e) => setTyped(e.target.value)} />
      ) : (
        <input {...shared} className="input" onChange={(e) => setTyped(e.target.value)} />
      )}
      <div className="row">
        <Button small look="primary" busy={busy} onClick={() => void save()}>
          Save
        </Button>
        <Button small onClick={() => setTyped(undefined)}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
