import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Answer, type Call, fakeServer, openPage } from "@/test/pages";
// The page is a part of the app that comes later: here it is there before it is waited for.
import "./TemplatesPage";

const TEMPLATE = {
  name: "triage",
  flow: { format: "drawbridge.flow/1", id: "l1", name: "Triage", nodes: [], edges: [] },
  samples: [{ name: "one", trigger: "go", input: { n: 1 } }],
};
const MADE = { id: "f1", revision: 1, added: [] };

const ADDED = [
  { id: "a", name: "Enrich a case", version: 0, why: 'a credential has to be bound for "scanner"' },
  { id: "b", name: "Score an alert", version: 1 },
];

test("what a template brings is told before its flow is opened, and leads to what is left to do", async () => {
  const calls = fakeServer({
    "GET /library": { items: [TEMPLATE] },
    "POST /library/triage/flows": new Answer(201, { ...MADE, added: ADDED }),
    "GET /flows": { items: [] },
  });
  openPage("/templates");
  await userEvent.click(await screen.findByRole("button", { name: /Triage/ }));
  const told = await screen.findByTestId("added-flows");
  expect(told).toHaveTextContent('a credential has to be bound for "scanner"');
  expect(told).toHaveTextContent("Score an alert");
  expect(screen.getByRole("link", { name: "Enrich a case" })).toHaveAttribute("href", "/flows/a");
  expect(screen.queryByRole("link", { name: "Score an alert" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Open the flow" }));
  await expect.poll(() => window.location.pathname).toBe("/flows/f1");
  expect(calls.filter((c) => c.method === "POST")).toHaveLength(1);
});

test("a template that can't be kept is told, and nothing is opened", async () => {
  fakeServer({
    "GET /library": { items: [TEMPLATE] },
    "POST /library/triage/flows": new Answer(507, { title: "No room", detail: "The disk is full." }),
    "GET /flows": { items: [] },
  });
  openPage("/templates");
  await userEvent.click(await screen.findByRole("button", { name: /Triage/ }));
  await screen.findByText(/The disk is full/);
  expect(window.location.pathname).toBe("/templates");
});

test("a flow from a template is told apart from those that have its name already", async () => {
  const calls = fakeServer({
    "GET /library": { items: [TEMPLATE] },
    "POST /library/triage/flows": new Answer(201, MADE),
    "GET /flows": ({ search }: Call) => ({
      items: search.get("q") === "Triage" ? [{ name: "Triage" }, { name: "Triage (2)" }] : [],
    }),
  });
  openPage("/templates");
  await userEvent.click(await screen.findByRole("button", { name: /Triage/ }));
  await expect
    .poll(() => calls.find((c) => c.method === "POST" && c.path === "/library/triage/flows")?.body)
    .toMatchObject({ name: "Triage (3)" });
});
