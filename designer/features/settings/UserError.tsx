import { useEffect, useState } from "react";
import type { User } from "@/api/types";
import { ConflictNote, conflictOf } from "@/ui/Conflict";
import { ErrorView } from "@/ui/Feedback";

interface Base {
  /** The revision that the next try is made from. */
  revision: number;
  /** Takes the revision of what another changed first, so that trying again goes over it knowingly. */
  learn: (error: unknown) => void;
}

/** The revision that one saw when one decided on a user. */
export function useUserBase(user: User | undefined): Base {
  const [revision, setRevision] = useState(0);
  // Once a dialog is open, what others do meanwhile must not slip under it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another user, not the same one anew
  useEffect(() => {
    if (user !== undefined) setRevision(user.revision);
  }, [user?.id]);
  return {
    revision,
    learn(error) {
      const sooner = conflictOf<User>(error, "user");
      if (sooner !== undefined) setRevision(sooner.current);
    },
  };
}

/** Why a user wasn't changed: another admin was first, or something else. */
export function UserError({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const sooner = conflictOf<User>(error, "user");
  if (sooner === undefined) return <ErrorView error={error} />;
  const { role, state } = sooner.theirs;
  return (
    <ConflictNote conflict={sooner} what="this user">
      <p className="muted">
        Now: {role}, {state}. Press the button again to have yours hold instead.
      </p>
    </ConflictNote>
  );
}
