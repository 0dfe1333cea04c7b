import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { ADMIN, Answer, fakeServer, openPage } from "@/test/pages";

afterEach(() => localStorage.clear());

const LISTS = { "GET /flows": { items: [] }, "GET /runs": { items: [], next: "" } };

/** A server that knows nobody until someone logs in. */
function lockedServer(answer: Answer) {
  let inside = false;
  const enter = () => {
    inside = answer.status === 200;
    return answer;
  };
  return fakeServer({
    ...LISTS,
    "GET /me": () => (inside ? ADMIN : new Answer(401, { title: "Not logged in" })),
    "POST /session": enter,
    "POST /setup": enter,
    "POST /setup/link": { name: "nightshift", role: "author", expiresAt: "2026-01-08T10:00:00Z" },
  });
}

test("a page asked for without a session comes after the log-in", async () => {
  const calls = lockedServer(new Answer(200, { user: ADMIN }));
  openPage("/runs?state=failed");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Password"), "correct horse{Enter}");
  expect(await screen.findByRole("heading", { name: "Runs" })).toBeVisible();
  expect(window.location.search).toBe("?state=failed");
  expect(calls.find((c) => c.path === "/session")?.body).toEqual({
    name: "admin",
    password: "correct horse",
  });
});

test.each(["//elsewhere.example/", "https://elsewhere.example/"])(
  "%s is not followed after the log-in",
  async (next) => {
    lockedServer(new Answer(200, { user: ADMIN }));
    openPage(`/login?next=${encodeURIComponent(next)}`);
    await userEvent.type(await screen.findByLabelText("Password"), "correct horse{Enter}");
    expect(await screen.findByRole("heading", { name: "Flows" })).toBeVisible();
  },
);

test("a wrong password and too many tries are told apart", async () => {
  const calls = lockedServer(new Answer(401, { title: "Unauthorized" }));
  openPage("/login");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Password"), "wrong{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Name or password is wrong");
  expect(calls.filter((c) => c.path === "/session")).toHaveLength(1);

  lockedServer(new Answer(429, { title: "Too Many Requests", detail: "Try again in 30 seconds." }));
  await user.click(screen.getByRole("button", { name: "Log in" }));
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("Try again in 30 seconds."));
});

test("a password is set by the link once both entries agree", async () => {
  const calls = lockedServer(new Answer(200, { user: ADMIN }));
  openPage("/setup?token=once");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Password"), "correct horse battery");
  expect(screen.getByText(/whose role is author/)).toHaveTextContent("nightshift");
  // Looking at whose it is must not be what uses it.
  expect(calls.map((c) => c.path)).not.toContain("/setup");
  await user.type(screen.getByLabelText("Password again"), "correct horse");
  expect(screen.getByRole("alert")).toHaveTextContent("The two differ.");
  expect(screen.getByRole("button", { name: /Set password/ })).toBeDisabled();
  await user.type(screen.getByLabelText("Password again"), " battery");
  await user.click(screen.getByRole("button", { name: /Set password/ }));
  expect(await screen.findByRole("heading", { name: "Flows" })).toBeVisible();
  expect(localStorage.getItem("drawbridge.name")).toBe("nightshift");
  expect(calls.find((c) => c.path === "/setup")?.body).toEqual({
    token: "once",
    password: "correct horse battery",
  });
});

test("a set-up link that is no longer good leads to the log-in, before a password is thought of", async () => {
  fakeServer({ "POST /setup/link": new Answer(410, { title: "Gone" }) });
  openPage("/setup?token=used");
  expect(await screen.findByRole("alert")).toHaveTextContent("This link is no longer good");
  expect(screen.getByRole("link", { name: "To the log-in" })).toHaveAttribute("href", "/login");
  expect(screen.queryByLabelText("Password")).not.toBeInTheDocument();
});

test("a link that is used up meanwhile says so", async () => {
  lockedServer(new Answer(410, { title: "Gone" }));
  openPage("/setup?token=raced");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Password"), "correct horse battery");
  await user.type(screen.getByLabelText("Password again"), "correct horse battery{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("This link is no longer good");
});

test("a password that is guessed is refused at its field", async () => {
  lockedServer(
    new Answer(422, {
      title: "Unprocessable Entity",
      problems: [{ pointer: "/password", message: "the password is the name, or almost" }],
    }),
  );
  openPage("/setup?token=once");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Password"), "nightshift2026");
  await user.type(screen.getByLabelText("Password again"), "nightshift2026{Enter}");
  const field = screen.getByLabelText("Password");
  await waitFor(() => expect(field).toHaveAccessibleDescription("the password is the name, or almost"));
  expect(field).toHaveValue("nightshift2026");
  await user.type(field, "x");
  expect(field).not.toHaveAccessibleDescription(/the name/);
});

test("the name of who logged in last stands there the next time", async () => {
  lockedServer(new Answer(200, { user: ADMIN }));
  const { unmount } = openPage("/login");
  const user = userEvent.setup();
  await user.clear(await screen.findByLabelText("Name"));
  await user.type(screen.getByLabelText("Name"), "nightshift");
  await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
  expect(await screen.findByRole("heading", { name: "Flows" })).toBeVisible();
  unmount();
  lockedServer(new Answer(401));
  openPage("/login");
  expect(await screen.findByLabelText("Name")).toHaveValue("nightshift");
});
