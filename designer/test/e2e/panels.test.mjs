// Panels beside the canvas: what is opened next to an inspector doesn't lie over it, and no panel hides what was chosen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

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

/** An opened flow whose card lies where an inspector would; none was opened yet. */
async function atTheRight(t, options = {}) {
  const page = await openPage(browser, server, options);
  t.after(() => page.context().close());
  // The inspector is fetched when it is first opened, as over a slow line.
  await page.route("**/assets/Inspector-*", async (route) => {
    await page.waitForTimeout(300);
    await route.continue();
  });
  await page.getByText("Phishing triage").first().click();
  const card = page.locator('.react-flow__node[data-id="answer"]');
  await card.waitFor();
  await page.mouse.move(600, 700);
  const { x } = await card.boundingBox();
  // A wheel's turn pans by half its distance.
  await page.mouse.wheel(2 * (x - 1300), 0);
  await until("the card at the right", async () => Math.abs((await card.boundingBox()).x - 1300) < 5);
  const beside = () =>
    until("the card beside the inspector", async () => {
      const [at, panel] = [await card.boundingBox(), await page.getByTestId("inspector").boundingBox()];
      return at.x + at.width <= panel.x;
    });
  return { page, card, beside };
}

test("the first card that is chosen by mouse is not hidden by its inspector", async (t) => {
  const { page, card, beside } = await atTheRight(t);
  await card.click({ position: { x: 20, y: 20 } });
  await page.getByTestId("inspector").waitFor();
  await beside();
  await shot(page, "panels-beside");
  assert.deepEqual(page.faults, []);
});

test("the first card that is chosen by keys is not hidden by its inspector, at once where no motion is wanted", async (t) => {
  const { page, card, beside } = await atTheRight(t, { reducedMotion: "reduce" });
  await card.focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("inspector").waitFor();
  await beside();
  assert.deepEqual(page.faults, []);
});
