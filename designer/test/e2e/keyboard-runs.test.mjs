// What is done with runs, receipts and questions, by the keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, byKeys, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const judge = {
  format: "drawbridge.flow/1",
  name: "Judge an alert",
  connectors: { http: "1.0.0" },
  vars: { threshold: 70 },
  nodes: [
    { id: "start", type: "trigger.manual", position: [0, 0] },
    {
      id: "look",
      type: "http.get",
      name: "Look it up",
      position: [280, 0],
      with: { url: "https://scores.example/v1" },
      onError: "continue",
    },
    {
      id: "bad",
      type: "core.if",
      name: "Is it bad",
      position: [560, 0],
      with: { condition: "{{ trigger.body.n >= vars.threshold }}" },
    },
  ],
  edges: [
    { from: "start", to: "look" },
    { from: "look", to: "bad" },
  ],
  output: "{{ {'bad': steps.bad.output.result} }}",
};

/** Goes down an open menu to an entry and takes it. */
async function choose({ page, press }, name) {
  await page.getByRole("menuitem", { name }).waitFor();
  for (let i = 0; i < 12; i++) {
    if (await page.evaluate((n) => document.activeElement.innerText.trim() === n, name)) break;
    await press("ArrowDown");
  }
  await press("Enter");
}

test("a run is replayed, compared, gone on from, and a draft tried against it, without a mouse", async (t) => {
  const keys = await byKeys(browser, server, t);
  const { page, press, here, to } = keys;
  const { id } = await api(page, "POST", "/flows", judge);
  const runs = [];
  for (const n of [80, 95])
    runs.push(await api(page, "POST", `/flows/${id}/runs?wait=30s`, { input: { n } }));
  const at = () => new URL(page.url());

  // From the list to the run, and its replay beside it.
  await to('.rail [href="/runs"]', "Shift+Tab");
  await press("Enter");
  await page.getByTestId(`run-${runs[0].id}`).waitFor();
  await to(`.run-link[href="/runs/${runs[0].id}"]`);
  await press("Enter");
  await page.getByTestId("run-again").waitFor();
  await to('[data-testid="run-again"]');
  await press("Enter");
  await choose(keys, "Replay offline, same version");
  await page.getByText("The outcome is the same").waitFor();
  const replay = at().searchParams.get("with");
  await until("the page in focus", () => here("main"));
  await to(`main .btn[href="/runs/${replay}"]`);
  await press("Enter");
  await page
    .getByTestId("caller")
    .or(page.getByText(/^Replay of/))
    .waitFor();

  // Compared with another run.
  await page.goto(`${server.base}/runs/${runs[0].id}`);
  await page.getByTestId("run-again").waitFor();
  await to('[data-testid="run-again"]');
  await press("Enter");
  await choose(keys, "Compare with another run…");
  await page.getByRole("dialog").getByRole("listitem").first().waitFor();
  await until("the dialog in focus", () => here("[role=dialog]"));
  await to(".pick-list .btn");
  await press("Enter");
  await page.waitForURL("**/compare?with=*");
  await page.getByTestId("compare-outcome").waitFor();
  await until("the page in focus again", () => here("main"));

  // A step is opened in the timeline, left again, and gone on from.
  await page.goto(`${server.base}/runs/${runs[0].id}`);
  await page.getByTestId("timeline").waitFor();
  const row = async (name) => {
    await to(".timeline-row");
    for (let i = 0; i < 6; i++) {
      if (await page.evaluate((n) => document.activeElement.innerText.includes(n), name)) return;
      await press("Tab");
    }
    throw new Error(`no row ${name}`);
  };
  await row("Look it up");
  await press("Enter");
  await until("the step's panel in focus", () => here('[data-testid="inspector"]'));
  await press("Escape");
  await page.getByTestId("inspector").waitFor({ state: "detached" });
  await until("the row again", () => here(".timeline-row"));
  await press("Enter");
  await until("the panel again", () => here('[data-testid="inspector"]'));
  await to('[data-testid="inspector"] [role=radio]');
  await press("ArrowLeft");
  await page.getByTestId("calls").waitFor();
  await to('[data-testid="calls"] summary');
  await press("Enter");
  await page.getByRole("heading", { name: "Response" }).waitFor();
  await to('[data-testid="retry-from"]', "Shift+Tab");
  await press("Enter");
  await page.getByTestId("retry-plan").waitFor();
  await press("Escape");
  await until("the button after the dialog", () => here('[data-testid="retry-from"]'));
  await press("Enter");
  await page.getByTestId("retry-plan").waitFor();
  await to('[data-testid="retry"]');
  await press("Enter");
  await page.getByText(/Goes on from/).waitFor();
  await until("the new run's page in focus", () => here("main"));

  // A draft against past runs: begun in the editor, read in the report, compared.
  const draft = await api(page, "GET", `/flows/${id}`);
  const changed = { ...draft.flow, vars: { threshold: 90 } };
  await api(page, "PUT", `/flows/${id}`, changed, { "If-Match": `"${draft.revision}"` });
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("node-look").waitFor();
  await to('[data-testid="flow-menu"]');
  await press("Enter");
  await choose(keys, "Try against past runs");
  await page.getByText("Nothing was tried yet").waitFor();
  await until("the page of tries in focus", () => here("main"));
  await to('[aria-label="How many runs"]');
  await press("ArrowUp");
  await to('[data-testid="start-replays"]');
  await press("Enter");
  await page.locator('[data-testid="replay-report"][data-state="succeeded"]').waitFor();
  assert.ok(await here('[data-testid="start-replays"]'), "the focus stays on Try");
  await to('[data-testid="replay-report"] input[type=checkbox]');
  await press("Space");
  await page.getByTestId("replayed-same").first().waitFor();
  assert.ok(await here('[data-testid="replay-report"] input[type=checkbox]'), "the focus stays on the box");
  assert.match(await page.getByTestId("replayed-changed").first().innerText(), /Is it bad/);
  await to('[data-testid="replayed-changed"] a[aria-label^="Compare"]');
  await press("Enter");
  await page.getByText("The outcome differs").waitFor();
  assert.deepEqual(page.faults, []);
});

test("a receipt is found and leads to its run without a mouse", async (t) => {
  const { page, press, here, to } = await byKeys(browser, server, t);
  const flow = await api(page, "POST", "/flows", { ...judge, name: "Other judge" });
  const run = await api(page, "POST", `/flows/${flow.id}/runs?wait=30s`, { input: { n: 1 } });
  await to('.rail [href="/receipts"]', "Shift+Tab");
  await press("Enter");
  await page.locator("tbody tr").first().waitFor();
  await to('[aria-label="Search receipts"]');
  await page.keyboard.type("nothing like it");
  await page.getByText("No receipt fits").waitFor();
  await to("main .empty button");
  await press("Enter");
  await page.locator("tbody tr").first().waitFor();
  await until("a place on the page", () => here("main"));
  await to('select[aria-label="Flow"]', "Shift+Tab");
  await page.keyboard.type("Other judge");
  await page.waitForURL(`**/receipts?flow=${flow.id}`);
  await to(`main a[href="/runs/${run.id}"]`);
  await press("Enter");
  await page.getByTestId("run-result").waitFor();
  await until("the run's page in focus", () => here("main"));
  assert.deepEqual(page.faults, []);
});

const ask = (title) => ({
  format: "drawbridge.flow/1",
  name: title,
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    {
      id: "ok",
      type: "core.approval",
      name: "May we",
      position: [280, 0],
      with: {
        to: ["lead"],
        title,
        form: {
          type: "object",
          required: ["ticket"],
          properties: { ticket: { type: "string", title: "Ticket" } },
        },
      },
    },
  ],
  edges: [{ from: "hand", to: "ok" }],
});

for (const theme of ["light", "dark"]) {
  test(`questions are answered one after the other without a mouse, in ${theme}`, async (t) => {
    const admin = await openPage(browser, server);
    t.after(() => admin.context().close());
    const person = `lead-${theme}`;
    const lead = await joined(browser, server, admin, person, "responder", theme);
    const other = `stand-in-${theme}`;
    const stand = await joined(browser, server, admin, other, "responder", theme);
    t.after(() => stand.context().close());
    const { page, press, here, to } = await byKeys(browser, server, t, lead);
    for (const title of ["Isolate dc-1?", "Isolate dc-2?", "Isolate dc-3?"]) {
      const flow = ask(title);
      flow.nodes[1].with.to = [person];
      const { id } = await api(admin, "POST", "/flows", flow);
      await api(admin, "POST", `/flows/${id}/runs`, {});
    }
    const said = page.locator(".toasts");
    const open = async () => {
      const { items } = await api(page, "GET", "/approvals?state=open");
      return items.filter((q) => q.mine).length;
    };
    await until("three questions", async () => (await open()) === 3);
    await to('.rail [href="/inbox"]', "Shift+Tab");
    await press("Enter");
    await page.getByTestId("question").nth(2).waitFor();
    await to(".run-link");
    const first = await page.evaluate(() => document.activeElement.innerText);
    await press("Enter");
    await page.getByTestId("question-view").waitFor();

    // What is missing takes the focus, and what was answered leads to the next.
    await to('[data-testid="approve"]');
    await press("Enter");
    await page.getByText("this is needed").waitFor();
    await until("the field", () => here('[data-pointer="/ticket"]'));
    await page.keyboard.type("CHG-7");
    await to('[data-testid="approve"]');
    await press("Enter");
    await until("the way to the next", () => here('[data-testid="next-question"]'));
    assert.match(await said.innerText(), /Approved: /);
    assert.ok((await said.innerText()).includes(first));
    await check(page, `inbox-next-${theme}`);
    await press("Enter");
    await page.getByTestId("approve").waitFor();
    await until("the next one's page", () => here("main"));

    // Rejected: the reason is asked for at its field.
    await to('[data-testid="reject"]');
    await press("Enter");
    await page.getByText("Say why it is rejected.").waitFor();
    await until("the reason's field", () => here("textarea"));
    await page.keyboard.type("It is month end.");
    await to('[data-testid="reject"]');
    await press("Enter");
    await until("the way to the last", () => here('[data-testid="next-question"]'));
    assert.match(await said.innerText(), /Rejected: /);
    await press("Enter");
    await page.getByTestId("delegate").waitFor();

    // Handed on: nothing is left, and the heading says what it was.
    await to('[data-testid="delegate"]');
    await press("Enter");
    await page.getByRole("dialog").waitFor();
    await to("[role=dialog] select");
    await page.keyboard.type(other);
    await to("[role=dialog] button[type=submit]");
    await press("Enter");
    await page.getByTestId("not-mine").waitFor();
    await until("the heading", () => here("h1"));
    assert.match(await said.innerText(), new RegExp(`Handed to ${other}`));
    await check(page, `inbox-last-${theme}`);
    assert.equal(await open(), 0);
    assert.deepEqual(page.faults, []);
  });
}
