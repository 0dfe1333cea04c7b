import type { Flow } from "@/core/flow/document";
import { encodeFlow } from "@/core/flow/encode";
import { ifMatch } from "./client";
import { call } from "./http";
import type { Problem, SaveAnswer } from "./types";

/** The calls that send a whole flow: apart from the others, because the shell writes none. */
export const drafts = {
  create: (flow: Flow) =>
    call<{ id: string; revision: number }>("POST", "/flows", { text: encodeFlow(flow) }),
  save: (flow: string, revision: number, document: Flow) =>
    call<SaveAnswer>("PUT", `/flows/${encodeURIComponent(flow)}`, {
      text: encodeFlow(document),
      headers: ifMatch(revision),
    }),
  check: (flow: string, document: Flow) =>
    call<{ problems: Problem[] }>("POST", `/flows/${encodeURIComponent(flow)}/check`, {
      text: encodeFlow(document),
    }),
};
