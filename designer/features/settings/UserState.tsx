import { CircleCheck, CircleSlash, KeyRound, type LucideIcon, MailPlus } from "lucide-react";
import type { UserState as State, User } from "@/api/types";
import { untilText } from "./until";

const STATES: Record<State, { icon: LucideIcon; word: string; like: string }> = {
  // The colours are those of runs, by the state that is likest.
  active: { icon: CircleCheck, word: "Active", like: "succeeded" },
  invited: { icon: MailPlus, word: "Invited", like: "waiting" },
  reset: { icon: KeyRound, word: "New password due", like: "waiting" },
  disabled: { icon: CircleSlash, word: "Disabled", like: "canceled" },
};

/** Whether a user can log in, and how long the link is good by which they will be able to. */
export function UserState({ user }: { user: User }) {
  const { icon: Icon, word, like } = STATES[user.state];
  const waits = user.state === "invited" || user.state === "reset";
  return (
    <>
      <span className="state" data-state={like}>
        <Icon size={15} strokeWidth={1.9} aria-hidden />
        {word}
      </span>
      {waits && <span className="user-link muted">{linkText(user.linkExpiresAt)}</span>}
    </>
  );
}

/** How long a link is good still. */
export function linkText(at: string | null | undefined, now = Date.now()): string {
  if (!at) return "no link";
  return Date.parse(at) <= now ? "link has run out" : `link good for ${untilText(at, now)}`;
}
