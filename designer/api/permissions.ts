import { useQuery } from "@tanstack/react-query";
import { meQuery } from "./queries";
import type { Role } from "./types";

interface Permissions {
  role: Role | undefined;
  /** Whether this user may do that. The server decides again; this keeps dead buttons off the page. */
  can: (permission: string) => boolean;
  /** Why a control is disabled, as its tooltip; undefined when it is not. */
  why: (permission: string) => string | undefined;
}

/** What the logged-in user may do. */
export function usePermissions(): Permissions {
  const me = useQuery(meQuery);
  const can = (permission: string) => me.data?.permissions.includes(permission) ?? false;
  return {
    role: me.data?.role,
    can,
    why: (permission) =>
      can(permission) || me.data === undefined
        ? undefined
        : `Your role, ${me.data.role}, does not allow this`,
  };
}
