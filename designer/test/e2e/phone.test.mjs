// On a phone: runs and questions are read and answered by touch; flows are read. No page scrolls sideways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

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

const approval = (title) => ({
  format: "drawbridge.flow/1",
  name: `Contain ${title}`,
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    {
      ...{ id: "ok", type: "core.approval", position: [280, 0] },
      with: {
        ...{ to: ["admin"], title, deadline: "24h" },
        message: "The EDR saw a known bad tool on it.\nIt is a domain controller.",
        show: { host: "dc-1.corp.example", action: "isolate", sensor: "https://edr.example/hosts/dc-1" },
        form: {
          ...{ type: "object", required: ["ticket"] },
          properties: {
            ticket: { type: "string", title: "Ticket", description: "Of the change." },
            length: { type: "string", title: "For how long", enum: ["an hour", "a day"] },
          },
        },
      },
    },
    {
      ...{ id: "cut", type: "http.request", position: [560, 0], name: "Isolate it" },
      with: { url: "https://edr.example/isolate" },
    },
  ],
  edges: [
    { from: "hand", to: "ok" },
    { from: "ok.approved", to: "cut" },
  ],
});

/** What is tapped is large enough for a finger, and in view once it is scrolled to. */
async function forFingers(locator) {
  for (const one of await locator.all()) {
    await one.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await one.boundingBox();
    const name = await one.evaluate((e) => e.ariaLabel ?? e.textContent);
    assert.ok(height >= 40 && width >= 40, `${name} is ${width} by ${height}`);
    assert.ok(x >= 0 && x + width <= 390 && y + height <= 844 - 56, `${name} lies under the bar, or beside`);
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`questions are approved and rejected by taps in ${colorScheme}`, async (t) => {
    const page = await openPage(browser, server, { ...PHONE, colorScheme });
    t.after(() => page.context().close());
    page.setDefaultTimeout(10_000);
    const asker = await joined(browser, server, page, `asker-${colorScheme}`, "responder", colorScheme);
    t.after(() => asker.context().close());
    const titles = [`Isolate dc-1, ${colorScheme}?`, `Isolate dc-2, ${colorScheme}?`];
    const runs = [];
    for (const title of titles) {
      const { id } = await api(page, "POST", "/flows", approval(title));
      runs.push((await api(asker, "POST", `/flows/${id}/runs`, { input: {} })).id);
    }
    await page.getByRole("link", { name: /^Inbox, \d/ }).tap();
    await page.getByTestId("question").nth(1).waitFor();
    await fits(page, "inbox");
    // What there is room for is what one decides by: the question, since when, until when.
    const list = page.locator(".inbox-card");
    assert.equal(await list.evaluate((e) => e.scrollWidth - e.clientWidth), 0);
    await list.getByRole("columnheader", { name: "Deadline" }).waitFor();
    await forFingers(page.locator(".segments .segment"));
    await check(page, `phone-inbox-${colorScheme}`);

    // Approved: first what is needed is missing, and said where it is.
    await page.getByRole("link", { name: titles[0] }).tap();
    const view = page.getByTestId("question-view");
    await view.getByRole("heading", { name: titles[0] }).waitFor();
    await fits(page, "approval");
    await check(page, `phone-approval-${colorScheme}`);
    await forFingers(view.locator(".question-answer :is(.btn, .input, .select, .textarea)"));
    await page.getByTestId("approve").tap();
    const missing = view.getByText("this is needed");
    await missing.waitFor();
    await check(page, `phone-approval-missing-${colorScheme}`);
    await view.getByRole("textbox", { name: "Ticket" }).tap();
    await page.keyboard.type("CHG-7");
    await view.getByLabel("For how long").selectOption({ label: "a day" });
    await page.getByTestId("approve").tap();
    await view.getByText("Approved", { exact: true }).waitFor();
    await view.getByTestId("answer").getByText("CHG-7").waitFor();
    const after = page.getByTestId("after-answer");
    await after.getByText("Approved. The run goes on, and may go on with: Isolate it.").waitFor();
    await after.getByRole("link", { name: "Back to the inbox" }).waitFor();
    await fits(page, "approved");
    await check(page, `phone-approved-${colorScheme}`);
    await forFingers(after.locator(".btn"));

    // On the run's page, too: what was decided, what follows, and the way back.
    await view.getByRole("link", { name: "Open the run" }).tap();
    const decided = page.getByTestId("decided");
    await decided.getByText(/Approved by admin/).waitFor();
    await decided.getByRole("button", { name: /Isolate it/ }).waitFor();
    await until("the card above the sheet", async () => {
      const card = await page.locator('.react-flow__node[data-id="ok"]').boundingBox();
      const sheet = await page.getByTestId("inspector").boundingBox();
      return card.x >= 0 && card.x + card.width <= 390 && card.y + card.height <= sheet.y;
    });
    await fits(page, "run of an approval");
    await check(page, `phone-approved-run-${colorScheme}`);
    await forFingers(decided.locator(".btn, .decided-next"));
    await decided.getByRole("link", { name: "Back to the inbox" }).tap();

    // Rejected: not without a reason.
    await page.getByRole("link", { name: titles[1] }).tap();
    await view.getByRole("heading", { name: titles[1] }).waitFor();
    await page.getByTestId("reject").tap();
    await view.getByText("Say why it is rejected.").waitFor();
    assert.ok(await view.getByLabel("Comment").evaluate((e) => e === document.activeElement));
    await page.keyboard.type("It is month end.");
    await page.getByTestId("reject").tap();
    await view.getByText("Rejected", { exact: true }).waitFor();
    await after.getByText("Rejected. The run takes the way of a rejection. Not done: Isolate it.").waitFor();
    await check(page, `phone-rejected-${colorScheme}`);

    await view.getByRole("link", { name: "Open the run" }).tap();
    await page.waitForURL(`**/runs/${runs[1]}*`);
    await page.getByTestId("timeline").waitFor();
    await decided.getByText("Nothing: this way of the flow ends here.").waitFor();
    await decided.getByText("It is month end.").waitFor();
    await fits(page, "run of a question");
    await check(page, `phone-rejected-run-${colorScheme}`);
    const { output } = (await api(page, "GET", `/runs/${runs[1]}`)).steps.ok;
    assert.deepEqual([output.decision, output.comment], ["rejected", "It is month end."]);
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
