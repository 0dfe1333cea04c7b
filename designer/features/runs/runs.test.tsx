import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
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
  expect(screen.getByLabelText("Search runs")).toHaveFocus();
  expect(await screen.findByRole("row", { name: /Phishing triage/ })).toBeVisible();
});

test("failures, labels, triggers and times are filters that stand in the address", async () => {
  const calls = fakeServer({
    "GET /flows": { items: [{ ...FLOWS.items[0], labels: ["mail", "triage"] }] },
    "GET /runs": { items: [DONE], next: "" },
  });
  const last = () => Object.fromEntries(calls.filter((c) => c.path === "/runs").at(-1)?.search ?? []);
  openPage("/runs?state=failures&label=mail");
  const user = userEvent.setup();
  const failures = await screen.findByRole("button", { name: "Failures", pressed: true });
  await waitFor(() => expect(last()).toEqual({ state: "failures", label: "mail", limit: "50" }));
  expect(await screen.findByRole("option", { name: "mail", selected: true })).toBeInTheDocument();
  await user.click(failures);
  await user.selectOptions(screen.getByLabelText("How it began"), "webhook");
  await user.selectOptions(screen.getByLabelText("Time"), "24h");
  await waitFor(() => expect(window.location.search).toBe("?label=mail&trigger=webhook&within=24h"));
  await waitFor(() => expect(last()).toMatchObject({ trigger: "webhook", label: "mail" }));
  const day = Date.now() - Date.parse(last().since ?? "");
  expect(Math.abs(day - 86_400_000)).toBeLessThan(60_000);

  await user.selectOptions(screen.getByLabelText("Time"), "between");
  fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-01-05T11:00" } });
  await waitFor(() => expect(last().since).toBe(new Date("2026-01-05T11:00").toISOString()));
  fireEvent.change(screen.getByLabelText("Until"), { target: { value: "2026-01-06T11:00" } });
  await waitFor(() => expect(last().until).toBe(new Date("2026-01-06T11:00").toISOString()));
  expect(screen.getByLabelText("From")).toHaveValue("2026-01-05T11:00");
  await user.selectOptions(screen.getByLabelText("Time"), "");
  await waitFor(() => expect(window.location.search).toBe("?label=mail&trigger=webhook"));
});

test("a text that was not found so far can be looked for among older runs", async () => {
  fakeServer({
    "GET /flows": FLOWS,
    "GET /runs": ({ search }) =>
      search.get("cursor") === "c1" ? { items: [DONE], next: "" } : { items: [], next: "c1" },
  });
  openPage("/runs?q=needle");
  const user = userEvent.setup();
  expect(await screen.findByText("No run fits so far")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Load more" }));
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
