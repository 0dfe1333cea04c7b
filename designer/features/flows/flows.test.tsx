import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { emptyFlow } from "@/core/flow/document";
import { Answer, fakeServer, openPage, VIEWER } from "@/test/pages";
// The page is a part of the app that comes later: here it is there before it is waited for.
import "./FlowsPage";

const TRIAGE = {
  id: "f1",
  name: "Phishing triage",
  description: "Scores what a reported mail links to.",
  labels: ["phishing"],
  revision: 4,
  version: 2,
  triggers: ["trigger.webhook"],
  updatedAt: "2026-01-05T10:00:00Z",
  updatedBy: "admin",
  lastRuns: [
    { id: "r2", state: "failed", at: "2026-01-05T11:00:00Z" },
    { id: "r1", state: "succeeded", at: "2026-01-05T10:30:00Z" },
  ],
};
const HUNT = { ...TRIAGE, id: "f2", name: "Hunt", description: "", version: 0, triggers: [], lastRuns: [] };

function listed(...items: object[]) {
  return ({ search }: { search: URLSearchParams }) => ({
    items: items.filter((f) => JSON.stringify(f).includes(search.get("q") ?? "")),
    next: "",
  });
}

test("of drafts that this browser keeps, few flows are asked for at one visit, and none twice", async () => {
  const calls = fakeServer({ "GET /flows": listed(TRIAGE) });
  const keep = (id: string, copy: object) =>
    localStorage.setItem(`drawbridge.draft.u1.${id}.tab`, JSON.stringify(copy));
  for (let i = 0; i < 7; i++) keep(`gone${i}`, { flow: emptyFlow(`Kept ${i}`), base: 1, at: i });
  keep("bad", { flow: { nodes: [] }, base: 1 });
  keep("f1", { flow: emptyFlow("Listed"), base: 1, at: 9 });
  const asked = () => calls.map((c) => c.path).filter((path) => /^\/flows\/./.test(path));
  for (const [offered, sofar] of [
    [5, 5],
    [7, 7],
    [7, 7],
  ] as const) {
    const { unmount } = openPage("/flows");
    await screen.findByTestId("new-flow");
    await waitFor(() => expect(screen.getAllByTestId("left-draft")).toHaveLength(offered));
    expect([asked().length, new Set(asked()).size]).toEqual([sofar, sofar]);
    unmount();
  }
  localStorage.clear();
});

test("a flow shows whether it is live, what starts it and how its last runs ended", async () => {
  fakeServer({
    "GET /flows": listed(TRIAGE, HUNT),
    "GET /catalog": { items: [{ type: "trigger.webhook", name: "Webhook", icon: "webhook" }] },
  });
  openPage("/flows");
  const row = await screen.findByRole("row", { name: /Phishing triage/ });
  expect(within(row).getByText("Live · v2")).toBeVisible();
  expect(await within(row).findByText("Webhook")).toBeVisible();
  const marks = within(row).getAllByRole("link", { name: /^Run / });
  expect(marks.map((m) => m.getAttribute("aria-label")?.split(",")[0])).toEqual([
    "Run succeeded",
    "Run failed",
  ]);
  expect(within(screen.getByRole("row", { name: /Hunt/ })).getByText("Draft")).toBeVisible();
});

test("a trigger that fails is told of with its reason, and leads to it", async () => {
  const failing = [{ node: "mail", message: "the connection was refused", since: "2026-01-05T10:00:00Z" }];
  fakeServer({ "GET /flows": listed({ ...TRIAGE, failing }, HUNT) });
  openPage("/flows");
  const row = await screen.findByRole("row", { name: /Phishing triage/ });
  const badge = within(row).getByRole("link", { name: "Trigger failing" });
  expect(badge).toHaveAttribute("href", "/flows/f1?node=mail");
  expect(within(row).getByText("the connection was refused")).toBeVisible();
  expect(within(row).getByText(/since/)).toHaveTextContent(/Jan 5, 2026|5 Jan 2026/);
  expect(within(screen.getByRole("row", { name: /Hunt/ })).queryByText(/failing/)).toBeNull();
});

test("the search asks the server once the typing rests, and stays in the address", async () => {
  const calls = fakeServer({ "GET /flows": listed(TRIAGE, HUNT) });
  openPage("/flows");
  await screen.findByRole("row", { name: /Hunt/ });
  await userEvent.type(screen.getByRole("searchbox", { name: "Search flows" }), "Phish");
  await waitFor(() => expect(screen.queryByRole("row", { name: /Hunt/ })).not.toBeInTheDocument());
  expect(calls.filter((c) => c.path === "/flows").map((c) => c.search.get("q") ?? "")).toEqual(["", "Phish"]);
  expect(window.location.search).toBe("?q=Phish");
});

test("flows beyond the first page are reached", async () => {
  fakeServer({
    "GET /flows": ({ search }) =>
      search.get("cursor") === "c1" ? { items: [HUNT], next: "" } : { items: [TRIAGE], next: "c1" },
  });
  openPage("/flows");
  await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
  expect(await screen.findByRole("row", { name: /Hunt/ })).toBeVisible();
  expect(screen.getByRole("row", { name: /Phishing triage/ })).toBeVisible();
});

test("deleting names the flow and waits for its name", async () => {
  let items = [TRIAGE];
  const calls = fakeServer({
    "GET /flows": () => ({ items }),
    "DELETE /flows/*": () => {
      items = [];
      return new Answer(204);
    },
  });
  openPage("/flows");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "More for Phishing triage" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete…" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete “Phishing triage”?" });
  const button = within(dialog).getByRole("button", { name: "Delete the flow" });
  expect(button).toBeDisabled();
  await user.type(within(dialog).getByRole("textbox"), "Phishing triage");
  await user.click(button);
  expect(await screen.findByText("No flows yet")).toBeVisible();
  expect(calls.find((c) => c.method === "DELETE")?.path).toBe("/flows/f1");
});

test("several chosen flows are exported together", async () => {
  fakeServer({ "GET /flows": listed(TRIAGE, HUNT) });
  openPage("/flows");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("checkbox", { name: "Choose Phishing triage" }));
  await user.click(screen.getByRole("checkbox", { name: "Choose Hunt" }));
  const followed: string[] = [];
  const follow = (event: MouseEvent) => {
    const link = (event.target as Element).closest("a[download]");
    if (link === null) return;
    event.preventDefault();
    followed.push(link.getAttribute("href") ?? "");
  };
  document.addEventListener("click", follow);
  await user.click(screen.getByRole("button", { name: "Export 2 flows" }));
  document.removeEventListener("click", follow);
  expect(followed).toEqual(["/api/v1/export?flows=f1,f2"]);
});

test("files dropped on the list go on to the import, unless the role may not", async () => {
  fakeServer({ "GET /me": VIEWER, "GET /flows": listed(TRIAGE) });
  openPage("/flows");
  await screen.findByRole("row", { name: /Phishing triage/ });
  expect(screen.queryByRole("button", { name: "New flow" })).not.toBeInTheDocument();
  const dataTransfer = { types: ["Files"], files: [new File(["{}"], "a.flow.json")], items: [] };
  fireEvent.drop(screen.getByTestId("drop-target"), { dataTransfer });
  expect(await screen.findByText("Your role does not allow importing flows.")).toBeVisible();
  expect(window.location.pathname).toBe("/flows");
});

test("a list that can't be read says so and is asked for again", async () => {
  let down = true;
  fakeServer({
    "GET /flows": () =>
      down ? new Answer(500, { title: "The database did not answer" }) : { items: [HUNT] },
  });
  openPage("/flows");
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(screen.getByRole("alert")).toHaveTextContent("The database did not answer");
  down = false;
  await userEvent.click(again);
  expect(await screen.findByRole("row", { name: /Hunt/ })).toBeVisible();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});
