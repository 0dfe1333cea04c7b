import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { fakeServer, openPage } from "@/test/pages";

const DONE = {
  id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f000001",
  flow: "f1",
  flowName: "Phishing triage",
  version: 3,
  state: "failed",
  trigger: "report",
  createdAt: "2026-01-05T10:00:00Z",
  startedAt: "2026-01-05T10:00:00Z",
  endedAt: "2026-01-05T10:00:01Z",
  durationMs: 812,
  error: { code: "timeout", message: "the call took longer than 20s" },
};
const FLOWS = { items: [{ id: "f1", name: "Phishing triage", lastRuns: [] }] };

afterEach(() => vi.useRealTimers());

test("a run shows its state in words, how long it took and why it failed", async () => {
  fakeServer({ "GET /flows": FLOWS, "GET /runs": { items: [DONE], next: "" } });
  openPage("/runs");
  const row = await screen.findByRole("row", { name: /Phishing triage/ });
  expect(within(row).getByText("Failed")).toBeVisible();
  expect(within(row).getByText("812 ms")).toBeVisible();
  expect(within(row).getByText("the call took longer than 20s")).toBeVisible();
  expect(within(row).getByText(/2026/)).toHaveAttribute("datetime", DONE.startedAt);
  expect(within(row).getByRole("link", { name: "000001" })).toHaveAttribute("href", `/runs/${DONE.id}`);
});

test("filters go into the address and to the server, and can be cleared", async () => {
  const calls = fakeServer({
    "GET /flows": FLOWS,
    "GET /runs": ({ search }) => ({ items: search.get("state") === "canceled" ? [] : [DONE], next: "" }),
  });
  openPage("/runs?flow=f1");
  const user = userEvent.setup();
  await screen.findByRole("row", { name: /Phishing triage/ });
  expect(await screen.findByRole("option", { name: "Phishing triage", selected: true })).toBeInTheDocument();
  await user.selectOptions(screen.getByLabelText("State"), "canceled");
  expect(await screen.findByText("No run fits")).toBeVisible();
  const last = calls.filter((c) => c.path === "/runs").at(-1);
  expect([last?.search.get("flow"), last?.search.get("state")]).toEqual(["f1", "canceled"]);
  expect(window.location.search).toBe("?flow=f1&state=canceled");
  await user.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(await screen.findByRole("row", { name: /Phishing triage/ })).toBeVisible();
});

test("the list is read again by itself while something runs, and rests when all is done", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let state = "running";
  const running = { ...DONE, endedAt: null, durationMs: null, error: null };
  const calls = fakeServer({
    "GET /flows": FLOWS,
    "GET /runs": () => ({ items: [state === "running" ? { ...running, state } : DONE], next: "" }),
  });
  openPage("/runs");
  expect(await within(await screen.findByRole("table")).findByText("Running")).toBeVisible();
  state = "failed";
  await act(() => vi.advanceTimersByTimeAsync(2_100));
  expect(await within(screen.getByRole("table")).findByText("Failed")).toBeVisible();
  const read = calls.filter((c) => c.path === "/runs").length;
  await act(() => vi.advanceTimersByTimeAsync(6_000));
  expect(calls.filter((c) => c.path === "/runs")).toHaveLength(read);
});

test("older runs are read page by page", async () => {
  const older = { ...DONE, id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f000002", flowName: "Hunt" };
  fakeServer({
    "GET /flows": FLOWS,
    "GET /runs": ({ search }) =>
      search.get("cursor") === "c1" ? { items: [older], next: "" } : { items: [DONE], next: "c1" },
  });
  openPage("/runs");
  await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
  await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(3));
});

test("without any run the page says how one begins", async () => {
  fakeServer({ "GET /flows": { items: [] }, "GET /runs": { items: [], next: "" } });
  openPage("/runs");
  expect(await screen.findByText("No runs yet")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Clear the filters" })).not.toBeInTheDocument();
});
