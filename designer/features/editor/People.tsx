import { Layers2, LoaderCircle, Lock, PencilLine, X } from "lucide-react";
import { useState } from "react";
import type { Present } from "@/run/live";
import { Button, IconButton } from "@/ui/Button";
import { plainly } from "@/ui/Named";
import { isActive } from "./presence";
import { downloadDraft, useWhyUnsavable } from "./rights";
import { useSaveState, useSession } from "./useSession";

/** Who else has this flow open, as initials. */
export function People() {
  const session = useSession();
  const others = session.attendance.store((s) => s.others);
  const own = others.filter((p) => p.you);
  const named = [...new Map(others.filter((p) => !p.you).map((p) => [p.name, p])).values()];
  if (others.length === 0) return null;
  return (
    <ul className="people" aria-label="Also here" data-testid="people">
      {named.map((p) => {
        const edits = others.some((o) => o.name === p.name && o.edits);
        const label = `${plainly(p.name)} ${edits ? "has this flow open" : "reads this flow"}`;
        return (
          <li key={p.name} className="person" title={label} data-active={isActive(p) || undefined}>
            <span aria-hidden>{initials(p.name)}</span>
            <span className="hidden-text">{label}</span>
          </li>
        );
      })}
      {own.length > 0 && (
        <li className="person" title="Also open in another tab of yours">
          <Layers2 size={14} aria-hidden />
          <span className="hidden-text">Also open in another tab of yours</span>
        </li>
      )}
    </ul>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter((w) => w !== "");
  const letters = words.length > 1 ? words.slice(0, 2).map((w) => w[0]) : [...name].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** Tells who drew something, now or before, and may not save it any more, where it is and how to take it along. */
export function DrawnUnsaved() {
  const session = useSession();
  const dirty = useSaveState().kind !== "saved" && session.saver.dirty;
  const left = session.document((s) => s.left);
  const why = useWhyUnsavable();
  const drawn = dirty ? session.flow : left?.flow;
  return (
    <div role="status" className="elsewhere-status">
      {why !== undefined && drawn !== undefined && (
        <div className="elsewhere" data-testid="drawn-unsaved">
          <Lock size={15} aria-hidden />
          <p className="grow">
            {why} What you drew{dirty ? "" : " before and was not saved"} is kept in this{" "}
            {dirty && session.saver.loses ? "tab" : "browser"}.
          </p>
          <Button small onClick={() => downloadDraft(drawn)}>
            Download it
          </Button>
        </div>
      )}
    </div>
  );
}

/** Tells calmly that the flow is edited elsewhere, and lets one take over; it never lies over anything. */
export function EditedElsewhere() {
  const session = useSession();
  const { others, reads, takenBy, mayEdit, taking } = session.attendance.store();
  const dirty = useSaveState().kind !== "saved";
  const [hidden, setHidden] = useState<string>();
  const at = takenBy ?? others.find(isActive) ?? (reads ? others.find((p) => p.edits) : undefined);
  const shown = at !== undefined && mayEdit && (reads || hidden !== at.client);
  return (
    <div role="status" className="elsewhere-status">
      {shown && (
        <div className="elsewhere" data-testid="elsewhere" data-reads={reads || undefined}>
          {taking ? (
            <LoaderCircle size={15} className="spin" aria-hidden />
          ) : (
            <PencilLine size={15} aria-hidden />
          )}
          <p className="grow">
            {plainly(taking ? askedText(at) : textOf(at, reads, takenBy !== undefined, dirty))}
          </p>
          <Button small busy={taking} onClick={() => session.attendance.take()} data-testid="take-over">
            {taking ? "Taking over…" : takenBy === undefined ? "Take over" : "Take back"}
          </Button>
          {!reads && (
            <IconButton label="Hide" onClick={() => setHidden(at.client)}>
              <X size={14} aria-hidden />
            </IconButton>
          )}
        </div>
      )}
    </div>
  );
}

function askedText(at: Present): string {
  return `${at.you ? "Your other tab" : at.name} is asked to save what is unsaved there and to hand the flow over.`;
}

function textOf(at: Present, reads: boolean, taken: boolean, dirty: boolean): string {
  const drawn = dirty ? "what you drew is kept here until it is saved" : "what you drew is saved";
  if (taken)
    return at.you
      ? `You took this flow over in another tab. Here you are reading; ${drawn}.`
      : `${at.name} took this flow over. You are reading; ${drawn}.`;
  if (!reads)
    return at.you
      ? "You edit this flow in another tab, too. What both change is joined."
      : `${at.name} is editing this flow, too. What both of you change is joined.`;
  return at.you
    ? "You have this flow open in another tab, and are editing it there. Here you are reading."
    : `${at.name} is editing this flow. You are reading, and see what is saved.`;
}
