import { UsersRound } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { plainly } from "./Named";
import { Ago } from "./Time";

/** What an answer of 409 says of the change that came first. */
export interface ConflictOf<T> {
  /** The revision that it is at. */
  current: number;
  by: string;
  at: string | undefined;
  /** What it is now. */
  theirs: T;
}

/** Reads what somebody else changed first from an error; undefined where it is another error. */
export function conflictOf<T>(error: unknown, key: string): ConflictOf<T> | undefined {
  const { status, body } = (error ?? {}) as { status?: number; body?: Record<string, unknown> };
  if (status !== 409 || body?.[key] === undefined) return undefined;
  return {
    current: Number(body.current ?? 0),
    by: String(body.updatedBy ?? ""),
    at: body.updatedAt as string | undefined,
    theirs: body[key] as T,
  };
}

interface NoteProps {
  conflict: ConflictOf<unknown>;
  /** What was changed, such as "this credential". */
  what: string;
  children: ReactNode;
}

/** Somebody else was first: nothing is lost. */
export function ConflictNote({ conflict: c, what, children }: NoteProps) {
  return (
    <div className="conflict" role="status" data-testid="conflict">
      <UsersRound size={18} aria-hidden />
      <div className="grow">
        <p>
          <strong>{plainly(c.by || "Somebody")}</strong> changed {what} <Ago at={c.at} />, while you were at
          it. Yours is not saved.
        </p>
        {children}
      </div>
    </div>
  );
}

interface ConflictProps extends NoteProps {
  busy: boolean;
  onTheirs: () => void;
  onMine: () => void;
}

/** The same where yours still stands in a form: one says which of the two is to hold. */
export function Conflict({ busy, onTheirs, onMine, children, ...note }: ConflictProps) {
  return (
    <ConflictNote {...note}>
      {children}
      <p className="row">
        <Button small onClick={onTheirs}>
          Take theirs
        </Button>
        <Button small busy={busy} onClick={onMine}>
          Save mine over it
        </Button>
      </p>
    </ConflictNote>
  );
}
