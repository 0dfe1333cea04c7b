import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  Pin,
} from "lucide-react";

type State =
  | "queued"
  | "running"
  | "waiting"
  | "succeeded"
  | "failed"
  | "canceled"
  | "unknown"
  | "pending"
  | "skipped"
  | "pinned";

const STATES: Record<State, { icon: LucideIcon; word: string }> = {
  queued: { icon: Clock, word: "Queued" },
  running: { icon: LoaderCircle, word: "Running" },
  waiting: { icon: Clock, word: "Waiting" },
  succeeded: { icon: CircleCheck, word: "Succeeded" },
  failed: { icon: CircleX, word: "Failed" },
  canceled: { icon: CircleSlash, word: "Canceled" },
  unknown: { icon: CircleHelp, word: "Unknown" },
  pending: { icon: CircleDashed, word: "Not yet" },
  skipped: { icon: CircleSlash, word: "Skipped" },
  pinned: { icon: Pin, word: "Pinned" },
};

interface StatusProps {
  state: string;
  size?: number;
  /** Shows the icon alone; the word is still spoken. */
  bare?: boolean;
}

/** A state as icon, word and colour. */
export function Status({ state, size = 15, bare = false }: StatusProps) {
  const known = STATES[state as State] ?? { icon: CircleAlert, word: state };
  const Icon = known.icon;
  return (
    <span className="state" data-state={state} title={bare ? known.word : undefined}>
      <Icon size={size} strokeWidth={1.9} aria-hidden className={state === "running" ? "spin" : undefined} />
      <span className={bare ? "hidden-text" : undefined}>{known.word}</span>
    </span>
  );
}

/** The word of a state. */
export function stateWord(state: string): string {
  return STATES[state as State]?.word ?? state;
}
