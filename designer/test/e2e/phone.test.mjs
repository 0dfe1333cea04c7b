// On a phone: runs and questions are read and answered by touch; flows are read. No page scrolls sideways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** Pages may be long, never wide. */
async function fits(page, name) {
  const wide = await page.evaluate(() => {
    const main = document.querySelector("main");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
  });
  assert.deepEqual(wide, [0, 0], `${name} scrolls sideways`);
}

const flowNamed = async (page, name) => (await api(page, "GET", "/flows")).items.find((f) => f.name === name);

for (const colorScheme of ["light", "dark"]) {
  test(`runs, a question and a flow are at hand on a phone in ${colorScheme}`, async (t) => {
    const page = await openPage(browser, server, { ...PHONE, colorScheme });
    t.after(() => page.context().close());
    const flow = await flowNamed(page, "Phishing triage");
    const { items: samples } = await api(page, "GET", `/flows/${flow.id}/samples`);
    const run = await api(page, "POST", `/flows/${flow.id}/runs?wait=20s`, { input: samples[0].input });
    const { id: asking } = await api(page, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: "Ask",
      nodes: [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        {
          id: "ask",
          type: "core.form",
          position: [280, 0],
          with: {
            to: ["admin"],
            title: `Was it you, ${colorScheme}?`,
            form: { type: "object", properties: { answer: { type: "string", title: "Answer" } } },
          },
        },
      ],
      edges: [{ from: "hand", to: "ask" }],
    });
    await api(page, "POST", `/flows/${asking}/runs`, { input: {} });

    // The bar at the bottom leads everywhere.
    const bar = page.getByRole("navigation", { name: "Main" });
    const box = await bar.boundingBox();
    assert.equal(Math.round(box.y + box.height), 844);
    await fits(page, "flows");
    await check(page, `phone-flows-${colorScheme}`);
    await bar.getByRole("link", { name: /^Inbox, 1/ }).tap();
    await page.getByRole("link", { name: `Was it you, ${colorScheme}?` }).tap();
    await page.getByRole("textbox", { name: "Answer" }).tap();
    await page.keyboard.type("Yes");
    await fits(page, "question");
    await check(page, `phone-question-${colorScheme}`);
    await page
      .getByRole("button", { name: /answer|send/i })
      .first()
      .tap();
    await page.getByTestId("answer").getByText("Yes").waitFor();

    await bar.getByRole("link", { name: "Runs" }).tap();
    await page.getByTestId(`run-${run.id}`).waitFor();
    await fits(page, "runs");
    await check(page, `phone-runs-${colorScheme}`);
    await page.getByTestId(`run-${run.id}`).locator(".run-link").tap();
    await page.getByTestId("run-result").waitFor();
    await fits(page, "run");
    await until("the cards in view", async () => (await page.locator(".react-flow__node").count()) > 0);
    await check(page, `phone-run-${colorScheme}`);
    // The steps are a list; each shows what it gave in a sheet from below.
    await page
      .getByTestId("timeline")
      .getByRole("button", { name: /Verdict/ })
      .tap();
    const sheet = page.getByTestId("inspector");
    await sheet.getByText("malicious").first().waitFor();
    const low = await sheet.boundingBox();
    assert.ok(low.y > 200 && Math.round(low.width) === 390);
    await check(page, `phone-step-${colorScheme}`);
    await sheet.getByRole("button", { name: "Close" }).tap();

    await page.goto(`${server.base}/flows/${flow.id}`);
    await page.getByTestId("node-report").waitFor();
    await page
      .getByTestId("phone-why")
      .getByText(/larger screen/)
      .waitFor();
    for (const absent of ["publish", "run", "undo", "palette-search", "flow-menu"])
      assert.equal(await page.getByTestId(absent).count(), 0, absent);
    const place = () => page.locator(".react-flow__viewport").evaluate((e) => e.style.transform);
    const before = await place();
    await swipe(page, { x: 200, y: 500 }, { x: 120, y: 560 });
    await until("the canvas that was pulled", async () => (await place()) !== before);
    await page.getByRole("button", { name: "Fit the whole flow" }).tap();
    await page.locator('.react-flow__node[data-id="parse"]').tap();
    await sheet.locator(".pane-output").getByText("subject").first().waitFor();
    assert.equal(await sheet.locator(".pane-parameters input:not([readonly], [disabled])").count(), 0);
    await fits(page, "flow");
    await check(page, `phone-flow-${colorScheme}`);
    for (const path of [
      ...["receipts", "connectors", "import", "help", "templates", "design", "settings/profile"],
      ...["settings/users", "settings/tokens", "settings/audit", "settings/credentials"],
      "connectors/http?version=1.0.0",
    ]) {
      await page.goto(`${server.base}/${path}`);
      await page.waitForLoadState("networkidle");
      await fits(page, path);
    }
    assert.deepEqual(page.faults, []);
  });
}

/** One finger, as the browser itself gets it. */
async function swipe(page, from, to) {
  const client = await page.context().newCDPSession(page);
  const send = (type, points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  await send("touchStart", [from]);
  for (let i = 1; i <= 8; i++)
    await send("touchMove", [
      { x: from.x + ((to.x - from.x) * i) / 8, y: from.y + ((to.y - from.y) * i) / 8 },
    ]);
  await send("touchEnd", []);
}
