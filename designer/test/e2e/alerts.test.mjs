// Alerts: a queue worked by keys alone, many at once, with what came of each, and the way a flow came to close one; through axe in light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, byKeys, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const receive = (page, event, scores) =>
  api(page, "POST", "/alerts", { event, ...(scores ? { scores } : {}) });

for (const theme of ["light", "dark"]) {
  test(`the queue and an alert's details in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    await page.goto(`${server.base}/alerts?q=nothing-${theme}`);
    await page.getByText("No alert fits").waitFor();
    await check(page, `alerts-empty-${theme}`);
    const source = `EDR ${theme}`;
    const one = await receive(
      page,
      {
        id: "1",
        title: `Credential dumping ${theme}`,
        description: "<img src=x onerror=alert(1)>",
        severity: "critical",
        source,
        host: "srv-dc-01",
        user: "bob",
        technique: "T1003",
        ip: "203.0.113.9",
      },
      { local: 900, community: 300 },
    );
    await receive(page, { id: "2", title: `Port scan ${theme}`, severity: "low", source, ip: "203.0.113.9" });
    await receive(page, { id: "2", title: `Port scan ${theme}`, severity: "low", source });
    await page.goto(`${server.base}/alerts?q=${theme}`);
    const rows = page.locator(".alert-row");
    await until(
      "the order of scores",
      async () => (await rows.count()) === 2 && (await rows.first().innerText()).includes("Credential"),
    );
    await page.getByTestId(`alert-${one.number}`).click();
    const panel = page.getByTestId("alert-panel");
    await panel.getByText("own intelligence gives 900 of 1000").waitFor();
    await panel.getByText("203[.]0[.]113[.]9", { exact: true }).first().waitFor();
    await panel.getByText("<img src=x").waitFor();
    await panel.getByText(`Port scan ${theme}`).first().waitFor();
    await panel.getByText("The event as it came").click();
    await panel.getByText("technique").first().waitFor();
    await check(page, `alerts-full-${theme}`);
    assert.deepEqual(page.faults, []);
  });
}

test("alerts are triaged by the keyboard alone", async (t) => {
  const admin = await openPage(browser, server);
  const made = [];
  for (const n of [1, 2, 3, 4])
    made.push(
      await receive(admin, {
        id: `k${n}`,
        title: `Keyed ${n}`,
        severity: ["critical", "high", "medium", "low"][n - 1],
        ip: `198.51.100.${n}`,
      }),
    );
  const { page, press, to } = await byKeys(browser, server, t, admin);
  await page.goto(`${server.base}/alerts?q=keyed`);
  await page.getByTestId(`alert-${made[0].number}`).waitFor();
  await to('[role="listbox"]');
  await press("Enter");
  await page.getByTestId("alert-panel").getByText("198[.]51[.]100[.]1", { exact: true }).waitFor();
  await press("j");
  await page.getByTestId("alert-panel").getByText("198[.]51[.]100[.]2", { exact: true }).waitFor();
  await press("Escape");
  await page.getByTestId("alert-panel").waitFor({ state: "detached" });
  // The second is closed alone.
  await press("e");
  await page.getByLabel("Reason").waitFor();
  await press("Enter");
  await page.keyboard.type("Fal");
  await press("Enter");
  await until("the reason", async () => (await page.getByLabel("Reason").inputValue()) === "false_positive");
  await to("textarea");
  await page.keyboard.type("A test of ours.");
  await press("Control+Enter");
  await page.getByTestId(`alert-${made[1].number}`).waitFor({ state: "detached" });
  const closed = await api(page, "GET", `/alerts/${made[1].number}`);
  assert.deepEqual(
    [closed.status, closed.reason, closed.note],
    ["closed", "false_positive", "A test of ours."],
  );
  // The next two are selected, and taken to oneself.
  await to('[role="listbox"]');
  await press("x");
  await press("j");
  await press("x");
  await page.getByText("2 alerts selected").waitFor();
  await check(page, "alerts-selected");
  await press("a");
  await until(
    "whose they are",
    async () => (await api(page, "GET", `/alerts/${made[3].number}`)).assignee === "admin",
  );
  // The first two of the list go into one case.
  await press("Home");
  await press("x");
  await press("j");
  await press("x");
  await press("c");
  await page.getByLabel("Number of a case").waitFor();
  await press("Enter");
  await page.getByTestId(`alert-${made[0].number}`).waitFor({ state: "detached" });
  const [a, b] = [
    await api(page, "GET", `/alerts/${made[0].number}`),
    await api(page, "GET", `/alerts/${made[2].number}`),
  ];
  assert.equal(a.status, "cased");
  assert.equal(a.case, b.case);
  await page.goto(`${server.base}/cases/${a.caseNumber}`);
  await page.getByRole("region", { name: "Alerts" }).getByText("Keyed 3").waitFor();
  await page.goto(`${server.base}/alerts`);
  await to('[role="listbox"]');
  await press("?");
  await page.getByTestId("shortcuts").getByText("Close it with a reason").waitFor();
});

test("what can't be done to one of many is said of that one", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const made = [];
  for (const n of [1, 2]) made.push(await receive(page, { id: `m${n}`, title: `Many ${n}` }));
  await page.goto(`${server.base}/alerts?q=many&view=all`);
  for (const a of made) await page.getByTestId(`alert-${a.number}`).locator(".alert-check").click();
  // Somebody else takes one into a case meanwhile.
  await api(page, "POST", `/alerts/${made[0].id}/case`, {});
  await page.getByRole("button", { name: "Close…" }).click();
  await page.getByRole("button", { name: "Close them" }).click();
  await page.getByText("Say why.").waitFor();
  await page.getByLabel("Reason").selectOption("duplicate");
  await page.getByRole("button", { name: "Close them" }).click();
  await page.getByTestId("alert-failed").getByText("goes on in a case").waitFor();
  await page.getByText("Done to 1 other one").waitFor();
  await check(page, "alerts-failed");
  assert.equal((await api(page, "GET", `/alerts/${made[1].number}`)).status, "closed");
});

test("a flow closes an alert, and says how it came to it", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const flow = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c92",
    name: "Sort alerts",
    nodes: [
      { id: "go", type: "trigger.manual", position: [0, 0] },
      { id: "alert", type: "alert.create", position: [240, 0], with: { event: "{{ trigger.body }}" } },
      {
        id: "ours",
        type: "core.if",
        name: "Is it ours?",
        position: [480, 0],
        with: { condition: "{{ steps.alert.output.host == 'scanner-1' }}" },
      },
      {
        id: "close",
        type: "alert.close",
        position: [720, 0],
        with: {
          alert: "{{ steps.alert.output }}",
          reason: "benign",
          rule: "our scanners",
          reasons: ["scanner-1 is ours"],
        },
      },
    ],
    edges: [
      { from: "go", to: "alert" },
      { from: "alert", to: "ours" },
      { from: "ours.true", to: "close" },
    ],
  });
  const run = await api(page, "POST", `/flows/${flow.id}/runs?wait=20s`, {
    version: "draft",
    input: { id: "f1", title: "Scan by a flow", host: "scanner-1" },
  });
  assert.equal(run.state, "succeeded", JSON.stringify(run.error ?? run));
  await page.goto(`${server.base}/alerts?view=closed&q=scan+by`);
  await page.locator(".alert-row").first().click();
  const decision = page.getByTestId("alert-decision");
  await decision.getByText("our scanners").waitFor();
  await decision.getByText("Is it ours?").waitFor();
  await decision.getByText("scanner-1 is ours").waitFor();
  await check(page, "alert-decision");
  await decision.getByRole("link", { name: "Sort alerts" }).click();
  await page.waitForURL(`**/runs/${run.id}`);
});

test("the queue holds thousands, and shows what comes meanwhile; a viewer changes nothing", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  await admin.evaluate(async () => {
    const send = (n) =>
      fetch("/api/v1/alerts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ event: { id: `b${n}`, title: `Bulk ${n}`, severity: "medium" } }),
      });
    for (let n = 0; n < 300; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => send(n + i)));
  });
  const viewer = await joined(browser, server, admin, "onlooker", "viewer", "light");
  t.after(() => viewer.context().close());
  await viewer.goto(`${server.base}/alerts?q=bulk&sort=age`);
  await viewer.getByRole("listbox").focus();
  await until("the last of 300", async () => {
    await viewer.keyboard.press("End");
    return (await viewer.getByText("Bulk 299").count()) > 0;
  });
  assert.ok((await viewer.locator(".alert-row").count()) < 60, "only what is seen is mounted");
  await receive(admin, { id: "new", title: "Bulk that is new", severity: "critical" });
  await viewer.goto(`${server.base}/alerts?q=bulk`);
  await viewer.getByText("Bulk that is new").waitFor();
  await receive(admin, { id: "newer", title: "Bulk that comes while one looks", severity: "critical" });
  await viewer.getByText("comes while one looks").waitFor({ timeout: 5000 });
  await viewer.getByText("Bulk that is new").click();
  assert.equal(await viewer.getByRole("button", { name: "Close…" }).isDisabled(), true);
});

for (const theme of ["light", "dark"]) {
  test(`assets and findings are imported, and a case shows what it is exposed to, in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    const host = `web-${theme}`;
    await page.goto(`${server.base}/inventory?q=nothing-${theme}`);
    await page.getByText("No asset fits").waitFor();
    await check(page, `assets-empty-${theme}`);
    await page.goto(`${server.base}/inventory?q=${host}`);
    await page.getByRole("button", { name: "Import CSV" }).click();
    await page.getByLabel("Or its text").fill(`name,ip,criticality\n${host},10.9.9.300,5`);
    await page.getByText("is no ip").waitFor();
    await check(page, `assets-refused-${theme}`);
    await page
      .getByLabel("Or its text")
      .fill(`name,ip,criticality,value,currency\n${host},10.9.9.${theme.length},5,200000,eur`);
    await page.getByRole("button", { name: "Import 1 line" }).click();
    await page.getByTestId(`asset-${host}`).getByText("5 of 5").waitFor();
    await page.getByRole("button", { name: "Import CSV" }).click();
    await page.getByText("Findings", { exact: true }).click();
    await page
      .getByLabel("Or its text")
      .fill(
        `asset,cve,cvss,exploited\n10.9.9.${theme.length},CVE-2026-1111,9.8,no\n${host},CVE-2026-2222,5,yes`,
      );
    await page.getByRole("button", { name: "Import 2 lines" }).click();
    const row = page.getByTestId(`asset-${host}`);
    await row.getByText("1 exploited").waitFor();
    await row.getByRole("button", { name: /findings of/ }).click();
    await row.getByText("CVE-2026-2222").waitFor();
    await row.getByText("CVE-2026-1111").waitFor();
    await check(page, `assets-full-${theme}`);
    await row.getByRole("button", { name: /Change/ }).click();
    await page.getByLabel("Owner").fill("owner@corp.example");
    await check(page, `asset-change-${theme}`);
    await page.getByRole("button", { name: "Keep it" }).click();
    await row.getByText("owner@corp.example").waitFor();
    // The alert's score counts the asset, and its loss.
    const alert = await receive(page, {
      id: "x1",
      title: `Exploit of ${host}`,
      severity: "critical",
      source: host,
      host,
      cve: "CVE-2026-1111",
    });
    assert.equal(alert.assets[0].name, host);
    assert.ok(alert.impact > 0 && alert.score > 600, JSON.stringify(alert));
    const { number } = await api(page, "POST", `/alerts/${alert.id}/case`, {});
    await page.goto(`${server.base}/cases/${number}`);
    const exposure = page.getByRole("region", { name: "Exposure" });
    await exposure.getByText("seen in this case").waitFor();
    await exposure.getByText("loss to be expected").waitFor();
    await check(page, `case-exposure-${theme}`);
    assert.deepEqual(page.faults, []);
  });
}
