// Parameters of every kind that a schema can ask for are filled in as a person does, and reach the action as they were meant.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  api,
  check,
  Editor,
  installConnector,
  openPage,
  startBrowser,
  startServer,
  until,
} from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
  const page = await openPage(browser, server);
  await installConnector(page, join(import.meta.dirname, "forms"), "forms");
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const FLOW = {
  format: "drawbridge.flow/1",
  name: "Forms",
  connectors: { forms: "1.0.0" },
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    { id: "take", type: "forms.take", name: "Take", position: [240, 0] },
  ],
  edges: [{ from: "go", to: "take" }],
};

test("choices, lists, tables, objects and one of several shapes are filled in", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", FLOW);
  await page.goto(`${server.base}/flows/${id}?node=take`);
  const pane = page.getByTestId("inspector");
  const field = (name) => pane.getByLabel(name, { exact: true });
  const editor = new Editor(page);
  const saved = async () => (await api(page, "GET", `/flows/${id}`)).flow.nodes[1].with ?? {};

  await field("Severity").selectOption("high");
  await pane.getByRole("switch", { name: "Watch" }).click();
  await field("Count").fill("12");
  await field("Tags").fill("mail,");
  await field("Tags").pressSequentially("vip");
  await page.keyboard.press("Enter");

  // A table of names and values: a value of text stays one, whatever it looks like.
  await pane.getByRole("button", { name: "Add entry" }).click();
  await pane.getByTestId("field-name").fill("X-Case");
  await page.keyboard.press("Enter");
  await page.keyboard.type("0042");

  await field("Owner's name").fill("soc");

  // A list of objects: each has its own fields, and can be moved.
  const add = pane.getByRole("button", { name: "Add to rules" });
  for (const [i, [name, weight]] of [
    ["sender", "2.5"],
    ["domain", "1"],
  ].entries()) {
    await add.click();
    await field("Field").nth(i).fill(name);
    await field("Weight").nth(i).fill(weight);
  }
  await pane.getByRole("button", { name: "Move item 2 up" }).click();

  // One of several shapes: the fields are those of the chosen one.
  const shape = pane.locator('[data-pointer="/target"] select').first();
  await shape.selectOption({ label: "A network" });
  await field("Network").fill("10.0.0.0/8");
  await field("Depth").fill("3");
  await check(page, "fields");
  await editor.saved();
  const want = {
    severity: "high",
    watch: true,
    count: 12,
    tags: ["mail", "vip"],
    headers: { "X-Case": "0042" },
    owner: { name: "soc" },
    rules: [
      { field: "domain", weight: 1 },
      { field: "sender", weight: 2.5 },
    ],
    target: { network: "10.0.0.0/8", depth: 3 },
  };
  await until("all of it saved", async () => JSON.stringify(await saved()).length > 0);
  assert.deepEqual(await saved(), want);

  // The action takes what was meant.
  await page.getByTestId("run").click();
  const pill = page.getByTestId("run-pill");
  await until("the run's end", async () => (await pill.getAttribute("data-state")) === "succeeded");
  const run = await pill.getAttribute("data-run");
  assert.deepEqual((await api(page, "GET", `/runs/${run}/steps/take`)).output.got, want);

  // Another shape takes its place; undo takes back what was typed in it, and then brings the first one back with what it held.
  await shape.selectOption({ label: "A host" });
  await field("Host name").fill("pc-0231");
  await editor.saved();
  assert.equal((await saved()).target.host, "pc-0231");
  await page.getByTestId("undo").click();
  await page.getByTestId("undo").click();
  await editor.saved();
  assert.deepEqual((await saved()).target, want.target);
  assert.deepEqual(page.faults, []);
});
