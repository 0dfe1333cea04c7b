import { expect, test } from "vitest";
import { aliasesFor, freshAlias, unboundProblems } from "./credentials";
import type { Flow } from "./document";

const flow: Flow = {
  format: "drawbridge.flow/1",
  name: "f",
  credentials: { http: { type: "http.bearer" }, scanner: { type: "urlscan.apiKey" } },
  nodes: [
    { id: "get", type: "http.get", position: [0, 0], credential: "http" },
    { id: "off", type: "http.get", position: [0, 0], credential: "http", disabled: true },
    { id: "scan", type: "urlscan.scan", position: [0, 0], credential: "scanner" },
    { id: "lost", type: "urlscan.scan", position: [0, 0], credential: "gone" },
  ],
  edges: [],
};

test("a node uses the aliases of its own connector", () => {
  expect(aliasesFor(flow, flow.nodes[0] as never)).toEqual(["http"]);
});

test("a trigger uses what is for it, and nothing of other triggers", () => {
  const hooked: Flow = {
    ...flow,
    credentials: {
      edr: { type: "trigger.signing" },
      box: { type: "trigger.imap" },
      http: { type: "http.bearer" },
    },
  };
  const node = (type: string) => ({ id: "t", type, position: [0, 0] as [number, number] });
  expect(aliasesFor(hooked, node("trigger.webhook"))).toEqual(["edr"]);
  expect(aliasesFor(hooked, node("trigger.mailbox"))).toEqual(["box"]);
  expect(aliasesFor(hooked, node("trigger.manual"))).toEqual([]);
});

test("an alias that nobody bound is a problem of each node that uses it", () => {
  // An alias that is not declared is another problem, which the server reports; a disabled node uses none.
  expect(unboundProblems(flow, {}).map((p) => [p.node, p.pointer])).toEqual([
    ["get", "/nodes/0/credential"],
    ["scan", "/nodes/2/credential"],
  ]);
  expect(unboundProblems(flow, { http: "c1", scanner: "c2" })).toEqual([]);
});

test("a new alias is named after its connector", () => {
  expect(freshAlias(flow, "email.imap")).toBe("email");
  expect(freshAlias(flow, "http.basic")).toBe("http_2");
  expect(freshAlias(flow, "trigger.signing")).toBe("signing");
});
