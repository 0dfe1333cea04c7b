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
const MADE = { id: "f1", revision: 1 };

test("a flow is opened without its samples where they can't be kept, which is told and tried again", async () => {
  let away = true;
  let kept: { items: object[]; revision: number } = { items: [], revision: 0 };
  const calls = fakeServer({
    "GET /library": { items: [TEMPLATE] },
    "POST /flows": new Answer(201, MADE),
    "GET /flows": { items: [] },
    "GET /flows/f1/samples": () => kept,
    "PUT /flows/f1/samples": ({ body, headers }: Call) => {
      if (away) return new Answer(507, { title: "No room", detail: "The disk is full." });
      if (kept.revision === 0)
        // Somebody keeps one in between, which stays.
        kept = { items: [{ name: "theirs", trigger: "go", input: {} }], revision: 4 };
      if (headers["If-Match"] !== `"${kept.revision}"`) return new Answer(409, { title: "Conflict" });
      kept = { items: (body as { items: object[] }).items, revision: kept.revision + 1 };
      return kept;
    },
  });
  openPage("/templates");
  await userEvent.click(await screen.findByRole("button", { name: /Triage/ }));
  await screen.findByText(/1 sample could not be kept: The disk is full/);
  expect(calls.filter((c) => c.method === "POST" && c.path === "/flows")).toHaveLength(1);
  expect(window.location.pathname).toBe("/flows/f1");
  away = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await expect.poll(() => kept.items.map((s) => (s as { name: string }).name)).toEqual(["theirs", "one"]);
});

test("a flow from a template is told apart from those that have its name already", async () => {
  const calls = fakeServer({
    "GET /library": { items: [TEMPLATE] },
    "POST /flows": new Answer(201, MADE),
    "GET /flows": ({ search }: Call) => ({
      items: search.get("q") === "Triage" ? [{ name: "Triage" }, { name: "Triage (2)" }] : [],
    }),
  });
  openPage("/templates");
  await userEvent.click(await screen.findByRole("button", { name: /Triage/ }));
  await expect
    .poll(() => calls.find((c) => c.method === "POST" && c.path === "/flows")?.body)
    .toMatchObject({ name: "Triage (3)" });
});
