// The tour: offered once, by the mouse and by keys alone; every step waits for the real thing, and the flow is real.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, byKeys, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const NAME = "Phishing triage (tour)";

const step = (page, n) =>
  until(`step ${n}`, async () => (await page.getByTestId("tour").getAttribute("data-step")) === String(n));

/** The ring lies around the control, and the control can be clicked through it. */
async function pointed(page, control) {
  await until("the ring at the control", async () => {
    const [ring, box] = await Promise.all([
      page.getByTestId("tour-ring").boundingBox(),
      control.boundingBox(),
    ]);
    return ring && box && Math.abs(ring.x + 4 - box.x) < 2 && Math.abs(ring.y + 4 - box.y) < 2;
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`it is gone through by the mouse in ${colorScheme}, and leaves a live flow`, async (t) => {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    await page.getByTestId("tour-offer").waitFor();
    await check(page, `tour-offer-${colorScheme}`);
    await page.getByTestId("tour-start").click();
    await page.waitForURL("**/flows/*");
    await step(page, 0);
    const card = (id) => page.locator(`.react-flow__node[data-id="${id}"]`);
    await pointed(page, card("report"));
    await check(page, `tour-1-${colorScheme}`);
    // It waits: what is done elsewhere doesn't move it on.
    await card("parse").click();
    await page.getByTestId("inspector").waitFor();
    assert.equal(await page.getByTestId("tour").getAttribute("data-step"), "0");
    await card("report").click();
    await step(page, 1);
    await pointed(page, page.getByTestId("example-0"));
    await check(page, `tour-2-${colorScheme}`);
    await page.getByTestId("example-0").click();
    await step(page, 2);
    await pointed(page, page.getByTestId("dry-run"));
    // The address may be loaded anew: the tour goes on where it was.
    await page.reload();
    await step(page, 2);
    await page.getByTestId("dry-run").click();
    await step(page, 3);
    await until(
      "the verdict's state",
      async () => (await page.getByTestId("node-verdict").getAttribute("data-state")) === "succeeded",
    );
    await page.getByTestId("tour-go").click();
    await pointed(page, card("verdict"));
    await check(page, `tour-4-${colorScheme}`);
    await card("verdict").click();
    await step(page, 4);
    await page.getByTestId("inspector").locator(".pane-output").getByText("verdict").first().waitFor();
    await pointed(page, page.getByTestId("publish"));
    await page.getByTestId("publish").click();
    await pointed(page, page.getByTestId("publish-confirm"));
    await page.getByTestId("publish-confirm").click();
    await step(page, 5);
    await page.getByTestId("tour").getByText("live").waitFor();
    await check(page, `tour-end-${colorScheme}`);
    const id = page.url().split("/").pop().split("?")[0];
    const { items } = await api(page, "GET", `/runs?flow=${id}`);
    assert.equal(items.length, 1);
    assert.equal(items[0].state, "succeeded");
    await page.getByTestId("tour-delete").click();
    await page.waitForURL(/\/flows$/);
    await page.getByText("No flows yet").waitFor();
    assert.equal(await page.getByTestId("tour-offer").count(), 0);
    assert.deepEqual(page.faults, []);
  });
}

test("it is gone through by keys alone, and the flow is kept as a draft", async (t) => {
  const { page, press, to } = await byKeys(browser, server, t);
  await page.getByTestId("tour-offer").waitFor();
  await to('[data-testid="tour-start"]');
  await press("Enter");
  await page.waitForURL("**/flows/*");
  await step(page, 0);
  const there = async () => {
    await to('[data-testid="tour-go"]', "F6", 12);
    await press("Enter");
  };
  await there();
  await to('.react-flow__node[data-id="report"]', "Shift", 40);
  await press("Enter");
  await step(page, 1);
  // The inspector begins at the example by itself.
  await to('[data-testid="example-0"]', "Shift", 40);
  await press("Enter");
  await step(page, 2);
  await there();
  await to('[data-testid="dry-run"]', "Shift", 10);
  await press("Enter");
  await step(page, 3);
  await there();
  await to('.react-flow__node[data-id="verdict"]', "Shift", 40);
  await press("Enter");
  await step(page, 4);
  await to('[data-testid="tour-go"]', "F6", 12);
  await to('[data-testid="tour-finish"]');
  await press("Enter");
  await to('[data-testid="tour-keep"]', "Shift", 10);
  await press("Enter");
  await page.getByTestId("tour").waitFor({ state: "detached" });
  await page.goto(`${server.base}/flows`);
  await page.getByText(NAME).waitFor();
  assert.equal(await page.getByTestId("tour-offer").count(), 0);
  const [{ id }] = (await api(page, "GET", "/flows")).items;
  await api(page, "DELETE", `/flows/${id}`).catch(() => undefined);
  assert.deepEqual(page.faults, []);
});

test("who skips it isn't asked again, and finds it in the help and in the command menu", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.getByTestId("tour-no").click();
  await page.reload();
  await page.getByRole("heading", { name: "Flows", exact: true }).waitFor();
  await page.getByTestId("templates").waitFor();
  assert.equal(await page.getByTestId("tour-offer").count(), 0);
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").fill("tour");
  await page.getByRole("option", { name: "Take the tour" }).waitFor();
  await page.keyboard.press("Escape");
  await page.goto(`${server.base}/help`);
  await page.getByRole("button", { name: "Take the tour" }).click();
  await page.waitForURL("**/flows/*");
  await step(page, 0);
  await page.getByTestId("tour-skip").click();
  await page.getByTestId("tour").waitFor({ state: "detached" });
  await page.reload();
  await page.getByTestId("node-report").waitFor();
  assert.equal(await page.getByTestId("tour").count(), 0);
  assert.deepEqual(page.faults, []);
});
