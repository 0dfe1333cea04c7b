import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ADMIN, Answer, fakeServer, openPage } from "@/test/pages";
import { agentText } from "./agent";
import { linkText } from "./UserState";

const SELF = {
  id: ADMIN.id,
  name: "admin",
  role: "admin",
  state: "active",
  revision: 1,
  createdAt: "2026-01-05T10:00:00Z",
  lastSeenAt: "2026-01-06T10:00:00Z",
};
const NIGHTSHIFT = { ...SELF, id: "u7", name: "nightshift", role: "author", revision: 3 };
const LATE = {
  ...NIGHTSHIFT,
  id: "u8",
  name: "late",
  state: "invited",
  lastSeenAt: null,
  linkExpiresAt: "2126-01-08T10:00:00Z",
};
const MADE = { user: LATE, link: { path: "/setup?token=once", expiresAt: "2126-01-08T10:00:00Z" } };

async function act(name: string, entry: string) {
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: `What to do with ${name}` }));
  await user.click(await screen.findByRole("menuitem", { name: entry }));
  return { user, dialog: await screen.findByRole("dialog") };
}

test("somebody is invited, and their link is shown once, with this server's address", async () => {
  const users: object[] = [SELF];
  const calls = fakeServer({
    "GET /users": () => ({ items: [...users] }),
    "POST /users": () => {
      users.push(LATE);
      return new Answer(201, MADE);
    },
  });
  openPage("/settings/users");
  const user = userEvent.setup();
  expect(await screen.findByText("Nobody else yet")).toBeVisible();
  await user.click(screen.getByTestId("invite"));
  await user.type(await screen.findByLabelText("Name"), "late");
  await user.selectOptions(screen.getByLabelText("Role"), "author");
  await user.keyboard("{Enter}");
  await user.click(screen.getByRole("button", { name: "Invite" }));
  expect(await screen.findByTestId("fresh-link")).toHaveTextContent(
    `${window.location.origin}/setup?token=once`,
  );
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({ name: "late", role: "author" });
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(await navigator.clipboard.readText()).toBe(`${window.location.origin}/setup?token=once`);
  await user.click(screen.getByRole("button", { name: "Done" }));
  expect(await screen.findByTestId("user-late")).toHaveTextContent(/Invited.*link good for/);
  expect(screen.queryByText("Nobody else yet")).not.toBeInTheDocument();
  expect(screen.queryByText(/token=once/)).not.toBeInTheDocument();
});

test("a name that can't be is refused at its field", async () => {
  fakeServer({
    "GET /users": { items: [SELF] },
    "POST /users": new Answer(409, {
      title: "Conflict",
      problems: [{ pointer: "/name", message: "there is a user called admin" }],
    }),
  });
  openPage("/settings/users");
  const user = userEvent.setup();
  await user.click(await screen.findByTestId("invite"));
  const name = await screen.findByLabelText("Name");
  await user.type(name, "Admin{Enter}");
  await waitFor(() => expect(name).toHaveAccessibleDescription("there is a user called admin"));
  expect(name).toBeInvalid();
  await user.type(name, "2");
  expect(name).toBeValid();
});

test("of two who change a role the second hears of the first, and may insist", async () => {
  let now = { ...NIGHTSHIFT, role: "viewer", revision: 4 };
  const calls = fakeServer({
    "GET /users": () => ({ items: [SELF, NIGHTSHIFT] }),
    "PUT /users/*": ({ headers, body }) => {
      if (headers["If-Match"] !== `"${now.revision}"`)
        return new Answer(409, { title: "Conflict", current: now.revision, updatedBy: "second", user: now });
      now = { ...now, ...(body as object), revision: 5 };
      return now;
    },
  });
  openPage("/settings/users");
  const { user, dialog } = await act("nightshift", "Change role…");
  expect(within(dialog).getByRole("button", { name: "Change role" })).toBeDisabled();
  await user.selectOptions(within(dialog).getByLabelText("Role"), "analyst");
  expect(within(dialog).getByText(/they are logged out/)).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Change role" }));
  expect(await screen.findByTestId("conflict")).toHaveTextContent("second changed this user");
  expect(screen.getByTestId("conflict")).toHaveTextContent("Now: viewer, active.");
  await user.click(within(dialog).getByRole("button", { name: "Change role" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(calls.filter((c) => c.method === "PUT").map((c) => [c.headers["If-Match"], c.body])).toEqual([
    ['"3"', { role: "analyst", disabled: false }],
    ['"4"', { role: "analyst", disabled: false }],
  ]);
});

test("a new link says first what ends by it", async () => {
  const calls = fakeServer({
    "GET /users": { items: [SELF, NIGHTSHIFT] },
    "POST /users/u7/link": new Answer(201, { ...MADE, user: { ...NIGHTSHIFT, state: "reset" } }),
  });
  openPage("/settings/users");
  const { user, dialog } = await act("nightshift", "New link…");
  expect(dialog).toHaveTextContent("Their password stops working now");
  expect(calls.some((c) => c.method === "POST")).toBe(false);
  await user.click(within(dialog).getByRole("button", { name: "Make the link" }));
  expect(await screen.findByTestId("fresh-link")).toHaveTextContent("/setup?token=once");
  await user.click(screen.getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
});

test("disabling names whom and what ends; what is refused says why", async () => {
  const calls = fakeServer({
    "GET /users": { items: [SELF, NIGHTSHIFT] },
    "PUT /users/*": new Answer(409, { title: "Conflict", detail: "this is the last administrator" }),
  });
  openPage("/settings/users");
  const { user, dialog } = await act("nightshift", "Disable…");
  expect(dialog).toHaveAccessibleName("Disable “nightshift”?");
  expect(dialog).toHaveTextContent(/tokens that they made are refused/);
  await user.click(within(dialog).getByRole("button", { name: "Disable nightshift" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("this is the last administrator");
  expect(calls.find((c) => c.method === "PUT")?.body).toEqual({ role: "author", disabled: true });
});

test("one can't disable oneself or make oneself a link, and only who was never here is removed", async () => {
  let users: object[] = [SELF, LATE];
  const calls = fakeServer({
    "GET /users": () => ({ items: users }),
    "DELETE /users/*": () => {
      users = [SELF];
      return new Answer(204);
    },
  });
  openPage("/settings/users");
  const own = userEvent.setup();
  await own.click(await screen.findByRole("button", { name: "What to do with admin" }));
  for (const name of ["Disable…", "New link…"])
    expect(await screen.findByRole("menuitem", { name })).toHaveAttribute("aria-disabled", "true");
  expect(screen.queryByRole("menuitem", { name: "Remove…" })).not.toBeInTheDocument();
  await own.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).not.toBeInTheDocument());
  const { user, dialog } = await act("late", "Remove…");
  await user.click(within(dialog).getByRole("button", { name: "Remove late" }));
  await waitFor(() => expect(screen.queryByTestId("user-late")).not.toBeInTheDocument());
  expect(calls.find((c) => c.method === "DELETE")?.path).toBe("/users/u8");
});

test("a list that can't be read says why, and is tried again", async () => {
  let good = false;
  fakeServer({
    "GET /users": () => (good ? { items: [SELF, NIGHTSHIFT] } : new Answer(500, { title: "It failed" })),
  });
  openPage("/settings/users");
  expect(await screen.findByRole("alert")).toHaveTextContent("It failed");
  good = true;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByTestId("user-nightshift")).toBeVisible();
});

const HERE = {
  id: "s1",
  createdAt: "2026-01-05T10:00:00Z",
  lastSeenAt: "2026-01-06T10:00:00Z",
  expiresAt: "2026-01-12T10:00:00Z",
  address: "192.0.2.7",
  agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  current: true,
};
const THERE = { ...HERE, id: "s2", address: "198.51.100.3", agent: "curl/8.5.0", current: false };

test("one changes one's password, and hears at the field what is wrong", async () => {
  let right = false;
  const calls = fakeServer({
    "GET /me/sessions": { items: [HERE] },
    "PUT /me/password": () =>
      right
        ? new Answer(204)
        : new Answer(422, {
            title: "Unprocessable Entity",
            problems: [{ pointer: "/current", message: "this isn't your password" }],
          }),
  });
  openPage("/settings/profile");
  const user = userEvent.setup();
  const current = await screen.findByLabelText("Current password");
  await user.type(current, "wrong");
  await user.type(screen.getByLabelText("New password"), "another horse battery");
  expect(screen.getByRole("button", { name: "Change password" })).toBeDisabled();
  await user.type(screen.getByLabelText("New password again"), "another horse battery{Enter}");
  await waitFor(() => expect(current).toHaveAccessibleDescription("this isn't your password"));
  expect(screen.getByLabelText("New password")).toHaveValue("another horse battery");
  right = true;
  await user.type(current, "ly typed{Enter}");
  await waitFor(() => expect(current).toHaveValue(""));
  expect(screen.getByLabelText("New password")).toHaveValue("");
  expect(calls.findLast((c) => c.method === "PUT")?.body).toEqual({
    current: "wrongly typed",
    password: "another horse battery",
  });
});

test("one sees one's sessions and ends another, not this one", async () => {
  let items = [HERE, THERE];
  const calls = fakeServer({
    "GET /me/sessions": () => ({ items }),
    "DELETE /me/sessions/*": () => {
      items = [HERE];
      return new Answer(204);
    },
  });
  openPage("/settings/profile");
  const table = await screen.findByTestId("sessions");
  expect(within(table).getByRole("row", { name: /Firefox on Linux this one 192.0.2.7/ })).toBeVisible();
  expect(within(table).getAllByRole("button")).toHaveLength(1);
  await userEvent.click(within(table).getByRole("button", { name: /curl from 198.51.100.3/ }));
  await waitFor(() => expect(within(table).queryByText("curl")).not.toBeInTheDocument());
  expect(calls.find((c) => c.method === "DELETE")?.path).toBe("/me/sessions/s2");
  expect(screen.queryByRole("button", { name: "End all others" })).not.toBeInTheDocument();
});

test.each([
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0",
    "Edge on Windows",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
    "Chrome on macOS",
  ],
  [
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
  ["python-requests/2.32", "python-requests"],
  ["", "An unknown program"],
])("%s is %s", (agent, text) => expect(agentText(agent)).toBe(text));

test.each([
  [undefined, "no link"],
  ["2026-01-05T09:00:00Z", "link has run out"],
  ["2026-01-05T10:20:00Z", "link good for 20 min"],
  ["2026-01-06T10:00:00Z", "link good for 24 h"],
  ["2026-01-08T10:00:00Z", "link good for 3 days"],
])("of a link until %s it says %s", (at, text) =>
  expect(linkText(at, Date.parse("2026-01-05T10:00:00Z"))).toBe(text),
);
