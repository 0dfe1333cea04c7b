// What a run's page says of its steps: their names, the runs that they called, what was kept of another run, and why it waits.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { api, check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const ENRICH = {
  format: "drawbridge.flow/1",
  name: "Enrich a host",
  nodes: [
    { id: "called", type: "trigger.flow", position: [0, 0] },
    { id: "pause", type: "core.wait", name: "Let it settle", position: [280, 0], with: { for: "400ms" } },
  ],
  edges: [{ from: "called", to: "pause" }],
  output: "{{ {'seen': true} }}",
};

const hosts = (callee) => ({
  format: "drawbridge.flow/1",
  name: "Handle hosts",
  nodes: [
    { id: "start", type: "trigger.manual", name: "By hand", position: [0, 0] },
    {
      id: "each",
      type: "core.foreach",
      name: "Every host",
      position: [280, 0],
      size: [420, 200],
      with: { items: ["a", "b"], result: "{{ item }}" },
    },
    {
      id: "look",
      type: "core.set",
      name: "Look it up",
      parent: "each",
      position: [40, 60],
      with: { h: "{{ item }}" },
    },
    {
      id: "call",
      type: "core.call",
      name: "Enrich it",
      position: [760, 0],
      with: { flow: callee, input: {} },
    },
    {
      id: "end",
      type: "core.stop",
      name: "Give up",
      position: [1040, 0],
      with: { outcome: "failed", message: "nobody answers" },
    },
  ],
  edges: [
    { from: "start", to: "each" },
    { from: "each", to: "call" },
    { from: "call", to: "end" },
  ],
});

test("steps are called by name, lead to the runs that they called, and say what was kept", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    const enrich = await api(page, "POST", "/flows", { ...ENRICH, name: `${ENRICH.name} (${colorScheme})` });
    await api(page, "POST", `/flows/${enrich.id}/publish`, {});
    const flow = await api(page, "POST", "/flows", hosts(enrich.id));
    const first = await api(page, "POST", `/flows/${flow.id}/runs?wait=30s`, {});
    assert.equal(first.state, "failed", JSON.stringify(first.error));

    // From the step to the run that it called, and back.
    await page.goto(`${server.base}/runs/${first.id}?node=call`);
    await page.getByTestId("open-called").click();
    const caller = page.getByTestId("caller");
    await caller.getByText("Called by Handle hosts · Enrich it").waitFor();
    await check(page, `runview-called-${colorScheme}`);
    await caller.click();
    await page.waitForURL(`**/runs/${first.id}?node=call*`);
    await page.getByTestId("open-called").waitFor();
    await check(page, `runview-caller-${colorScheme}`);

    // What runs again and what is kept, by name; the key stands beside it.
    await page.getByTestId("retry-from").click();
    await page.getByRole("heading", { name: "Go on from Enrich it" }).waitFor();
    const plan = page.getByTestId("retry-plan");
    await plan.getByText("Look it up · item 2 each.1.look").waitFor();
    await plan.getByText("Enrich it call", { exact: true }).first().waitFor();
    await check(page, `runview-retry-${colorScheme}`);
    await page.getByTestId("retry").click();
    await page.getByText(/Goes on from/).waitFor();
    await until(
      "the end of the retry",
      async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "failed",
    );

    // What was kept did not run here: it has no bar, and makes the others no shorter.
    const row = (name) => page.getByTestId("timeline").getByRole("button", { name });
    for (const name of [/Every host/, /Look it up/])
      assert.match(await row(name).innerText(), new RegExp(`Kept from run ${first.id.slice(-6)}`));
    const bar = row(/Enrich it/).locator(".timeline-bar");
    const share = (await bar.boundingBox()).width / (await bar.locator("..").boundingBox()).width;
    assert.ok(share > 0.6, `it takes ${share} of the time shown`);
    await check(page, `runview-kept-${colorScheme}`);
    const second = page.url().split("/runs/")[1].split("?")[0];
    await page.goto(`${server.base}/runs/${second}?node=look`);
    await page.getByTestId("inspector").getByText(/kept/).waitFor();

    // Another version of the step makes another step: both are named.
    const draft = await api(page, "GET", `/flows/${flow.id}`);
    draft.flow.nodes[2].with.h = "{{ item + '!' }}";
    await api(page, "PUT", `/flows/${flow.id}`, draft.flow, { "If-Match": `"${draft.revision}"` });
    const third = await api(page, "POST", `/flows/${flow.id}/runs?wait=30s`, { version: "draft" });
    await page.goto(`${server.base}/runs/${first.id}/compare?with=${third.id}`);
    const step = page.getByTestId("compare-each.0.look");
    await step.getByText("Look it up · item 1 each.0.look").waitFor();
    assert.equal(await page.getByRole("region", { name: "Step Look it up · item 1" }).count(), 1);
    // Rows have one line beneath all their cells, and tables one beneath another have the same columns.
    const uneven = await page.locator(".compare-card tr").evaluateAll(
      (rows) =>
        rows.filter((row) => {
          const line = (cell) => getComputedStyle(cell);
          const lines = [...row.children].map((c) => [line(c).borderBottomWidth, line(c).borderBottomColor]);
          return new Set(lines.map(([width, color]) => (width === "0px" ? "" : width + color))).size > 1;
        }).length,
    );
    assert.equal(uneven, 0, "rows with uneven borders");
    const columns = await page
      .locator(".differences tbody td:nth-child(2)")
      .evaluateAll((all) => all.map((e) => Math.round(e.getBoundingClientRect().x)));
    assert.equal(new Set(columns).size, 1, `columns at ${columns}`);
    await check(page, `runview-compare-${colorScheme}`);
    assert.deepEqual(page.faults, []);
  }
});

test("a queued run says what it waits for", async (t) => {
  const held = [];
  const slow = createServer((_, answer) => held.push(answer));
  await new Promise((done) => slow.listen(0, "127.0.0.1", done));
  const { port } = slow.address();
  t.after(() => {
    slow.closeAllConnections();
    slow.close();
  });
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await api(page, "PUT", "/connectors/http/versions/1.0.0/grants", {
    consent: true,
    grant: { http: [{ host: "127.0.0.1", port, scheme: "http" }], networks: [{ cidr: "127.0.0.1/32" }] },
  });
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "One by one",
    connectors: { http: "1.0.0" },
    limits: { concurrency: 1 },
    nodes: [
      { id: "start", type: "trigger.manual", position: [0, 0] },
      { id: "ask", type: "http.get", position: [280, 0], with: { url: `http://127.0.0.1:${port}/` } },
    ],
    edges: [{ from: "start", to: "ask" }],
  });
  const runs = [];
  for (let i = 0; i < 3; i++) runs.push((await api(page, "POST", `/flows/${id}/runs`, {})).id);
  await until("the first at work", () => held.length === 1);
  await page.goto(`${server.base}/runs/${runs[2]}`);
  const why = page.getByTestId("queued-why");
  await why.getByText("Waits for the flow's one place: 1 before it").waitFor();
  await check(page, "runview-queued");

  await page.goto(`${server.base}/runs`);
  const line = page.getByTestId(`run-${runs[1]}`);
  await line.getByText("Queued").hover({ force: true });
  await until("the reason in the list", async () =>
    /it is next/.test(await line.locator(".run-link").getAttribute("title")),
  );
  await shot(page, "runview-queue-list");

  // The queue moves, and so does what is said.
  await page.goto(`${server.base}/runs/${runs[2]}`);
  await why.waitFor();
  held.shift().end("{}");
  await why.getByText("it is next").waitFor();
  const dark = await openPage(browser, server, { colorScheme: "dark" });
  t.after(() => dark.context().close());
  await dark.goto(`${server.base}/runs/${runs[2]}`);
  await dark.getByTestId("queued-why").waitFor();
  await check(dark, "runview-queued-dark");
  for (let ended = 1; ended < 3; ended++) {
    await until("the next at work", () => held.length === 1);
    held.shift().end("{}");
  }
  await why.waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
});

test("a search in what was cut says that only the beginning was searched, and offers the whole", async (t) => {
  const page = await openPage(browser, server, { acceptDownloads: true });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "Much",
    nodes: [
      { id: "start", type: "trigger.manual", position: [0, 0] },
      {
        id: "list",
        type: "core.set",
        position: [280, 0],
        with: {
          hosts:
            "{{ lists.range(4000).map(i, {'name': 'ws-' + string(i), 'owner': 'somebody of the department of accounting'}) }}",
        },
      },
    ],
    edges: [{ from: "start", to: "list" }],
  });
  const run = await api(page, "POST", `/flows/${id}/runs?wait=30s`, {});
  assert.equal(run.state, "succeeded", JSON.stringify(run.error));
  await page.goto(`${server.base}/runs/${run.id}?node=list`);
  const panel = page.getByTestId("inspector");
  await panel.getByTestId("cut-note").waitFor();
  const note = panel.getByTestId("searched-beginning");
  assert.equal(await note.count(), 0, "nothing was searched yet");
  await panel.getByLabel("Search output").fill("ws-3999");
  await note.getByText("Not found in the beginning. The rest was not searched.").waitFor();
  const download = page.waitForEvent("download");
  await note.getByRole("button", { name: "Download the whole output" }).click();
  await download;
  await check(page, "runview-cut-nothing");
  // What is copied of it is called what it is.
  await panel.getByLabel("Search output").fill("hosts");
  await panel.getByRole("button", { name: "Copy the beginning of hosts" }).waitFor({ state: "attached" });
  assert.equal(await panel.getByRole("button", { name: "Copy the value of hosts" }).count(), 0);
  await panel.getByLabel("Search output").fill("ws-11");
  await panel.getByText('"ws-11"').waitFor();
  await note.getByText("Only the beginning was searched.").waitFor();
  await check(page, "runview-cut-some");
  assert.deepEqual(page.faults, []);
});

const WHY = `The directory answered 403 to GET https://directory.example.com/v1.0/${"users_and_groups_".repeat(8)}methods: the application lacks a permission, which an administrator has to grant; correlation 7f3a9c12`;

/** All of the text is inside of what is seen of its frame, in both directions. */
async function readWhole(locator, frame) {
  const [text, box] = [await locator.boundingBox(), await frame.boundingBox()];
  const within = text.x >= box.x && text.x + text.width <= box.x + box.width + 1;
  const high = text.y >= box.y - 1 && text.y + text.height <= box.y + box.height + 1;
  const wide = await locator.evaluate((e) => e.scrollWidth - e.clientWidth);
  return within && high && wide <= 0;
}

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
]) {
  test(`a long error is read whole and copied in ${name}`, async (t) => {
    const page = await openPage(browser, server, {
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    t.after(() => page.context().close());
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    const { id } = await api(page, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: `Fails at length (${name})`,
      nodes: [
        { id: "start", type: "trigger.manual", position: [0, 0] },
        { id: "end", type: "core.stop", position: [280, 0], with: { outcome: "failed", message: WHY } },
      ],
      edges: [{ from: "start", to: "end" }],
    });
    const run = await api(page, "POST", `/flows/${id}/runs?wait=30s`, {});
    assert.equal(run.state, "failed");

    await page.goto(`${server.base}/runs/${run.id}`);
    const result = page.getByTestId("run-result");
    const error = result.getByTestId("step-error");
    await error.getByText(/The directory answered/).waitFor();
    assert.ok(await readWhole(error.getByText(/The directory answered/), result), "the run's page cuts it");
    await error.getByRole("button", { name: "Copy the error" }).click();
    await until("the copy", async () => (await copied()) === `stopped: ${WHY}`);
    await check(page, `runview-error-${name}`);
    if (name === "phone") return;

    // In the list a line is opened without opening the run.
    await page.goto(`${server.base}/runs`);
    const row = page.getByTestId(`run-${run.id}`);
    const text = row.getByText(/The directory answered/);
    await text.waitFor();
    assert.ok(!(await readWhole(text, row)), "a list is of lines");
    await row.getByRole("button", { name: "The whole error" }).click();
    assert.ok(await readWhole(text, row), "the list cuts it");
    await row.getByRole("button", { name: "Copy the error" }).click();
    await until("the copy", async () => (await copied()) === `stopped: ${WHY}`);
    await check(page, `runview-errors-${name}`);

    // Beneath the canvas there are a few lines; the rest is one click away.
    await page.goto(`${server.base}/flows/${id}`);
    const output = page.getByTestId("run-output");
    const said = output.getByText(/The directory answered/);
    await said.waitFor();
    await output.getByRole("button", { name: "All of the result" }).click();
    assert.ok(await readWhole(said, output.locator(".runbar-value")), "the run bar cuts it");
    await check(page, `runview-error-bar-${name}`);
    await page.keyboard.press("Escape");
    assert.equal(await output.getAttribute("data-open"), null);
    assert.deepEqual(page.faults, []);
  });
}

const divides = (id, x) => ({
  id,
  type: "core.set",
  name: `Divide ${id}`,
  position: [x, 0],
  with: { n: "{{ 1 / int(trigger.body.by) }}" },
});

test("a run that succeeded says which of its steps failed, there and beneath the canvas", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    const { id } = await api(page, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: `Goes on (${colorScheme})`,
      nodes: [
        { id: "start", type: "trigger.manual", position: [0, 0] },
        divides("one", 280),
        divides("two", 560),
        { id: "end", type: "core.set", name: "Say so", position: [840, 0], with: { said: true } },
      ],
      edges: [
        { from: "start", to: "one" },
        { from: "one.error", to: "two" },
        { from: "two.error", to: "end" },
      ],
    });
    const run = await api(page, "POST", `/flows/${id}/runs?wait=30s`, { input: { by: 0 } });
    assert.equal(run.state, "succeeded", JSON.stringify(run));
    await page.goto(`${server.base}/runs/${run.id}`);
    const failed = page.getByRole("button", { name: "2 steps failed" });
    await failed.waitFor();
    await check(page, `runview-failed-${colorScheme}`);
    await failed.press("Enter");
    await page.waitForURL(/node=one/);
    await page.getByTestId("inspector").getByTestId("step-error").first().waitFor();
    await page.goto(`${server.base}/flows/${id}?run=${run.id}`);
    await failed.waitFor();
    await check(page, `runview-failed-bar-${colorScheme}`);
    await failed.click();
    await page
      .getByRole("complementary")
      .getByRole("heading", { name: "Divide one" })
      .or(page.getByTestId("inspector"))
      .first()
      .waitFor();
    await check(page, `runview-failed-open-${colorScheme}`);
  }
});

test("of flows with one name the one that is called is told apart, and opened", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    const two = [];
    for (const _ of [1, 2])
      two.push(await api(page, "POST", "/flows", { ...ENRICH, name: `Twice (${colorScheme})` }));
    await api(page, "POST", `/flows/${two[0].id}/publish`, {});
    const flow = await api(page, "POST", "/flows", hosts(two[0].id));
    await page.goto(`${server.base}/flows/${flow.id}`);
    await page.locator('.react-flow__node[data-id="call"]').dblclick({ position: { x: 60, y: 14 } });
    const inspector = page.getByTestId("inspector");
    const chosen = inspector.getByLabel("Flow", { exact: true }).locator("option:checked");
    await until("its state", async () =>
      new RegExp(`^Twice \\(${colorScheme}\\) \\(live v1, changed `).test(await chosen.innerText()),
    );
    const link = inspector.getByRole("link", { name: "Open the flow" });
    await link.focus();
    await check(page, `runview-callee-${colorScheme}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/flows/${two[0].id}*`);
  }
});
