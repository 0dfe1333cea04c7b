// Panels beside the canvas: what is opened next to an inspector doesn't lie over it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, startBrowser, startServer } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the versions stand beside the inspector, and limits have a frame like all", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").click();
  const inspector = page.getByTestId("inspector");
  await inspector.waitFor();
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  const panel = page.locator(".side-panel");
  await panel.waitFor();
  const [left, right] = [await panel.boundingBox(), await inspector.boundingBox()];
  assert.ok(left.x + left.width <= right.x, "the versions lie over the inspector");
  await check(page, "panels-versions");
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Settings of the flow" }).click();
  const limits = page.getByTestId("limits");
  await limits.waitFor();
  assert.equal(await limits.evaluate((e) => getComputedStyle(e).borderTopStyle), "solid");
  await check(page, "panels-limits");
  assert.deepEqual(page.faults, []);
});
