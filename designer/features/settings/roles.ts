import type { Role } from "@/api/types";

/** What each role is for, in the words of the page where one is chosen. */
export const ROLE_TEXT: Record<Role, string> = {
  viewer: "Looks at flows and runs",
  analyst: "Looks, and starts runs",
  responder: "Looks, starts and cancels runs",
  author: "Draws, imports, publishes and runs flows",
  admin: "Everything, with users, tokens and the audit log",
};

const PERMISSION_TEXT: Record<string, string> = {
  "flow.read": "see flows",
  "flow.write": "draw flows",
  "flow.publish": "publish flows",
  "flow.run": "start runs",
  "run.read": "see runs",
  "run.cancel": "cancel runs",
  "connector.read": "see connectors",
  "connector.try": "try actions of connectors",
  "connector.manage": "install connectors and say what they may do",
  "credential.read": "see credentials, without their secrets",
  "credential.manage": "keep credentials, and bind flows to them",
  import: "import flows",
  export: "export flows",
  "token.manage": "manage tokens",
  "user.manage": "manage users",
  "audit.read": "read the audit log",
};

/** A permission in plain words; one that is not known yet is told from its name. */
export function permissionText(permission: string): string {
  const [object, verb] = permission.split(".");
  return PERMISSION_TEXT[permission] ?? (verb === undefined ? permission : `${verb} ${object}s`);
}
