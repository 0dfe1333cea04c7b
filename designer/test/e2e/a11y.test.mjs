// Every screen, light and dark, through axe: nothing serious.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { check, Editor, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
let bare;
before(async () => {
  [browser, server, bare] = await Promise.all([startBrowser(), startServer({ sample: true }), startServer()]);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), bare?.stop()]);
});

const GONE = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11";

for (const theme of ["light", "dark"]) {
  test(`log-in and set-up in ${theme}`, async () => {
    const context = await browser.newContext({ colorScheme: theme });
    const page = await context.newPage();
    await page.goto(`${server.base}/login`);
    await page.getByLabel("Password").waitFor();
    await check(page, `login-${theme}`);
    await page.getByLabel("Password").fill("not-the-password");
    await page.keyboard.press("Enter");
    await page.getByText("Name or password is wrong").waitFor();
    await check(page, `login-refused-${theme}`);
    const admin = await openPage(browser, server, { colorScheme: theme });
    const { link } = await (
      await admin.request.post(`${server.base}/api/v1/users`, {
        data: { name: `viewer-${theme}`, role: "viewer" },
        headers: { Origin: server.base },
      })
    ).json();
    await admin.context().close();
    await page.goto(server.base + link.path);
    await page.getByLabel("Password again").waitFor();
    await page.getByLabel("Password", { exact: true }).fill("long-enough-1");
    await page.getByLabel("Password again").fill("long-enough-2");
    await page.getByText("The two differ.").waitFor();
    await check(page, `setup-${theme}`);
    await context.close();
  });

  test(`empty and missing in ${theme}`, async () => {
    const page = await openPage(browser, bare, { colorScheme: theme });
    for (const path of ["flows?q=nothing", "runs", `flows/${GONE}`, `runs/${GONE}`, "nowhere"]) {
      await page.goto(`${bare.base}/${path}`);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      await check(page, `bare-${path.replace(/\W/g, "-")}-${theme}`);
    }
    await page.goto(`${bare.base}/flows`);
    await page.getByTestId("new-flow").click();
    await page.getByText("An empty flow").waitFor();
    await check(page, `editor-empty-${theme}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test(`problems and a failed run in ${theme}`, async () => {
    const page = await openPage(browser, server, { colorScheme: theme });
    await page.getByText("Phishing triage").first().click();
    await page.getByTestId("node-parse").waitFor();
    const editor = new Editor(page);
    await page.getByTestId("edit-input").click();
    await editor.type(page.getByTestId("run-input-json").locator(".cm-content"), '{"rawBase64": "%"}');
    await page.getByTestId("run-input").click();
    await until(
      "the failed run",
      async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "failed",
    );
    await page.getByTestId("run-output").getByText("base64").first().waitFor();
    await check(page, `failed-${theme}`);
    await editor.open("found");
    await editor.expression("Text", "{{ steps.prase.output }}");
    await until("the problem", async () =>
      /1 problem/.test(await page.getByTestId("problems-button").innerText()),
    );
    await page.getByTestId("problems-button").click();
    await page.getByTestId("problems").waitFor();
    await check(page, `problems-${theme}`);
    await page.getByTestId("publish").click();
    await page.getByRole("dialog").waitFor();
    await check(page, `publish-blocked-${theme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByTestId("undo").click();
    await editor.saved();
    const broken = await (
      await page.request.get(
        `${server.base}/api/v1/export?flows=${page.url().split("/").pop().split("?")[0]}`,
      )
    ).text();
    await page.goto(`${server.base}/import`);
    await page.getByTestId("import-files").setInputFiles({
      name: "broken.flow.json",
      mimeType: "application/json",
      buffer: Buffer.from(broken.replace("steps.parse.output.text", "steps.prase.output.text")),
    });
    await page.getByTestId("import-plan").waitFor();
    await check(page, `import-problems-${theme}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test(`connectors and credentials in ${theme}`, async () => {
    // The fake server has one of each state at hand.
    const fake = await startFake();
    const page = await openPage(browser, { base: fake.address }, { colorScheme: theme });
    await page.goto(`${fake.address}/connectors`);
    await page.getByText("Asks for more").waitFor();
    await check(page, `fake-connectors-${theme}`);
    await page.goto(`${fake.address}/connectors/urlscan?version=2.1.0`);
    await page.getByTestId("wants").waitFor();
    await page.getByText("Scan a URL").click();
    await page.getByTestId("add-host").click();
    await page.getByLabel("Scheme").selectOption("http");
    await page.getByTestId("add-network").click();
    await page.getByLabel("Network", { exact: true }).fill("169.254.0.0/16");
    await page.getByText(/metadata service/).waitFor();
    await page.getByTestId("add-stream").click();
    await page.getByLabel("Encryption").selectOption("none");
    await check(page, `fake-connector-${theme}`);
    // One that runs: how it does, its log, and an action that failed.
    await page.goto(`${fake.address}/connectors/urlscan?version=2.0.0`);
    await page.getByText("rate_limited × 24").waitFor();
    await page.getByText("Scan a URL").click();
    await page.getByTestId("open-try-scan").click();
    await page.getByRole("textbox", { name: /^URL/ }).fill("https://fail.example");
    await page.getByTestId("run-scan").click();
    await page.getByTestId("confirm-run").waitFor();
    await check(page, `fake-connector-confirm-${theme}`);
    await page.getByTestId("confirm-run").click();
    await page.getByTestId("try-result").waitFor();
    await check(page, `fake-connector-tried-${theme}`);
    await page.goto(`${fake.address}/settings/credentials`);
    await page.getByRole("button", { name: "Change Scanner of the SOC" }).click();
    await page.getByRole("button", { name: "Replace API key" }).waitFor();
    await check(page, `fake-credential-${theme}`);
    await page.keyboard.press("Escape");
    await page.keyboard.type("?");
    await page.getByTestId("shortcuts").waitFor();
    await check(page, `keys-${theme}`);
    await page.goto(`${fake.address}/import`);
    await page.getByText("Nothing was imported on this server yet.").waitFor();
    await check(page, `fake-import-${theme}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await fake.stop();
  });

  test(`screens in ${theme}`, async () => {
    const page = await openPage(browser, server, { colorScheme: theme });
    await page.getByText("Phishing triage").first().waitFor();
    await check(page, `flows-${theme}`);
    await page.getByText("Phishing triage").first().click();
    await page.getByTestId("node-parse").waitFor();
    await check(page, `editor-${theme}`);
    await page.getByTestId("sample").selectOption({ index: 1 });
    await page.getByTestId("run").click();
    await until(
      "the run's end",
      async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
    );
    await until(
      "the trigger's state",
      async () => (await page.getByTestId("node-sample").getAttribute("data-state")) === "succeeded",
    );
    await page.getByTestId("node-found").click();
    await page.getByTestId("inspector").waitFor();
    await check(page, `inspector-${theme}`);
    await page.getByRole("button", { name: "Close" }).first().click();
    await page.getByTestId("edit-input").click();
    await page.getByRole("dialog").waitFor();
    await check(page, `dialog-${theme}`);
    await page.keyboard.press("Escape");
    for (const path of [
      "runs",
      "import",
      "settings/profile",
      "settings/tokens",
      "settings/users",
      "settings/audit",
      "settings/credentials",
      "connectors",
      "connectors/http?version=1.0.0",
    ]) {
      await page.goto(`${server.base}/${path}`);
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("networkidle");
      await check(page, `${path.replaceAll(/[/?=]/g, "-")}-${theme}`);
    }
    for (const action of ["http.get", "http.request"])
      await page.getByTestId("actions").locator("summary", { hasText: action }).click();
    await check(page, `connector-actions-${theme}`, ["heading-order", "landmark-unique"]);
    const runs = await (await page.request.get(`${server.base}/api/v1/runs`)).json();
    await page.goto(`${server.base}/runs/${runs.items[0].id}`);
    await page.getByTestId("node-parse").waitFor();
    await check(page, `run-${theme}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
