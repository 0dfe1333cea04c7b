import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Answer, fakeServer, openPage, VIEWER } from "@/test/pages";

const SCAN = {
  id: "urlscan",
  version: "2.1.0",
  digest: "sha256:ab12",
  bundled: false,
  standing: "asks",
  credentialTypes: ["urlscan.apiKey"],
  name: "URL scan",
  description: "Looks at web pages.",
  icon: "scan-search",
  publisher: "Example Labs",
  license: "MIT",
  actions: [
    {
      id: "scan",
      name: "Scan a URL",
      description: "Opens an address.",
      effect: "write",
      idempotent: false,
      input: {
        type: "object",
        required: ["url"],
        properties: {
          url: { type: "string", description: "Which." },
          headers: { type: "object", additionalProperties: { type: "string" } },
        },
      },
      output: { type: "object", properties: {} },
      examples: [{ name: "One", input: { url: "https://a.example" } }],
    },
  ],
};
const MAIL = {
  ...SCAN,
  id: "email",
  version: "1.0.0",
  name: "Mail",
  bundled: true,
  standing: "bundled",
  actions: [],
};
const SEND = { sentence: "can send requests at api.example", reason: "To scan.", risk: "usual" };
const STREAM = {
  sentence: "can open a stream to feeds.example:6514",
  reason: "To read a feed.",
  risk: "high",
};
const POWERS = {
  consented: false,
  standing: "asks",
  revision: 4,
  asked: [SEND, STREAM],
  fresh: [SEND, STREAM],
  grant: {},
};
const CONSENTED = { ...POWERS, consented: true, standing: "consented", fresh: [] };
const HEALTH = {
  state: "stopped",
  since: "2026-01-05T08:00:00Z",
  inFlight: 0,
  calls: 0,
  failed: 0,
  errors: [],
  measured: 0,
  medianMs: 0,
  p95Ms: 0,
  lastError: null,
  process: { alive: false, shared: false, started: 0, crashed: 0, lastCrash: null },
};
const PAGE = "/connectors/urlscan?version=2.1.0";
const VERSION = "/connectors/urlscan/versions/2.1.0";
const GRANTS = `${VERSION}/grants`;

const routes = (powers: object = POWERS, more = {}) => ({
  "GET /connectors": { items: [MAIL, SCAN] },
  "GET /connectors/urlscan/versions/2.1.0": SCAN,
  [`GET ${GRANTS}`]: powers,
  [`GET ${VERSION}/health`]: HEALTH,
  [`GET ${VERSION}/logs`]: { items: [] },
  [`GET ${VERSION}/flows`]: { items: [] },
  ...more,
});

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
    await userEvent.click(screen.getByTestId("consent"));
    await screen.findByRole("button", { name: "Withdraw consent…" });
    expect(body).toEqual({ consent: true, grant: {} });
  });

  it("of an upgrade is asked for what is new alone", async () => {
    fakeServer(routes({ ...POWERS, fresh: [STREAM] }));
    openPage(PAGE);
    expect(await screen.findByTestId("consent")).toHaveTextContent("Consent to 1 new power");
    const [old, fresh] = within(screen.getByTestId("wants")).getAllByRole("listitem");
    expect(old).not.toHaveTextContent("New in this version");
    expect(fresh).toHaveTextContent("New in this version");
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
    await user.type(screen.getByLabelText("Host"), "api.corp.example");
    await user.type(screen.getByLabelText("Port"), "8443");
    await user.type(screen.getByLabelText("Methods"), "get, post");
    await user.type(screen.getByLabelText("Path prefix"), "/v1");
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
    // What the page does not show stays as it was.
    expect(calls.find((c) => c.method === "PUT")?.body).toEqual({
      consent: true,
      grant: {
        http: [{ host: "api.corp.example", port: 8443, methods: ["GET", "POST"], pathPrefix: "/v1" }],
        net: [{ host: "a.example", port: 25, tls: true }],
        networks: [{ cidr: "10.20.0.0/16", ports: [443] }],
      },
    });
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

describe("trying an action", () => {
  const open = async () => {
    const user = userEvent.setup();
    openPage(PAGE);
    await user.click(await screen.findByText("Scan a URL"));
    await user.click(await screen.findByTestId("open-try-scan"));
    await screen.findByTestId("try-scan", {}, { timeout: 10_000 });
    return user;
  };
  const RUN = `POST ${VERSION}/actions/scan/run`;
  const credential = (id: string, type: string, bound: boolean) => ({
    id,
    name: id,
    type,
    bound,
    hosts: ["h.example"],
  });

  it("fills in an example, asks before it has effects, and shows what came of it", async () => {
    const calls = fakeServer(
      routes(CONSENTED, {
        "GET /credentials": {
          items: [credential("mine", "urlscan.apiKey", false), credential("other", "http.basic", true)],
        },
        [RUN]: {
          output: { verdict: "fine" },
          error: null,
          logs: [{ level: "info", at: "2026-01-05T08:00:00Z", message: "looked" }],
          calls: [
            {
              function: "http",
              method: "POST",
              address: "https://h.example/scan",
              host: "h.example",
              status: 200,
              outcome: "200, 5 bytes",
              tookMs: 3,
            },
          ],
          tookMs: 12,
        },
      }),
    );
    const user = await open();
    await user.click(screen.getByRole("button", { name: "One" }));
    await user.selectOptions(await screen.findByLabelText("Credential"), "mine (urlscan.apiKey)");
    expect(screen.queryByText(/other/)).toBeNull();
    await user.click(screen.getByTestId("run-scan"));
    expect(calls.some((c) => c.method === "POST")).toBe(false);
    expect(await screen.findByText(/changes things outside.*as “mine” at h\.example/)).toBeVisible();
    await user.click(screen.getByTestId("confirm-run"));
    const result = await screen.findByTestId("try-result");
    expect(result).toHaveTextContent(/Succeeded.*12 ms.*fine.*h\.example\/scan.*200, 5 bytes.*looked/);
    expect(calls.find((c) => c.method === "POST")?.body).toEqual({
      input: { url: "https://a.example" },
      credential: "mine",
      confirm: true,
    });
  });

  it("keeps texts with braces as they are, and sets what is wrong beside the field", async () => {
    const calls = fakeServer(
      routes(CONSENTED, {
        "GET /credentials": { items: [] },
        [RUN]: new Answer(422, {
          title: "Unprocessable",
          detail: "it has problems: see the list",
          problems: [
            {
              code: "param.invalid",
              severity: "error",
              pointer: "/input/url",
              message: "that is no address",
            },
          ],
        }),
      }),
    );
    const user = await open();
    await user.type(screen.getByRole("textbox", { name: /^url/i }), "{{{{ a }}");
    await user.click(screen.getByTestId("add-field"));
    await user.type(screen.getByRole("textbox", { name: "entry" }), "1");
    await user.click(screen.getByTestId("run-scan"));
    await user.click(await screen.findByTestId("confirm-run"));
    expect(await screen.findByText("that is no address")).toBeVisible();
    expect(calls.find((c) => c.method === "POST")?.body).toMatchObject({
      input: { url: "{{ a }}", headers: { entry: "1" } },
    });
    expect(screen.queryByRole("button", { name: /make it an expression/ })).toBeNull();
  });

  it("is not for connectors that nobody consented to", async () => {
    fakeServer(routes());
    const user = userEvent.setup();
    openPage(PAGE);
    await user.click(await screen.findByText("Scan a URL"));
    expect(await screen.findByTestId("open-try-scan")).toBeDisabled();
  });
});

describe("health", () => {
  it("says that nothing was called yet", async () => {
    fakeServer(routes());
    openPage(PAGE);
    expect(await screen.findByText(/No call yet since the server's start/)).toBeVisible();
    expect(screen.getByText("Nothing yet since the server's start.")).toBeVisible();
    expect(screen.getByText("No flow uses it.")).toBeVisible();
  });

  it("counts calls and failures, and leads to the run", async () => {
    const fault = {
      at: "2026-01-05T08:00:00Z",
      code: "timeout",
      message: "no answer",
      action: "scan",
      run: "r1",
      step: "each.3.look",
    };
    fakeServer(
      routes(CONSENTED, {
        [`GET ${VERSION}/health`]: {
          ...HEALTH,
          state: "running",
          inFlight: 2,
          calls: 40,
          failed: 10,
          errors: [{ code: "timeout", count: 10 }],
          measured: 40,
          medianMs: 12,
          p95Ms: 1500,
          lastError: fault,
        },
        [`GET ${VERSION}/logs`]: {
          items: [
            {
              level: "failed",
              at: fault.at,
              message: "timeout: no answer",
              action: "scan",
              run: "r1",
              step: "look",
            },
            { level: "info", at: fault.at, message: "looking", action: "scan" },
          ],
        },
        [`GET ${VERSION}/flows`]: {
          items: [{ id: "f1", name: "Triage", draft: true, live: true, versions: [3, 1], runs: 1 }],
        },
      }),
    );
    openPage(PAGE);
    const health = await screen.findByTestId("health");
    await waitFor(() =>
      expect(health).toHaveTextContent(/Calls40In flight2Failed10 25 %Median12 ms.*1\.5 s/),
    );
    expect(within(health).getByRole("link", { name: "this run" })).toHaveAttribute(
      "href",
      "/runs/r1?node=look",
    );
    expect(screen.getByTestId("uses")).toHaveTextContent(
      "Triagedraft · live in version 3 · earlier version 1 · 1 run in flight",
    );
    const logs = screen.getByTestId("logs");
    expect(logs).toHaveTextContent("looking");
    await userEvent.click(within(logs).getByRole("checkbox"));
    expect(logs).not.toHaveTextContent("looking");
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

it("an action shows what it takes and an example", async () => {
  fakeServer(routes());
  openPage(PAGE);
  const actions = await screen.findByTestId("actions");
  await userEvent.click(within(actions).getByText("Scan a URL"));
  expect(within(actions).getByText(/string, required/)).toBeVisible();
  expect(within(actions).getByText(/https:\/\/a\.example/)).toBeVisible();
});
