import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Answer, fakeServer, openPage } from "@/test/pages";

const BASE = {
  flow: "f1",
  flowName: "EDR alerts",
  trigger: "hook",
  source: "webhook",
  key: "",
  subject: "",
  times: 1,
  at: "2026-01-05T10:00:00Z",
  lastAt: "2026-01-05T10:00:00Z",
  reason: null,
};
const RUN = "0197a6c2-7d1e-7c3a-9a60-5f0f4f000001";
const CLOSED = { ...BASE, id: RUN, run: RUN, state: "closed", key: "hookkey/f1/hook/alert-7", times: 3 };
const REFUSED = {
  ...BASE,
  id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f000002",
  run: "",
  state: "failed",
  subject: "203.0.113.9",
  reason: { code: "unverified", message: "the request doesn't show whom it is from" },
};
const FLOWS = { items: [{ id: "f1", name: "EDR alerts", lastRuns: [] }] };

test("a receipt tells what it was, how often it came, and leads to its run", async () => {
  fakeServer({ "GET /flows": FLOWS, "GET /receipts": { items: [CLOSED, REFUSED], next: "" } });
  openPage("/receipts");
  const closed = await screen.findByRole("row", { name: /Closed/ });
  expect(within(closed).getByText("alert-7")).toBeVisible();
  expect(within(closed).getByText("3 times")).toBeVisible();
  expect(within(closed).getByRole("link", { name: "000001" })).toHaveAttribute("href", `/runs/${RUN}`);
  const refused = screen.getByRole("row", { name: /Failed/ });
  expect(within(refused).getByText("the request doesn't show whom it is from")).toBeVisible();
  expect(within(refused).getByText("203.0.113.9")).toBeVisible();
  expect(within(refused).getByText("none")).toBeVisible();
});

test("filters go into the address and to the server, and can be cleared", async () => {
  const calls = fakeServer({
    "GET /flows": FLOWS,
    "GET /receipts": ({ search }) => ({
      items: search.get("state") === "dropped" ? [] : [CLOSED],
      next: "",
    }),
  });
  openPage("/receipts?trigger=hook");
  const user = userEvent.setup();
  await screen.findByRole("row", { name: /Closed/ });
  expect(screen.getByRole("option", { name: "hook", selected: true })).toBeInTheDocument();
  await user.selectOptions(screen.getByLabelText("State"), "Left out");
  expect(await screen.findByText("No receipt fits")).toBeVisible();
  const last = calls.filter((c) => c.path === "/receipts").at(-1);
  expect([last?.search.get("trigger"), last?.search.get("state")]).toEqual(["hook", "dropped"]);
  await user.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(await screen.findByRole("row", { name: /Closed/ })).toBeVisible();
});

test("that nothing came in is said", async () => {
  fakeServer({ "GET /flows": FLOWS, "GET /receipts": { items: [], next: "" } });
  openPage("/receipts");
  expect(await screen.findByText("Nothing came in yet")).toBeVisible();
});

test("an error is told", async () => {
  fakeServer({
    "GET /flows": FLOWS,
    "GET /receipts": () =>
      new Answer(500, { title: "Internal Server Error", detail: "the server met a fault" }),
  });
  openPage("/receipts");
  expect(await screen.findByText(/the server met a fault/)).toBeVisible();
});
