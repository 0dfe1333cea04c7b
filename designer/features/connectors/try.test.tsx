import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Answer, fakeServer, openPage } from "@/test/pages";
import { CONSENTED, HEALTH, PAGE, routes, SCAN, VERSION } from "./fixtures";

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

it("asks for no credential where the connector takes none", async () => {
  fakeServer(routes(CONSENTED, { [`GET ${VERSION}`]: { ...SCAN, credentialTypes: [] } }));
  openPage(PAGE);
  const actions = await screen.findByTestId("actions");
  await userEvent.click(within(actions).getByText("Scan a URL"));
  await userEvent.click(within(actions).getByTestId("open-try-scan"));
  await screen.findByTestId("run-scan");
  expect(screen.queryByLabelText("Credential")).toBeNull();
});
