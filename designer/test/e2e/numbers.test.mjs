// What is typed as a number is one, in each of the ways that people write them; and no text loses its spaces.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, Editor, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const FLOW = {
  ...{ format: "drawbridge.flow/1", name: "Numbers" },
  input: { type: "object", properties: { n: { type: "number" }, word: { type: "string" } } },
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    { id: "each", type: "core.foreach", position: [240, 0], size: [480, 200], with: { items: "{{ [1] }}" } },
    { id: "put", type: "core.set", position: [800, 0], with: { ratio: 1 } },
    { id: "high", type: "core.if", position: [1100, 0], with: { condition: "{{ trigger.body.n >= 1 }}" } },
    {
      id: "known",
      type: "core.if",
      position: [1400, 0],
      with: { condition: "{{ trigger.body.word in [' a', 'b'] }}" },
    },
  ],
  edges: [
    { from: "go", to: "each" },
    { from: "each", to: "put" },
    { from: "put", to: "high" },
    { from: "high.true", to: "known" },
  ],
};

test("1e5, .5 and -.5e-3 are numbers in fields and conditions; texts of a list keep their spaces", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", FLOW);
  const given = async (node) =>
    (await api(page, "GET", `/flows/${id}`)).flow.nodes.find((n) => n.id === node).with;
  await page.goto(`${server.base}/flows/${id}`);
  const editor = new Editor(page);
  const pane = page.getByTestId("inspector");
  const type = async (field, text) => {
    await field.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(text);
    await field.blur();
  };
  await page.getByTestId("node-each").waitFor();
  await page.goto(`${server.base}/flows/${id}?node=each`);
  await type(pane.getByRole("spinbutton").first(), "1e1");
  await until("the field", async () => (await given("each")).concurrency === 10);
  await page.goto(`${server.base}/flows/${id}?node=put`);
  for (const [typed, number] of [
    ["1e5", 100000],
    [".5", 0.5],
    ["-.5e-3", -0.0005],
  ]) {
    await type(pane.getByLabel("ratio", { exact: true }), typed);
    await until(typed, async () => (await given("put")).ratio === number);
  }
  await page.goto(`${server.base}/flows/${id}?node=high`);
  for (const [typed, written] of [
    ["1e5", "1e5"],
    [".5", "0.5"],
    ["-.5e-3", "-0.5e-3"],
  ]) {
    await type(pane.getByLabel("Condition: value"), typed);
    await until(typed, async () => (await given("high")).condition === `{{ trigger.body.n >= ${written} }}`);
  }
  await page.goto(`${server.base}/flows/${id}?node=known`);
  assert.equal(await pane.getByLabel("Condition: value").inputValue(), "' a', b");
  await type(pane.getByLabel("Condition: value"), "' a', c d");
  await until(
    "the list",
    async () => (await given("known")).condition === "{{ trigger.body.word in [' a', 'c d'] }}",
  );
  await editor.saved();
  // The server reads them as what they are.
  const { problems } = await api(page, "GET", `/flows/${id}`);
  assert.deepEqual(
    (problems ?? []).filter((p) => p.severity === "error"),
    [],
  );
  assert.deepEqual(page.faults, []);
});
