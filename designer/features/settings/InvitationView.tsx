import type { Invitation } from "@/api/types";
import { dateText } from "@/ui/format";
import { plainly } from "@/ui/Named";
import { Once } from "@/ui/Once";

/** The one-time link of somebody, shown this once. */
export function InvitationView({ made }: { made: Invitation }) {
  const { user, link } = made;
  return (
    <>
      <p>
        Send this link to <strong>{plainly(user.name)}</strong> by a way that only they read. They choose
        their own password by it, and are logged in as {user.role}.
      </p>
      <Once
        // The server doesn't know by which address it is reached from outside; this page does.
        value={`${window.location.origin}${link.path}`}
        what="link"
        testid="fresh-link"
        warning={`It is shown this once and works once, until ${dateText(link.expiresAt)}. Whoever opens it first is ${plainly(user.name)}.`}
      />
    </>
  );
}
