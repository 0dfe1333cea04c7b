import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A request that nobody granted is refused, and that is on the cassette like any answer. */
const judge = (threshold) => ({
  format: "drawbridge.flow/1",
  name: "Judge an alert",
  connectors: { http: "1.0.0" },
  vars: { threshold },
  nodes: [
    { id: "start", type: "trigger.manual", position: [0, 0] },
    {
      id: "look",
      type: "http.get",
      position: [280, 0],
      with: { url: "https://scores.example/v1?n={{ trigger.body.n }}&token=hush" },
      onError: "continue",
    },
    {
      id: "bad",
      type: "core.if",
      position: [560, 0],
      with: { condition: "{{ trigger.body.n >= vars.threshold }}" },
    },
    {
      id: "tell",
      type: "http.request",
      position: [840, -80],
      with: { url: "https://scores.example/tell", body: "{{ trigger.body.n }}" },
      onError: "continue",
    },
  ],
  edges: [
    { from: "start", to: "look" },
    { from: "look", to: "bad" },
    { from: "bad.true", to: "tell" },
  ],
  output: "{{ {'bad': steps.bad.output.result} }}",
});

test("past runs are replayed, compared, gone on from, and a draft is tried against them", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", judge(70));
  await api(page, "POST", `/flows/${id}/publish`, {});
  const runs = {};
  for (const n of [10, 80, 95]) {
    runs[n] = await api(page, "POST", `/flows/${id}/runs?wait=30s`, { input: { n } });
    assert.equal(runs[n].state, "succeeded", JSON.stringify(runs[n]));
  }

  // The cassette of a step: what it asked, secrets out.
  await page.goto(`${server.base}/runs/${runs[80].id}?node=look`);
  await page
    .getByRole("radio", { name: "Calls" })
    .or(page.getByRole("button", { name: "Calls" }))
    .first()
    .click();
  const calls = page.getByTestId("calls");
  await calls.getByText("GET https://scores.example/v1").waitFor();
  await calls.locator("summary").first().click();
  assert.equal((await calls.textContent()).includes("hush"), false);
  await shot(page, "travel-calls");
  await check(page, "calls");

  // Replayed offline with the same version nothing differs.
  await page.getByTestId("run-again").click();
  await shot(page, "travel-menu");
  await page.getByRole("menuitem", { name: "Replay offline, same version" }).click();
  await page.waitForURL("**/compare?with=*");
  await page.getByText("The outcome is the same").waitFor();
  await shot(page, "travel-same");
  await check(page, "compare");

  // Going on from a step says first what that means.
  await page.goto(`${server.base}/runs/${runs[80].id}?node=tell`);
  await page.getByTestId("retry-from").click();
  const plan = page.getByTestId("retry-plan");
  await plan.getByText("Changes something outside").waitFor();
  assert.match(await plan.textContent(), /Runs 1 step again/);
  await shot(page, "travel-retry");
  await check(page, "retry");
  await page.getByTestId("retry").click();
  await page.getByText(/Goes on from/).waitFor();
  await shot(page, "travel-retried");

  // A draft with another threshold changes one verdict of three, and of the retry's.
  const draft = await api(page, "GET", `/flows/${id}`);
  await api(
    page,
    "PUT",
    `/flows/${id}`,
    { ...draft.flow, vars: { threshold: 90 } },
    { "If-Match": `"${draft.revision}"` },
  );
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Try against past runs" }).click();
  await page.getByText("Nothing was tried yet").waitFor();
  await shot(page, "travel-empty");
  await check(page, "no replays");
  await page.getByTestId("start-replays").click();
  await page.locator('[data-testid="replay-report"][data-state="succeeded"]').waitFor();
  await until("the changed runs", async () => (await page.getByTestId("replayed-changed").count()) === 2);
  await shot(page, "travel-report");
  await check(page, "report");
  await page.getByLabel("Show the runs whose outcome is the same, too").check();
  await until("all runs", async () => (await page.getByTestId("replayed-same").count()) === 2);
  await page
    .getByTestId("replayed-changed")
    .last()
    .getByRole("link", { name: /Compare/ })
    .click();
  await page.getByText("The outcome differs").waitFor();
  await page.getByTestId("compare-bad").waitFor();
  const dark = await openPage(browser, server, { colorScheme: "dark" });
  t.after(() => dark.context().close());
  for (const [name, address, ready] of [
    ["compare-dark", page.url(), "The outcome differs"],
    ["report-dark", `${server.base}/flows/${id}/replays`, "2 with another outcome"],
    ["run-dark", `${server.base}/runs/${runs[80].id}?node=look`, "Go on from here"],
  ]) {
    await dark.goto(address);
    await dark.getByText(ready).first().waitFor();
    await shot(dark, `travel-${name}`);
    await check(dark, name);
  }

  // A dry run is marked in its view and in the list.
  await api(page, "PUT", `/flows/${id}/samples`, {
    items: [{ name: "Bad", trigger: "start", input: { n: 99 } }],
  });
  await page.goto(`${server.base}/flows/${id}`);
  await until("the sample", async () => (await page.getByTestId("sample").inputValue()) === "Bad");
  await page.getByTestId("dry-run").click();
  await page.getByRole("link", { name: "Open the run" }).click();
  await page.getByText("Dry run", { exact: true }).first().waitFor();
  await page.getByTestId("node-tell").click();
  await page.getByText("Dry run: not called.").waitFor();
  await shot(page, "travel-dry");
  await page.goto(`${server.base}/runs`);
  await page.getByText("Dry run", { exact: true }).first().waitFor();
  await shot(page, "travel-list");
  await page.getByLabel("Runs or replays").selectOption("true");
  await page
    .getByText(/Replay of/)
    .first()
    .waitFor();
  await shot(page, "travel-replays");

  // What isn't there says so.
  await page.goto(`${server.base}/runs/${runs[10].id}/compare?with=nothing`);
  await page.getByRole("alert").waitFor();
  await shot(page, "travel-error");
  assert.deepEqual(page.faults, []);
});
