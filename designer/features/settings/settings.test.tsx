import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ADMIN, Answer, fakeServer, openPage, VIEWER } from "@/test/pages";

const FORWARDER = {
  id: "t1",
  name: "forwarder",
  role: "analyst",
  createdAt: "2026-01-05T10:00:00Z",
  createdBy: "admin",
  lastUsedAt: null,
};

test("a new token is shown once, and is in the list afterwards", async () => {
  const tokens = [FORWARDER];
  const calls = fakeServer({
    "GET /tokens": () => ({ items: [...tokens] }),
    "POST /tokens": () => {
      tokens.push({ ...FORWARDER, id: "t2", name: "siem", role: "viewer" });
      return new Answer(201, { id: "t2", token: "secret-once" });
    },
  });
  openPage("/settings/tokens");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "New token" }));
  await user.type(await screen.findByLabelText("Name"), "siem");
  await user.selectOptions(screen.getByLabelText("Role"), "responder");
  await user.click(screen.getByRole("button", { name: "Make token" }));

  expect(await screen.findByTestId("fresh-token")).toHaveTextContent("secret-once");
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({ name: "siem", role: "responder" });
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(await screen.findByRole("button", { name: "Copied" })).toBeVisible();
  expect(await navigator.clipboard.readText()).toBe("secret-once");

  await user.click(screen.getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByText("secret-once")).not.toBeInTheDocument());
  expect(await screen.findByRole("row", { name: /siem/ })).toBeVisible();
  await waitFor(() => expect(screen.getByRole("button", { name: "New token" })).toHaveFocus());
});

test("a refused token says why and keeps what was typed", async () => {
  fakeServer({
    "GET /tokens": { items: [] },
    "POST /tokens": new Answer(409, {
      title: "There is a token of this name",
      detail: "Choose another name.",
    }),
  });
  openPage("/settings/tokens");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "New token" }));
  await user.type(await screen.findByLabelText("Name"), "siem{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Choose another name.");
  expect(screen.getByLabelText("Name")).toHaveValue("siem");
});

test("revoking asks first and names the token", async () => {
  let tokens = [FORWARDER];
  const calls = fakeServer({
    "GET /tokens": () => ({ items: tokens }),
    "DELETE /tokens/*": () => {
      tokens = [];
      return new Answer(204);
    },
  });
  openPage("/settings/tokens");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Revoke forwarder" }));
  const dialog = await screen.findByRole("dialog", { name: "Revoke “forwarder”?" });
  expect(calls.some((c) => c.method === "DELETE")).toBe(false);
  await user.click(within(dialog).getByRole("button", { name: "Revoke token" }));
  expect(await screen.findByText("No tokens yet")).toBeVisible();
  expect(calls.find((c) => c.method === "DELETE")?.path).toBe("/tokens/t1");
});

test("a viewer sees neither the links nor the pages that need more", async () => {
  const calls = fakeServer({ "GET /me": VIEWER });
  openPage("/settings/audit");
  expect(await screen.findByText("You may not read the audit log")).toBeVisible();
  expect(screen.queryByRole("link", { name: "API tokens" })).not.toBeInTheDocument();
  expect(calls.map((c) => c.path)).not.toContain("/audit");
});

test("the audit log is read page by page", async () => {
  const row = (id: string, action: string) => ({
    id,
    at: "2026-01-05T10:00:00Z",
    actor: "admin",
    actorKind: "user",
    action,
    object: "flow",
    objectId: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11",
    detail: { revision: 3 },
  });
  fakeServer({
    "GET /audit": ({ search }) =>
      search.get("cursor") === "c1"
        ? { items: [row("a2", "flow.publish")], next: "" }
        : { items: [row("a1", "flow.save")], next: "c1" },
  });
  openPage("/settings/audit");
  const user = userEvent.setup();
  expect(await screen.findByText("flow.save")).toBeVisible();
  expect(screen.getByText("revision 3")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Load more" }));
  expect(await screen.findByText("flow.publish")).toBeVisible();
  expect(screen.getByText("flow.save")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Load more" })).not.toBeInTheDocument();
});

test("the chosen theme holds at once", async () => {
  fakeServer({ "GET /me": ADMIN });
  openPage("/settings/profile");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("radio", { name: "Dark" }));
  expect(document.documentElement.dataset.theme).toBe("dark");
  await user.keyboard("{ArrowLeft}");
  expect(screen.getByRole("radio", { name: "Light" })).toHaveFocus();
  expect(document.documentElement.dataset.theme).toBe("light");
});
