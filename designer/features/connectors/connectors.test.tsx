import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Answer, fakeServer, openPage, VIEWER } from "@/test/pages";

import { CONSENTED, GRANTS, PAGE, POWERS, routes, SCAN, STREAM, VERSION } from "./fixtures";

describe("the list", () => {
  it("says of each what it is and whether it may run, with one request", async () => {
    const calls = fakeServer(routes());
    openPage("/connectors");
    const scan = await screen.findByTestId("connector-urlscan-2.1.0");
    await within(scan).findByText("Needs consent");
    expect(scan).toHaveTextContent(/urlscan 2\.1\.0.*1 action.*Installed/);
    expect(screen.getByTestId("connector-email-1.0.0")).toHaveTextContent(/Bundled.*Part of the server/);
    expect(screen.getByRole("link", { name: "Connectors" })).toHaveAttribute("aria-current", "page");
    expect(calls.filter((c) => c.path.startsWith("/connectors"))).toHaveLength(1);
  });

  it("says how the first one comes, and why it can't be read", async () => {
    fakeServer({ "GET /connectors": { items: [] } });
    const { unmount } = openPage("/connectors");
    expect(await screen.findByText("No connectors yet")).toBeVisible();
    unmount();
    fakeServer({ "GET /connectors": new Answer(500, { title: "Broken", detail: "The store is full." }) });
    openPage("/connectors");
    expect(await screen.findByText("The store is full.")).toBeVisible();
  });

  it("installs a dropped file, and lists all reasons where it is refused", async () => {
    const calls = fakeServer(
      routes(POWERS, {
        "POST /connectors": new Answer(422, {
          title: "Unprocessable",
          detail: "the file can't be installed: see the list",
          problems: [{ message: "it is no WebAssembly module" }, { message: "it carries no manifest" }],
        }),
      }),
    );
    openPage("/connectors");
    await screen.findByTestId("connectors");
    const file = new File(["x"], "mine.wasm");
    const dataTransfer = { types: ["Files"], files: [file], items: [] };
    fireEvent.drop(screen.getByTestId("drop-target"), { dataTransfer });
    expect(await screen.findByText("it carries no manifest")).toBeVisible();
    expect(screen.getByText("it is no WebAssembly module")).toBeVisible();
    const sent = calls.find((c) => c.method === "POST");
    expect(sent?.search.get("name")).toBe("mine.wasm");
    expect(sent?.headers["Content-Type"]).toBe("application/wasm");
  });

  it("goes on to what was installed, to be consented to", async () => {
    fakeServer(
      routes(POWERS, {
        "POST /connectors": new Answer(201, {
          digest: "d",
          connectors: [{ id: "urlscan", version: "2.1.0", powers: POWERS }],
        }),
      }),
    );
    const { router } = openPage("/connectors");
    const input = await screen.findByTestId("connector-file");
    await userEvent.upload(input, new File(["x"], "mine.wasm", { type: "application/wasm" }));
    await screen.findByRole("heading", { name: "It asks for your consent" });
    expect(router.state.location.href).toBe(PAGE);
  });

  it("is for reading where the role does not manage connectors", async () => {
    fakeServer(routes(POWERS, { "GET /me": VIEWER }));
    openPage(PAGE);
    expect(await screen.findByText("An administrator can consent to it.")).toBeVisible();
    for (const name of [/Consent/, /Remove/, /Add a host/, /Save/])
      expect(screen.queryByRole("button", { name })).toBeNull();
  });
});

describe("consent", () => {
  it("is asked for in plain words, with what is far-reaching marked", async () => {
    let body: unknown;
    fakeServer(
      routes(POWERS, {
        [`PUT ${GRANTS}`]: (call: { body: unknown }) => {
          body = call.body;
          return CONSENTED;
        },
      }),
    );
    openPage(PAGE);
    const wants = await screen.findByTestId("wants");
    const [usual, high] = within(wants).getAllByRole("listitem");
    expect(usual).toHaveTextContent(
      "It can send requests at api.example. Its author says: To scan.".replace(". Its", ".Its"),
    );
    expect(usual).toHaveAttribute("data-risk", "usual");
    expect(high).toHaveTextContent(/Far-reaching/);
    expect(usual?.querySelector(".lucide-circle-check")).toBeNull();
    await userEvent.click(screen.getByTestId("consent"));
    await screen.findByRole("button", { name: "Withdraw consent…" });
    expect(screen.getByRole("heading", { name: "What it may do" })).toHaveFocus();
    expect(within(wants).getAllByRole("listitem")[0]?.querySelector(".lucide-circle-check")).not.toBeNull();
    expect(body).toEqual({ consent: true, grant: {} });
  });

  it("of an upgrade is asked for what is new alone", async () => {
    fakeServer(routes({ ...POWERS, fresh: [STREAM] }));
    openPage(PAGE);
    expect(await screen.findByTestId("consent")).toHaveTextContent("Consent to 1 new power");
    // What is new comes first.
    const [fresh, old] = within(screen.getByTestId("wants")).getAllByRole("listitem");
    expect(old).not.toHaveTextContent("New in this version");
    expect(fresh).toHaveTextContent("New in this version");
  });

  it("does not say that nothing else is possible above grants of more", async () => {
    fakeServer(routes({ ...CONSENTED, grant: { http: [{ host: "more.example" }] } }));
    openPage(PAGE);
    const powers = await screen.findByTestId("powers");
    expect(powers).toHaveTextContent(/nothing else, but for what is granted below/);
  });

  it("is withdrawn only after a question", async () => {
    const calls = fakeServer(routes(CONSENTED, { [`PUT ${GRANTS}`]: POWERS }));
    openPage(PAGE);
    await userEvent.click(await screen.findByRole("button", { name: "Withdraw consent…" }));
    expect(calls.some((c) => c.method === "PUT")).toBe(false);
    await userEvent.click(await screen.findByRole("button", { name: "Withdraw consent" }));
    await waitFor(() =>
      expect(calls.find((c) => c.method === "PUT")?.body).toMatchObject({ consent: false }),
    );
  });
});

describe("grants", () => {
  it("are hosts and networks, with a warning where one is dangerous", async () => {
    const calls = fakeServer(
      routes(
        { ...CONSENTED, grant: { net: [{ host: "a.example", port: 25, tls: true }] } },
        { [`PUT ${GRANTS}`]: (call: { body: { grant: object } }) => ({ ...POWERS, grant: call.body.grant }) },
      ),
    );
    openPage(PAGE);
    const user = userEvent.setup();
    await user.click(await screen.findByTestId("add-host"));
    const hosts = within(screen.getByRole("group", { name: "Hosts" }));
    expect(hosts.getByLabelText("Host")).toHaveFocus();
    expect(hosts.getByText("Port")).toBeVisible();
    await user.type(hosts.getByLabelText("Host"), "api.corp.example");
    await user.type(hosts.getByLabelText("Port"), "8443");
    await user.type(hosts.getByLabelText("Methods"), "get, post");
    await user.type(hosts.getByLabelText("Path prefix"), "/v1");
    await user.click(screen.getByTestId("add-network"));
    await user.type(screen.getByLabelText("Network"), "169.254.0.0/16");
    expect(screen.getByText(/metadata service of clouds/)).toBeVisible();
    await user.clear(screen.getByLabelText("Network"));
    await user.type(screen.getByLabelText("Network"), "10.20.1.0/16");
    expect(screen.getByText(/Write its first address/)).toBeVisible();
    expect(screen.getByTestId("save-grants")).toBeDisabled();
    await user.clear(screen.getByLabelText("Network"));
    await user.type(screen.getByLabelText("Network"), "10.20.0.0/16");
    await user.type(screen.getByLabelText("Ports"), "443");
    await user.click(screen.getByTestId("save-grants"));
    await waitFor(() => expect(calls.some((c) => c.method === "PUT")).toBe(true));
    await waitFor(() => expect(screen.getByRole("heading", { name: /What you let it reach/ })).toHaveFocus());
    expect(calls.find((c) => c.method === "PUT")?.body).toEqual({
      consent: true,
      grant: {
        http: [{ host: "api.corp.example", port: 8443, methods: ["GET", "POST"], pathPrefix: "/v1" }],
        net: [{ host: "a.example", port: 25, tls: true }],
        networks: [{ cidr: "10.20.0.0/16", ports: [443] }],
      },
    });
  });

  it("are streams, with a warning where one is unencrypted", async () => {
    const calls = fakeServer(
      routes(
        { ...CONSENTED, grant: { net: [{ host: "a.example", port: 25, tls: true }] } },
        { [`PUT ${GRANTS}`]: (call: { body: { grant: object } }) => ({ ...POWERS, grant: call.body.grant }) },
      ),
    );
    openPage(PAGE);
    const user = userEvent.setup();
    await screen.findByTestId("add-stream");
    const streams = within(screen.getByRole("group", { name: "Streams" }));
    expect(streams.getByLabelText("Host")).toHaveValue("a.example");
    await user.click(screen.getByTestId("add-stream"));
    const [, host] = streams.getAllByLabelText("Host");
    expect(host).toHaveFocus();
    await user.type(host as HTMLElement, "10.1.2.3");
    expect(streams.getByText(/Give its port/)).toBeVisible();
    expect(screen.getByTestId("save-grants")).toBeDisabled();
    await user.type(streams.getAllByLabelText("Port")[1] as HTMLElement, "514");
    await user.selectOptions(streams.getAllByLabelText("Encryption")[1] as HTMLElement, "none");
    expect(streams.getByText(/whoever is on the way can read/)).toBeVisible();
    await user.click(screen.getByTestId("save-grants"));
    await waitFor(() =>
      expect(calls.find((c) => c.method === "PUT")?.body).toMatchObject({
        grant: {
          net: [
            { host: "a.example", port: 25, tls: true },
            { host: "10.1.2.3", port: 514, tls: false },
          ],
        },
      }),
    );
  });
});

describe("two who change one thing", () => {
  const theirs = { ...CONSENTED, revision: 5, grant: { http: [{ host: "theirs.example" }] } };
  const conflict = new Answer(409, {
    title: "Conflict",
    detail: "it is at revision 5, your change was made from 4",
    yours: 4,
    current: 5,
    updatedBy: "maria",
    updatedAt: "2026-01-05T08:00:00Z",
    powers: theirs,
  });

  it("keeps what was typed, says who was first, and saves mine over theirs", async () => {
    let asked = 0;
    const calls = fakeServer(
      routes(CONSENTED, {
        [`PUT ${GRANTS}`]: (call: { body: { grant: object } }) =>
          asked++ === 0 ? conflict : { ...CONSENTED, revision: 6, grant: call.body.grant },
      }),
    );
    openPage(PAGE);
    const user = userEvent.setup();
    await user.click(await screen.findByTestId("add-host"));
    await user.type(screen.getByLabelText("Host"), "mine.example");
    await user.click(screen.getByTestId("save-grants"));
    const note = await screen.findByTestId("conflict");
    expect(note).toHaveTextContent(/maria changed what this connector may reach.*theirs\.example/);
    expect(screen.getByLabelText("Host")).toHaveValue("mine.example");
    await user.click(within(note).getByRole("button", { name: "Save mine over it" }));
    await waitFor(() => expect(screen.queryByTestId("conflict")).toBeNull());
    const sent = calls.filter((c) => c.method === "PUT");
    expect(sent.map((c) => c.headers["If-Match"])).toEqual(['"4"', '"5"']);
    expect(sent[1]?.body).toMatchObject({ grant: { http: [{ host: "mine.example" }] } });
  });

  it("takes theirs", async () => {
    fakeServer(routes(CONSENTED, { [`PUT ${GRANTS}`]: conflict }));
    openPage(PAGE);
    const user = userEvent.setup();
    await user.click(await screen.findByTestId("add-host"));
    await user.type(screen.getByLabelText("Host"), "mine.example");
    await user.click(screen.getByTestId("save-grants"));
    await user.click(await screen.findByRole("button", { name: "Take theirs" }));
    expect(screen.getByLabelText("Host")).toHaveValue("theirs.example");
    expect(screen.queryByTestId("conflict")).toBeNull();
  });
});

describe("flows that use it", () => {
  it("are listed by the version that they are pinned to, with the way to move one", async () => {
    const use = (id: string) => ({ id, name: id, draft: true, live: false, versions: [], runs: 0 });
    fakeServer(
      routes(CONSENTED, {
        "GET /connectors": { items: [SCAN, { ...SCAN, version: "2.0.0" }] },
        [`GET ${VERSION}/flows`]: { items: [] },
        "GET /connectors/urlscan/versions/2.0.0/flows": { items: [use("Old one")] },
      }),
    );
    openPage(PAGE);
    const old = await screen.findByTestId("uses-2.0.0");
    expect(within(old).getByRole("link", { name: "Old one" })).toBeVisible();
    expect(screen.getByTestId("uses-2.1.0")).toHaveTextContent(/No flow uses this version yet/);
    expect(screen.getByTestId("uses")).toHaveTextContent(/Used by 1 flow.*To move one/);
  });
});

describe("removing", () => {
  it("asks for the name, and tells which flows use it", async () => {
    fakeServer(
      routes(POWERS, {
        "DELETE /connectors/urlscan/versions/2.1.0": new Answer(409, {
          title: "Conflict",
          detail: "the connector is in use: Phishing triage",
          usedBy: [{ id: "f1", name: "Phishing triage", draft: true, live: false, versions: [], runs: 0 }],
        }),
      }),
    );
    openPage(PAGE);
    await userEvent.click(await screen.findByRole("button", { name: "Remove…" }));
    const confirm = await screen.findByTestId("confirm-delete");
    expect(confirm).toBeDisabled();
    await userEvent.type(screen.getByLabelText(/Type “urlscan”/), "urlscan");
    await userEvent.click(confirm);
    expect(await screen.findByText("the connector is in use: Phishing triage")).toBeVisible();
    expect(screen.getByRole("link", { name: "Phishing triage" })).toHaveAttribute("href", "/flows/f1");
  });
});

it("says at once, and asks for no name, where flows use what is to be removed", async () => {
  const use = { id: "f1", name: "Phishing triage", draft: true, live: false, versions: [], runs: 0 };
  const old = { ...use, id: "f2", name: "Replaced", draft: false, versions: [1] };
  const calls = fakeServer(routes(POWERS, { [`GET ${VERSION}/flows`]: { items: [use, old] } }));
  openPage(PAGE);
  await screen.findByRole("link", { name: "Phishing triage" });
  await userEvent.click(screen.getByRole("button", { name: "Remove…" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent(/can't be removed: 1 flow uses this version.*Phishing triage/);
  expect(dialog).not.toHaveTextContent(/Replaced/);
  expect(within(dialog).queryByRole("textbox")).toBeNull();
  expect(calls.some((c) => c.method === "DELETE")).toBe(false);
});

it("an example that ends with an error shows that error", async () => {
  const [scan] = SCAN.actions;
  const examples = [{ name: "Refused", input: {}, error: { code: "bad_input", message: "no address" } }];
  fakeServer(routes(POWERS, { [`GET ${VERSION}`]: { ...SCAN, actions: [{ ...scan, examples }] } }));
  openPage(PAGE);
  const actions = await screen.findByTestId("actions");
  await userEvent.click(within(actions).getByText("Scan a URL"));
  expect(within(actions).getByText(/bad_input/)).toBeVisible();
  expect(within(actions).queryByText("null")).toBeNull();
});

it("an action shows what it takes and an example", async () => {
  fakeServer(routes());
  openPage(PAGE);
  const actions = await screen.findByTestId("actions");
  await userEvent.click(within(actions).getByText("Scan a URL"));
  expect(within(actions).getByText(/string, required/)).toBeVisible();
  expect(within(actions).getByText(/https:\/\/a\.example/)).toBeVisible();
});
