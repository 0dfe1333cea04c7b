// Running from the editor: pinned outputs, parts of a flow, recorded inputs, with the real server behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const set = (id, name, x, n) => ({ id, type: "core.set", name, position: [x, 0], with: { n } });

/** Four steps in a row, of which one has two ways out. */
const CHAIN = {
  format: "drawbridge.flow/1",
  name: "Chain",
  nodes: [
    { id: "go", type: "trigger.manual", name: "Start", position: [0, 0] },
    set("first", "First", 240, "{{ trigger.body.?n.orValue(1) }}"),
    set("second", "Second", 480, "{{ steps.first.output.n * 10 }}"),
    {
      id: "gate",
      type: "core.if",
      name: "Gate",
      position: [720, 0],
      with: { condition: "{{ steps.second.output.n > 50 }}" },
    },
    { ...set("high", "High", 960, "{{ steps.second.output.n + 1 }}"), position: [960, -80] },
    { ...set("low", "Low", 960, 0), position: [960, 80] },
  ],
  edges: [
    { from: "go", to: "first" },
    { from: "first", to: "second" },
    { from: "second", to: "gate" },
    { from: "gate.true", to: "high" },
    { from: "gate.false", to: "low" },
  ],
};

async function open(t, theme, flow = CHAIN) {
  const page = await openPage(browser, server, { colorScheme: theme });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", flow);
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("node-first").waitFor();
  return { page, id, editor: new Editor(page) };
}

const ended = async (page, state = "succeeded", last = "") =>
  until(`a run that ${state}`, async () => {
    const pill = page.getByTestId("run-pill");
    const run = await pill.getAttribute("data-run");
    return run !== last && (await pill.getAttribute("data-state")) === state ? run : undefined;
  });

const stateOf = (page, node) => page.getByTestId(`node-${node}`).getAttribute("data-state");
const card = (page, node) => page.locator(`.react-flow__node[data-id="${node}"]`);
const output = (page) => page.getByTestId("run-output").innerText();

test("an output is pinned, edited, taken by runs, and unpinned", async (t) => {
  const { page, id, editor } = await open(t, "light");
  await page.getByTestId("run").click();
  const before = await ended(page);
  assert.equal(await stateOf(page, "low"), "succeeded");
  await editor.open("second");
  const pane = page.getByTestId("inspector");
  await pane.getByTestId("pin-output").click();
  await pane.getByTestId("pin-note").waitFor();
  await page.getByTestId("pin-second").waitFor();
  assert.match(await page.getByTestId("pins").innerText(), /1 pinned/);

  await pane.getByTestId("edit-pin").click();
  const json = page.getByTestId("pin-json").locator(".cm-content");
  await json.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText('{"n": ');
  await until("the fault", async () => /Not JSON/.test(await page.getByTestId("pin-json").innerText()));
  assert.equal(await page.getByTestId("save-pin").isDisabled(), true);
  await page.keyboard.insertText("99}");
  await check(page, "pin-dialog");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.getByTestId("save-pin").waitFor({ state: "detached" });

  await page.getByTestId("run").click();
  const pinned = await ended(page, "succeeded", before);
  await until("the other way", async () => (await stateOf(page, "high")) === "succeeded");
  assert.match(await page.getByTestId("timeline").innerText(), /Second\s+Pinned/);
  assert.match(await pane.innerText(), /Pinned/);
  await check(page, "pinned");
  assert.deepEqual((await api(page, "GET", `/runs/${pinned}/steps/second`)).output, { n: 99 });
  // It is on the server, for whoever opens the draft.
  await page.reload();
  await page.getByTestId("pin-second").waitFor();

  await page.getByTestId("pins").click();
  await page.getByRole("menuitem", { name: "Run without pinned outputs" }).click();
  await ended(page, "succeeded", pinned);
  await until("the first way", async () => (await stateOf(page, "high")) === "skipped");

  await pane.getByTestId("unpin").click();
  await page.getByTestId("pin-second").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo", exact: true }).last().click();
  await page.getByTestId("pin-second").waitFor();
  assert.deepEqual((await api(page, "GET", `/flows/${id}/pins`)).items[0].output, { n: 99 });
  assert.deepEqual(page.faults, []);
});

test("what a step is foreseen to give follows the pins before it", async (t) => {
  const { page, id, editor } = await open(t, "light");
  await api(page, "PUT", `/flows/${id}/samples`, { items: [{ name: "one", trigger: "go", input: {} }] });
  await api(page, "PUT", `/flows/${id}/pins/second`, { output: { n: 99 } });
  await page.reload();
  await page.getByTestId("pin-second").waitFor();
  await editor.open("gate");
  const pane = page.getByTestId("inspector").getByLabel("Output", { exact: true }).first();
  await until("the value with the pin", async () => /result\W+true/.test(await pane.innerText()));
  await check(page, "foreseen");
  await editor.open("second");
  assert.doesNotMatch(await pane.innerText(), /Not run yet/, "its pin is told once");
  await pane.getByTestId("unpin").click();
  await until("its own value", async () => /n\W+10/.test(await pane.innerText()));
  await editor.open("gate");
  await until("the value without it", async () => /result\W+false/.test(await pane.innerText()));
  assert.deepEqual(page.faults, []);
});

test("a pin goes with its node's id, there and back", async (t) => {
  const { page, id, editor } = await open(t, "light");
  await api(page, "PUT", `/flows/${id}/pins/second`, { output: { n: 99 } });
  await page.reload();
  await page.getByTestId("pin-second").waitFor();
  const pinned = async () => (await api(page, "GET", `/flows/${id}/pins`)).items.map((p) => p.node).join();
  await editor.open("second");
  await page.getByTestId("node-id").click();
  await page.getByLabel("Id of the node").fill("other");
  await page.getByLabel("Id of the node").press("Enter");
  await until("the pin at the new id", async () => (await pinned()) === "other");
  await page.getByTestId("pin-other").waitFor();
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+z");
  await until("the pin at the old id", async () => (await pinned()) === "second");
  await page.getByTestId("pin-second").waitFor();
  await page.keyboard.press("Control+Shift+z");
  await until("the pin at the new id again", async () => (await pinned()) === "other");
  await page.keyboard.press("Control+z");
  await until("the pin at the old id again", async () => (await pinned()) === "second");
  assert.deepEqual(page.faults, []);
});

test("data is pinned by keys where nothing ran yet, with the way out", async (t) => {
  const { page } = await open(t, "dark");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Home");
  for (let i = 0; i < 3; i++) await page.keyboard.press("PageDown");
  await page.keyboard.press("Shift+P");
  await page.getByTestId("pin-port").selectOption("true");
  await check(page, "pin-dialog-dark");
  await page.getByTestId("pin-json").locator(".cm-content").press("ControlOrMeta+Enter");
  await page.getByTestId("pin-gate").waitFor();
  await page.getByTestId("canvas").focus();
  await page.getByTestId("run").click();
  await ended(page);
  await until("the pinned way", async () => (await stateOf(page, "high")) === "succeeded");
  await page.getByTestId("node-gate").click();
  await check(page, "pinned-dark");
  await page.getByRole("link", { name: /^run / }).click();
  await page.getByTestId("timeline").getByText("Gate").click();
  await until("the word", async () => /Pinned/.test(await page.locator(".inspector").innerText()));
  await check(page, "pinned-run-dark");
  assert.deepEqual(page.faults, []);
});

test("a dry run is called one where it is seen", async (t) => {
  const { page } = await open(t);
  await page.getByTestId("run").click();
  const real = await ended(page);
  assert.equal(await page.getByTestId("dry-run-badge").count(), 0);
  await page.getByTestId("dry-run").click();
  await ended(page, "succeeded", real);
  await page.getByTestId("dry-run-badge").waitFor();
  // What people began by hand is called so among the inputs.
  const inputs = await page.getByTestId("sample").locator("option").allInnerTexts();
  assert.ok(
    inputs.some((name) => / · by hand · /.test(name)),
    inputs.join(),
  );
});

test("a run without pins stays one where its input is asked for first", async (t) => {
  const input = { type: "object", required: ["n"], properties: { n: { type: "integer" } } };
  const { page, id } = await open(t, "light", { ...CHAIN, input });
  await api(page, "PUT", `/flows/${id}/pins/second`, { output: { n: 99 } });
  await page.reload();
  await page.getByTestId("pins").click();
  await page.getByRole("menuitem", { name: "Run without pinned outputs" }).click();
  await page.getByTestId("run-input-form").getByLabel("n", { exact: true }).fill("2");
  await page.getByTestId("run-input").click();
  const run = await ended(page);
  assert.deepEqual((await api(page, "GET", `/runs/${run}/steps/second`)).output, { n: 20 });
  await page.getByTestId("run").click();
  const next = await ended(page, "succeeded", run);
  assert.deepEqual((await api(page, "GET", `/runs/${next}/steps/second`)).output, { n: 99 });
  assert.deepEqual(page.faults, []);
});

test("a part is run: what it runs, keeps and changes is said before", async (t) => {
  const { page, editor } = await open(t, "light");
  const plan = () => page.getByTestId("part-plan").innerText();
  // Nothing ran yet: the flow is run up to the step.
  await page.getByTestId("node-second").click();
  await page.getByTestId("run-part").click();
  await page.getByRole("menuitem", { name: /Run this step/ }).click();
  await until("the plan", async () => /Runs 2\./.test(await plan()));
  assert.match(await page.getByTestId("part").innerText(), /No earlier run/);
  await check(page, "part-until");
  await page.getByTestId("run-part-now").click();
  const first = await ended(page);
  await until("the rest to be skipped", async () => (await stateOf(page, "gate")) === "skipped");
  await until("its output", async () => /Output of Second/.test(await output(page)));

  // The next step alone, on what that run made.
  await editor.close();
  await page.getByTestId("node-gate").click();
  await page.keyboard.press("Escape");
  await card(page, "gate").focus();
  await page.keyboard.press("Shift+S");
  await until("the plan", async () => /Runs 1, keeps 2 of run/.test(await plan()));
  await shot(page, "part-only");
  await until("the button's focus", () =>
    page.evaluate(() => document.activeElement?.dataset.testid === "run-part-now"),
  );
  await page.keyboard.press("Enter");
  const only = await ended(page, "succeeded", first);
  await until(
    "Gate alone",
    async () => (await stateOf(page, "gate")) === "succeeded" && (await stateOf(page, "low")) === "skipped",
  );
  assert.match(await page.getByTestId("timeline").innerText(), /Second\s+Kept from run/);

  // From here on, after the draft was changed behind it.
  await card(page, "gate").focus();
  await page.keyboard.press("Shift+R");
  await until("the plan", async () => /Runs 3, keeps 2/.test(await plan()));
  await page.keyboard.press("Escape");
  assert.equal(await page.getByTestId("part").count(), 0);
  await card(page, "gate").focus();
  await page.keyboard.press("Shift+R");
  await page.getByTestId("run-part-now").click();
  await ended(page, "succeeded", only);
  await until("Low", async () => (await stateOf(page, "low")) === "succeeded");

  // A step whose input the run doesn't have any more says so, and what to do instead.
  await editor.open("first");
  await editor.expression("n", "{{ 7 }}");
  await editor.saved();
  await editor.close();
  await card(page, "gate").focus();
  await page.keyboard.press("Shift+S");
  await page.getByTestId("until-instead").waitFor();
  await check(page, "part-refused");
  await page.getByTestId("until-instead").click();
  await until("the plan", async () => /Runs 3\./.test(await plan()));
  assert.deepEqual(page.faults, []);
});

test("what runs began with is at hand, and is kept as a sample", async (t) => {
  const { page, id } = await open(t, "light");
  const options = () => page.getByTestId("sample").locator("option").allInnerTexts();
  assert.match((await options()).join("\n"), /None yet: run the flow/);
  const { id: run } = await api(page, "POST", `/flows/${id}/runs?wait=20s`, {
    input: { n: 42 },
    version: "draft",
  });
  await page.reload();
  const recorded = await until("the recorded input", async () =>
    (await options()).find((o) => o.includes(" · by hand · ")),
  );
  await page.getByTestId("sample").selectOption({ label: recorded });
  await page.getByTestId("keep-recorded").waitFor();
  await shot(page, "recorded");
  await page.getByTestId("run").click();
  const again = await ended(page, "succeeded", run);
  assert.deepEqual((await api(page, "GET", `/runs/${again}`)).input, { n: 42 });
  await page.getByTestId("keep-recorded").click();
  await page.getByTestId("keep-recorded").waitFor({ state: "detached" });
  assert.deepEqual(
    (await api(page, "GET", `/flows/${id}/samples`)).items.map((s) => s.input),
    [{ n: 42 }],
  );
  assert.deepEqual(page.faults, []);
});
