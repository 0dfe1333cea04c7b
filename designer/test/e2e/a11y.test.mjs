// Every screen, light and dark, through axe: nothing serious.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function check(page, name) {
  await shot(page, name);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  assert.deepEqual(found, [], name);
}

for (const theme of ["light", "dark"]) {
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
    ]) {
      await page.goto(`${server.base}/${path}`);
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("networkidle");
      await check(page, `${path.replace("/", "-")}-${theme}`);
    }
    const runs = await (await page.request.get(`${server.base}/api/v1/runs`)).json();
    await page.goto(`${server.base}/runs/${runs.items[0].id}`);
    await page.getByTestId("node-parse").waitFor();
    await check(page, `run-${theme}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
