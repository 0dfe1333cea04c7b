// Every trigger and construct is drawn: taken from the palette, filled in, wired, run and watched.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function empty(t, name) {
  const page = await openPage(browser, server, { viewport: { width: 1900, height: 1500 } });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name,
    nodes: [],
    edges: [],
  });
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("palette-core.set").waitFor();
  return { page, id, editor: new Editor(page), pane: page.getByTestId("inspector") };
}

test("each trigger and construct is placed from the palette", async (t) => {
  const { page, id, editor } = await empty(t, "All of them");
  const { items } = await api(page, "GET", "/catalog");
  // Containers come last, below: what is dropped on one belongs to it.
  const types = items
    .filter((i) => i.kind !== "action" && i.type !== "core.note") // which lies there as a note, not as a step
    .sort((a, b) => Number(a.container) - Number(b.container))
    .map((i) => i.type);
  // All of them in sight, beside the widest inspector and above the end of the canvas.
  await page.setViewportSize({ width: 1900, height: 500 + Math.ceil(types.length / 3) * 170 });
  for (const [i, type] of types.entries())
    await editor.place(
      type,
      420 + (i % 3) * 280,
      120 + Math.floor(i / 3) * 170 + (i >= types.length - 2 ? 120 : 0),
    );
  await editor.saved();
  const { flow } = await api(page, "GET", `/flows/${id}`);
  assert.deepEqual(flow.nodes.map((n) => n.type).sort(), [...types].sort());
  await shot(page, "all-types");
  assert.deepEqual(page.faults, []);
});

test("a schedule, a decision, a wait and an end are filled in, and run", async (t) => {
  const { page, id, editor, pane } = await empty(t, "Decide");
  const clock = await editor.place("trigger.schedule", 450, 200);
  await editor.open(clock);
  await pane.getByLabel("When", { exact: true }).fill("0 8 * * 1-5");
  await editor.close();
  const hand = await editor.place("trigger.manual", 450, 400);
  const table = await editor.pull(hand, "out", 720, 400, "core.table");
  await editor.connect(clock, "out", table);
  const choose = await editor.pull(table, "out", 1000, 400, "core.switch");
  const wait = await editor.pull(choose, "default", 1000, 620, "core.wait");
  const stop = await editor.pull(wait, "out", 1300, 620, "core.stop");
  await editor.saved();
  // What is a list of rows is quicker written than clicked here: the forms of lists are tested on their own.
  const draft = await api(page, "GET", `/flows/${id}`);
  const set = (node, value) => {
    draft.flow.nodes.find((n) => n.id === node).with = value;
  };
  set(table, { match: "sum", rows: [{ when: "{{ true }}", value: 3 }] });
  set(choose, { cases: [{ port: "high", when: `{{ steps.${table}.output.value > 5 }}` }] });
  await page.evaluate(
    ([path, revision, flow]) =>
      fetch(path, {
        method: "PUT",
        headers: { "content-type": "application/json", "if-match": `"${revision}"` },
        body: JSON.stringify(flow),
      }),
    [`/api/v1/flows/${id}`, draft.revision, draft.flow],
  );
  await page.reload();
  await editor.open(wait);
  await pane.getByLabel("For", { exact: true }).fill("1s");
  await editor.close();
  await editor.open(stop);
  await pane.getByLabel("Outcome", { exact: true }).selectOption("succeeded");
  await editor.close();
  await editor.saved();
  await page.getByText("No problems").waitFor();
  await page.getByTestId("run").click();
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  await shot(page, "decide");
  const { items } = await api(page, "GET", `/runs?flow=${id}`);
  const run = await api(page, "GET", `/runs/${items[0].id}`);
  assert.equal(run.steps[stop].state, "succeeded");
  assert.equal(run.steps[choose].port, "default");
  assert.deepEqual(page.faults, []);
});

test("a form is drawn with whom it asks, and is answered in the inbox", async (t) => {
  const { page, id, editor, pane } = await empty(t, "Ask");
  const hand = await editor.place("trigger.manual", 450, 300);
  const form = await editor.pull(hand, "out", 800, 300, "core.form");
  await editor.open(form);
  await pane.getByLabel("Title", { exact: true }).fill("Which host was it?");
  const ask = pane.locator('[data-pointer="/to"]');
  await ask.getByRole("textbox").first().fill("role:analyst");
  await page.keyboard.press("Enter");
  await shot(page, "form-inspector");
  await editor.close();
  await editor.saved();
  const { flow } = await api(page, "GET", `/flows/${id}`);
  assert.deepEqual(flow.nodes.find((n) => n.id === form).with.to, ["role:analyst"]);
  assert.deepEqual(page.faults, []);
});

test("nodes are dropped into loops that lie in one another, and a called flow is chosen", async (t) => {
  const { page, id, editor, pane } = await empty(t, "Loops");
  const called = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "Called",
    nodes: [{ id: "called", type: "trigger.flow", position: [0, 0] }],
    edges: [],
    output: "{{ trigger.body + 1 }}",
  });
  await api(page, "POST", `/flows/${called.id}/publish`, {});
  await page.reload();
  const hand = await editor.place("trigger.manual", 380, 250);
  const each = await editor.pull(hand, "out", 700, 250, "core.foreach");
  await editor.open(each);
  await editor.expression("Items", "{{ [1, 2] }}");
  await editor.close();
  const inside = await editor.centre(`node-${each}`);
  const call = await editor.place("core.call", inside.x + 10, inside.y + 20);
  await editor.saved();
  await editor.open(call);
  await pane.getByLabel("Flow", { exact: true }).selectOption({ label: "Called" });
  await editor.expression("Input", "{{ item }}");
  await editor.close();
  await editor.saved();
  const { flow } = await api(page, "GET", `/flows/${id}`);
  assert.equal(flow.nodes.find((n) => n.id === call).parent, each);
  await page.getByTestId("run").click();
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  const { items } = await api(page, "GET", `/runs?flow=${id}`);
  const run = await api(page, "GET", `/runs/${items[0].id}`);
  assert.deepEqual(run.steps[each].output, [2, 3]);
  await shot(page, "loops");
  assert.deepEqual(page.faults, []);
});
