import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { vi } from "vitest";
import { makeQueryClient } from "@/api/queries";
import { makeRouter } from "@/app/router";
import { Toasts } from "@/ui/Toasts";

/** One call that a page made. */
export interface Call {
  method: string;
  path: string;
  search: URLSearchParams;
  body: unknown;
  headers: Record<string, string>;
}

type Handler = (call: Call) => unknown;

/** An answer that is not 200 with JSON. */
export class Answer {
  constructor(
    readonly status: number,
    readonly body?: unknown,
  ) {}
}

const EVERYTHING = [
  "flow.read",
  "flow.write",
  "flow.publish",
  "flow.run",
  "run.read",
  "run.cancel",
  "import",
  "export",
  "connector.read",
  "connector.manage",
  "connector.try",
  "credential.read",
  "credential.manage",
  "token.manage",
  "user.manage",
  "audit.read",
];

export const ADMIN = { id: "u1", name: "admin", role: "admin", permissions: EVERYTHING };
export const VIEWER = {
  id: "u2",
  name: "guest",
  role: "viewer",
  permissions: ["flow.read", "run.read", "connector.read"],
};

/**
 * Answers the pages' calls: keys are "METHOD /path", a path may hold one "*". Anything
 * not named answers 404. Answers the list of calls, which grows as they are made.
 */
export function fakeServer(routes: Record<string, Handler | object>): Call[] {
  const calls: Call[] = [];
  const all: Record<string, Handler | object> = {
    "GET /me": ADMIN,
    "GET /catalog": { items: [] },
    ...routes,
  };
  vi.stubGlobal("fetch", async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, "http://drawbridge.test");
    const path = url.pathname.replace("/api/v1", "");
    const method = init.method ?? "GET";
    const body = typeof init.body === "string" && init.body !== "" ? JSON.parse(init.body) : undefined;
    const call = {
      method,
      path,
      search: url.searchParams,
      body,
      headers: init.headers as Record<string, string>,
    };
    calls.push(call);
    const handler =
      all[`${method} ${path}`] ??
      all[`${method} ${path.replace(/[^/]+$/, "*")}`] ??
      middle(all, method, path);
    const result = typeof handler === "function" ? await (handler as Handler)(call) : handler;
    const answer =
      result instanceof Answer
        ? result
        : new Answer(result === undefined ? 404 : 200, result ?? { title: "Not found" });
    const text = answer.body === undefined ? null : JSON.stringify(answer.body);
    return new Response(text, { status: answer.status });
  });
  return calls;
}

function middle(
  all: Record<string, Handler | object>,
  method: string,
  path: string,
): Handler | object | undefined {
  for (const [key, handler] of Object.entries(all)) {
    const [before, after] = key.split("*");
    const asked = `${method} ${path}`;
    if (after !== undefined && asked.startsWith(before ?? "") && asked.endsWith(after)) return handler;
  }
  return undefined;
}

/** Opens an address in the whole app, as a browser would. */
export function openPage(address: string) {
  window.scrollTo = () => {};
  window.history.replaceState(null, "", address);
  const queryClient = makeQueryClient();
  const router = makeRouter(queryClient);
  const view = render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>,
  );
  return { ...view, router, queryClient };
}
