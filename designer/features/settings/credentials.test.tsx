import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ADMIN, Answer, fakeServer, openPage, VIEWER } from "@/test/pages";
// The page is a part of the app that comes later: here it is there before it is waited for.
import "./pages";

const TYPE = {
  type: "urlscan.apiKey",
  connector: "urlscan",
  apply: "header",
  secret: ["key"],
  fields: {
    type: "object",
    required: ["key"],
    properties: { team: { type: "string", title: "Team" }, key: { type: "string", title: "API key" } },
  },
};
const KEPT = {
  id: "c1",
  name: "Scanner",
  type: "urlscan.apiKey",
  hosts: ["api.urlscan.example"],
  fields: { team: "soc" },
  secrets: ["key"],
  revision: 3,
  bound: false,
  createdAt: "2026-01-05T08:00:00Z",
  updatedAt: "2026-01-05T08:00:00Z",
  updatedBy: "admin",
};

const routes = (more = {}) => ({
  "GET /credentials": { items: [KEPT] },
  "GET /credential-types": { items: [TYPE] },
  ...more,
});

test("a credential is kept with the fields of its type", async () => {
  const calls = fakeServer(
    routes({ "GET /credentials": { items: [] }, "POST /credentials": new Answer(201, KEPT) }),
  );
  openPage("/settings/credentials");
  expect(await screen.findByText("No credentials yet")).toBeVisible();
  const user = userEvent.setup();
  await user.click(screen.getByTestId("new-credential"));
  await user.type(await screen.findByLabelText("Name"), "Scanner");
  const key = await screen.findByLabelText("API key");
  expect(key).toHaveAttribute("type", "password");
  await user.type(key, "s3cret");
  await user.type(screen.getByLabelText("Hosts"), "api.urlscan.example{Enter}b.example");
  await user.click(screen.getByTestId("save-credential"));
  await waitFor(() => expect(calls.some((c) => c.method === "POST")).toBe(true));
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({
    name: "Scanner",
    type: "urlscan.apiKey",
    hosts: ["api.urlscan.example", "b.example"],
    fields: { key: "s3cret" },
  });
});

test("a secret that is set is replaced or stays, and is never shown", async () => {
  const calls = fakeServer(routes({ "PUT /credentials/c1": KEPT }));
  openPage("/settings/credentials");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change Scanner" }));
  expect(await screen.findByText(/Set; it can't be shown/)).toBeVisible();
  expect(screen.getByLabelText("Type")).toBeDisabled();
  expect(screen.getByLabelText("Team")).toHaveValue("soc");
  await user.click(screen.getByTestId("save-credential"));
  await waitFor(() => expect(calls.some((c) => c.method === "PUT")).toBe(true));
  // What is left out stays as it is on the server.
  expect(calls.find((c) => c.method === "PUT")?.body).toMatchObject({ fields: { team: "soc" } });
  await user.click(await screen.findByRole("button", { name: "Change Scanner" }));
  await user.click(await screen.findByRole("button", { name: "Replace API key" }));
  await user.type(screen.getByLabelText("API key"), "new");
  await user.click(screen.getByTestId("save-credential"));
  await waitFor(() => expect(calls.filter((c) => c.method === "PUT")).toHaveLength(2));
  expect(calls.findLast((c) => c.method === "PUT")?.body).toMatchObject({
    fields: { team: "soc", key: "new" },
  });
});

test("a refused field says why, and nothing typed is lost", async () => {
  fakeServer(
    routes({
      "POST /credentials": new Answer(422, {
        title: "Unprocessable",
        detail: "see the list",
        problems: [{ message: "the API key must have 32 letters", pointer: "/fields/key" }],
      }),
    }),
  );
  openPage("/settings/credentials?type=urlscan.apiKey");
  const user = userEvent.setup();
  // Whoever comes from a flow that lacks one begins with its type.
  await user.type(await screen.findByLabelText("Name"), "S");
  await user.type(await screen.findByLabelText("API key"), "x");
  await user.type(screen.getByLabelText("Hosts"), "a.example");
  await user.click(screen.getByTestId("save-credential"));
  expect(await screen.findByText(/must have 32 letters/)).toBeVisible();
  expect(screen.getByLabelText("API key")).toHaveValue("x");
});

test("one in use stays, and the flows are named", async () => {
  fakeServer(
    routes({
      "DELETE /credentials/c1": new Answer(409, {
        title: "Conflict",
        detail: "the credential is in use: bind these flows to another first: Hunt",
      }),
    }),
  );
  openPage("/settings/credentials");
  await userEvent.click(await screen.findByRole("button", { name: "Delete Scanner" }));
  await userEvent.type(await screen.findByLabelText(/Type “Scanner”/), "Scanner");
  await userEvent.click(screen.getByTestId("confirm-delete"));
  expect(await screen.findByText(/bind these flows to another first: Hunt/)).toBeVisible();
});

test("they are for reading where the role does not manage them, and hidden from viewers", async () => {
  const reading = ADMIN.permissions.filter((p) => p !== "credential.manage");
  fakeServer(routes({ "GET /me": { ...ADMIN, role: "author", permissions: reading } }));
  const { unmount } = openPage("/settings/credentials");
  const row = await screen.findByTestId("credential-c1");
  expect(within(row).queryByRole("button")).toBeNull();
  expect(screen.queryByTestId("new-credential")).toBeNull();
  unmount();
  fakeServer(routes({ "GET /me": VIEWER }));
  openPage("/settings/credentials");
  expect(await screen.findByText("You may not see the credentials")).toBeVisible();
});

test("of two who change one, the second hears of the first and loses nothing", async () => {
  let asked = 0;
  const theirs = { ...KEPT, name: "Theirs", revision: 4 };
  const calls = fakeServer(
    routes({
      "PUT /credentials/c1": () =>
        asked++ === 0
          ? new Answer(409, {
              title: "Conflict",
              detail: "changed",
              current: 4,
              updatedBy: "maria",
              credential: theirs,
            })
          : KEPT,
    }),
  );
  openPage("/settings/credentials");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change Scanner" }));
  await user.type(await screen.findByLabelText("Name"), " of mine");
  await user.click(screen.getByTestId("save-credential"));
  const note = await screen.findByTestId("conflict");
  expect(note).toHaveTextContent(/maria changed this credential.*“Theirs”/);
  expect(screen.getByLabelText("Name")).toHaveValue("Scanner of mine");
  await user.click(within(note).getByRole("button", { name: "Save mine over it" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const sent = calls.filter((c) => c.method === "PUT");
  expect(sent.map((c) => c.headers["If-Match"])).toEqual(['"3"', '"4"']);
});

test("what only signs says whom it signs for, and what is still needed", async () => {
  const hook = {
    type: "hook.secret",
    connector: "hook",
    apply: "none",
    sign: ["standard-webhooks"],
    secret: ["secret"],
    fields: {
      type: "object",
      required: ["secret"],
      properties: { secret: { type: "string", title: "Secret" } },
    },
  };
  fakeServer(routes({ "GET /credential-types": { items: [hook] } }));
  openPage("/settings/credentials?type=hook.secret");
  const user = userEvent.setup();
  const lacks = await screen.findByTestId("credential-lacks");
  expect(await screen.findByText(/signs for these and for no other/)).toBeVisible();
  expect(lacks).toHaveTextContent("It still needs a name and a host that it signs for.");
  expect(screen.getByTestId("save-credential")).toBeDisabled();
  await user.type(screen.getByLabelText("Name"), "Hooks");
  await user.type(screen.getByLabelText("Hosts"), "hooks.example");
  expect(screen.queryByTestId("credential-lacks")).toBeNull();
  expect(screen.getByTestId("save-credential")).toBeEnabled();
});

test("a host that is added asks for the secret again before it is sent", async () => {
  fakeServer(routes());
  openPage("/settings/credentials");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change Scanner" }));
  expect(await screen.findByRole("button", { name: "Replace API key" })).toBeVisible();
  await user.type(screen.getByLabelText("Hosts"), "\nother.example");
  expect(screen.getByTestId("give-again")).toHaveTextContent(/give the secret again/);
  expect(screen.getByLabelText("API key")).toBeRequired();
});

test("what is wrong with a field of a credential is told at the field", async () => {
  const problems = [{ pointer: "/fields/key", message: "the key can't be read" }];
  fakeServer(routes({ "POST /credentials": new Answer(422, { title: "Unprocessable Entity", problems }) }));
  openPage("/settings/credentials");
  const user = userEvent.setup();
  await user.click(await screen.findByTestId("new-credential"));
  await user.type(await screen.findByLabelText("Name"), "Other");
  await user.type(await screen.findByLabelText("API key"), "half");
  await user.type(screen.getByLabelText("Hosts"), "b.example");
  await user.click(screen.getByTestId("save-credential"));
  await screen.findByText("the key can't be read");
  expect(screen.getByLabelText("API key")).toHaveAccessibleDescription("the key can't be read");
  expect(screen.queryByText("Unprocessable Entity")).toBeNull();
});
