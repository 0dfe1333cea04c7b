// The dashboard: numbers that agree with the lists that they lead to, periods, one flow alone, what a run saves, bad periods; by keys alone, on a phone, through axe in light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Publishes a flow of three nodes that fails where it is told to. */
async function publish(page, name, minutesSaved) {
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name,
    labels: ["phishing"],
    ...(minutesSaved ? { minutesSaved } : {}),
    nodes: [
      { id: "go", type: "trigger.manual", position: [0, 0] },
      { id: "found", type: "ioc.extract", position: [240, 0], with: { text: "{{ trigger.body.text }}" } },
      { id: "wrong", type: "core.if", position: [480, 0], with: { condition: "{{ trigger.body.fail }}" } },
      { id: "end", type: "core.stop", position: [720, 0], with: { outcome: "failed", message: "as told" } },
    ],
    edges: [
      { from: "go", to: "found" },
      { from: "found", to: "wrong" },
      { from: "wrong.true", to: "end" },
    ],
  });
  await api(page, "POST", `/flows/${id}/publish`, {});
  return id;
}

const run = (page, flow, fail = false, more = {}) =>
  api(page, "POST", `/flows/${flow}/runs?wait=30s`, {
    input: { text: "198.51.100.7", fail },
    version: 1,
    ...more,
  });

const figure = (page, label, within = page) => within.getByTestId(`figure-${label}`).first();
const numberOf = async (page, label, within) =>
  (await figure(page, label, within).locator(".dash-value").innerText()).trim();

for (const theme of ["light", "dark"]) {
  test(`an empty dashboard and bad periods in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    await page.goto(`${server.base}/dashboard`);
    await page.getByText("Nothing happened in 7 days").waitFor();
    await check(page, `dashboard-empty-${theme}`);
    await page.goto(`${server.base}/dashboard?period=1y`);
    await page.getByText('there is no period "1y": use 24h, 7d, 30d, 90d').first().waitFor();
    await check(page, `dashboard-error-${theme}`);
    await page.getByRole("button", { name: "Show 7 days" }).click();
    await page.getByText("Nothing happened in 7 days").waitFor();
    assert.equal(new URL(page.url()).search, "");
  });
}

test("numbers agree with the lists that they lead to", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const triage = await publish(page, "Triage", 15);
  const report = await publish(page, "Report");
  for (const fail of [false, false, true]) await run(page, triage, fail);
  await run(page, report);
  await run(page, triage, false, { dryRun: true });
  const alerts = [];
  for (const n of [1, 2, 3])
    alerts.push(
      await api(page, "POST", "/alerts", {
        event: { id: `${n}`, title: `Beacon ${n}`, severity: "high", source: "EDR" },
      }),
    );
  const { id, revision } = alerts[0];
  await api(page, "PUT", `/alerts/${id}`, { base: revision, status: "closed", reason: "false_positive" });
  const opened = await api(page, "POST", "/cases", { title: "Beaconing", severity: "high" });
  await api(page, "PUT", `/cases/${opened.id}`, { status: "closed", resolution: "true_positive" });
  await api(page, "POST", "/cases", { title: "A stolen token", severity: "low" });

  await page.goto(`${server.base}/dashboard`);
  await figure(page, "Time saved").waitFor();
  assert.equal(await numberOf(page, "Time saved"), "30 min");
  assert.equal(await numberOf(page, "Succeeded"), "3");
  assert.equal(await numberOf(page, "Success"), "75.0 %");
  await figure(page, "Time saved").getByText("1 run of flows that don't say").waitFor();
  await page
    .getByRole("row", { name: /found\s+ioc\.extract/ })
    .first()
    .waitFor();
  await check(page, "dashboard-full-light");

  // Each of these leads to as many rows as it says.
  const lists = [
    ["Succeeded", "Flows", ".runs-card tbody tr", 3],
    ["Failed or unknown", "Flows", ".runs-card tbody tr", 1],
    ["Success", "Flows", ".runs-card tbody tr", 4],
    ["Received", "Alerts", ".alert-row", 3],
    ["Mean time to acknowledge", "Alerts", ".alert-row", 1],
    ["Mean time to close", "Alerts", ".alert-row", 1],
    ["Opened", "Cases", ".cases-card tbody tr", 2],
    ["Mean time to resolve", "Cases", ".cases-card tbody tr", 1],
  ];
  for (const [label, part, rows, want] of lists) {
    await page.goto(`${server.base}/dashboard`);
    const section = page.getByRole("region", { name: part, exact: true });
    await figure(page, label, section).locator("a").click();
    await page.waitForURL((url) => url.pathname !== "/dashboard");
    await until(`${label}: ${want} rows`, async () => (await page.locator(rows).count()) === want);
  }
  await page.goto(`${server.base}/dashboard`);
  await page.getByRole("link", { name: "False positive: 1. Show the list" }).click();
  await page.getByText("false positive").first().waitFor();
  await until("one alert", async () => (await page.locator(".alert-row").count()) === 1);
  await check(page, "alerts-picked-light");
  await page.getByRole("button", { name: "Show all" }).click();
  await until("all alerts", async () => (await page.locator(".alert-row").count()) === 3);
  assert.deepEqual(page.faults, []);
});

test("one flow alone, other periods, and dark", async (t) => {
  const page = await openPage(browser, server, { colorScheme: "dark" });
  t.after(() => page.context().close());
  await page.goto(`${server.base}/dashboard?period=24h`);
  await figure(page, "Time saved").waitFor();
  await page.getByText("Runs of each hour, as a table").click();
  await check(page, "dashboard-full-dark");
  await page.getByRole("button", { name: /^Report ?: show this flow alone/ }).click();
  await until("one flow's runs", async () => (await numberOf(page, "Succeeded")) === "1");
  assert.equal(await page.getByRole("region", { name: "Alerts", exact: true }).count(), 0);
  await page.getByRole("button", { name: /show all flows/ }).click();
  await until("all again", async () => (await numberOf(page, "Succeeded")) === "3");
  assert.deepEqual(page.faults, []);
});

test("a phone shows it, without sideways scrolling", async (t) => {
  const page = await openPage(browser, server, { viewport: { width: 375, height: 812 } });
  t.after(() => page.context().close());
  await page.goto(`${server.base}/dashboard`);
  await figure(page, "Time saved").waitFor();
  await check(page, "dashboard-phone-light");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `it is ${wide} px too wide`);
  assert.deepEqual(page.faults, []);
});

test("by keys alone, from the rail to a list, by who only looks", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  const page = await joined(browser, server, admin, "viewer", "viewer");
  t.after(() => page.context().close());
  await page.goto(`${server.base}/dashboard`);
  await figure(page, "Time saved").waitFor();
  await page.getByRole("radio", { name: "7 days" }).focus();
  await page.keyboard.press("ArrowRight");
  await until("30 days", async () => new URL(page.url()).searchParams.get("period") === "30d");
  await page.keyboard.press("Tab");
  await until("the first number has the focus", () =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label")?.startsWith("Time saved")),
  );
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/runs" && url.searchParams.get("live") === "true");
  assert.deepEqual(page.faults, []);
});

test("a designer says in the settings what one run saves", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const id = await publish(page, "Says it later");
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Settings of the flow" }).click();
  const field = page.getByLabel("Minutes that one run saves");
  await field.fill("45");
  await field.blur();
  await until(
    "the draft says it",
    async () => (await api(page, "GET", `/flows/${id}`)).flow.minutesSaved === 45,
  );
  assert.deepEqual(page.faults, []);
});
