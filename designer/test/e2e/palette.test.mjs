// What can be added is found by what people call it, and a wire offers what fits it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, openPage, startBrowser, startServer, until } from "./harness.mjs";

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
  format: "drawbridge.flow/1",
  name: "Begun",
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    { id: "gate", type: "core.if", name: "Gate", position: [240, 0], with: { condition: "{{ true }}" } },
  ],
  edges: [{ from: "go", to: "gate" }],
};

async function open(t) {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", FLOW);
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("node-gate").waitFor();
  const edges = async () =>
    (await api(page, "GET", `/flows/${id}`)).flow.edges.map((e) => `${e.from}>${e.to}`);
  return { page, editor: new Editor(page), edges };
}

test("the palette finds by name, vendor, synonym and what an action may do; of equals the last used comes first", async (t) => {
  const { page } = await open(t);
  const search = page.getByTestId("palette-search");
  const found = async () =>
    page
      .locator(".palette-list .palette-item")
      .evaluateAll((all) => all.map((e) => e.dataset.testid.slice("palette-".length)));
  const first = async (query, type) => {
    await search.fill(query);
    await until(`${type} by ${query}`, async () => (await found())[0] === type);
  };
  await first("parse a mail", "email.parse");
  await first("email", "email.parse");
  await first("else", "core.if");
  await first("cron", "trigger.schedule");
  await search.fill("writes");
  await until("what writes", async () => (await found()).includes("http.request"));
  await search.fill("zzz");
  await page.getByText("Nothing is called that here.").waitFor();

  // What was added last leads what is as near.
  await search.fill("loop");
  const before = await found();
  assert.ok(before.length > 1);
  await page.getByTestId(`palette-${before[1]}`).click();
  await page.keyboard.press("Escape");
  await search.fill("");
  await first("loop", before[1]);
});

test("a wire that is let go on the canvas offers what fits, and is joined to it on the side it came from", async (t) => {
  const { page, editor, edges } = await open(t);
  const offered = () =>
    page
      .getByTestId("add-menu")
      .getByRole("option")
      .evaluateAll((all) => all.map((e) => e.dataset.testid.slice("add-".length)));
  // From an output: anything but what starts a flow.
  const out = await editor.centre("port-gate-true");
  await editor.drag(out, { x: out.x + 160, y: out.y - 120 });
  await page.getByTestId("add-menu").waitFor();
  const after = await offered();
  assert.ok(after.includes("core.set") && after.includes("core.stop"));
  assert.deepEqual(
    after.filter((type) => type.startsWith("trigger.")),
    [],
  );
  await check(page, "add-menu");
  await page.keyboard.type("answer");
  await until("the nearest", async () => (await offered())[0] === "core.respond");
  await page.keyboard.press("Enter");
  await until("its wire", async () => (await edges()).includes("gate.true>respond"));
  await until("the focus in its parameters", () =>
    page.evaluate(() => document.activeElement?.closest(".pane-parameters") !== null),
  );

  // From an input: what has a way out.
  const input = await editor.centre("in-gate");
  await editor.drag(input, { x: input.x - 60, y: input.y + 200 });
  await page.getByTestId("add-menu").waitFor();
  const before = await offered();
  assert.ok(before.includes("trigger.webhook") && before.includes("core.set"));
  assert.ok(!before.includes("core.stop"), "what ends a flow leads nowhere");
  await page.getByTestId("add-trigger.webhook").click();
  await until("its wire", async () => (await edges()).some((e) => /^webhook>gate$/.test(e)));

  // Escape leaves the flow as it is.
  await editor.close();
  const count = (await edges()).length;
  const other = await editor.centre("port-gate-false");
  await editor.drag(other, { x: other.x + 40, y: other.y + 300 });
  await page.getByTestId("add-menu").waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("add-menu").waitFor({ state: "detached" });
  assert.equal((await edges()).length, count);
  assert.deepEqual(page.faults, []);
});

test("what is chosen is duplicated by a key, and its wires inside go along", async (t) => {
  const { page, edges } = await open(t);
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+d");
  await until("the copies", async () => (await edges()).length === 2);
  assert.ok((await edges()).some((e) => !e.includes("go>gate")));
  await page.keyboard.press("ControlOrMeta+z");
  await until("one again", async () => (await edges()).length === 1);
});

test("a node is added at the pointer: by a double-click, and by a key", async (t) => {
  const { page, editor } = await open(t);
  const canvas = await page.getByTestId("canvas").boundingBox();
  const at = { x: canvas.x + 220, y: canvas.y + 520 };
  await page.mouse.dblclick(at.x, at.y);
  await page.getByTestId("add-menu").waitFor();
  await page.keyboard.type("wait");
  await page.keyboard.press("Enter");
  await page.getByTestId("inspector").waitFor();
  const near = async (id, { x, y }) => {
    const card = await editor.centre(`node-${id}`);
    assert.ok(Math.abs(card.x - x) < 24 && Math.abs(card.y - y) < 24, JSON.stringify([card, { x, y }]));
  };
  await near("wait", at);
  // One goes on in what was added.
  const inside = () => page.evaluate(() => document.activeElement?.closest(".pane-parameters") !== null);
  await until("the focus in its parameters", inside);
  await editor.close();

  // By a key, where the pointer is; Escape gives the focus back to the canvas.
  await page.mouse.click(canvas.x + 300, canvas.y + 120);
  await page.mouse.move(canvas.x + 560, canvas.y + 90, { steps: 3 });
  await page.keyboard.press("Shift+A");
  await page.getByTestId("add-menu").waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("add-menu").waitFor({ state: "detached" });
  await page.keyboard.press("Shift+A");
  await page.getByTestId("add-menu").waitFor();
  await page.keyboard.type("set fields");
  await page.keyboard.press("Enter");
  await page.getByTestId("inspector").waitFor();
  await near("set_fields", { x: canvas.x + 560, y: canvas.y + 90 });
  // A card that is clicked twice is no bare canvas.
  await editor.close();
  await page.getByTestId("node-wait").dblclick({ position: { x: 20, y: 20 } });
  assert.equal(await page.getByTestId("add-menu").count(), 0);
  assert.deepEqual(page.faults, []);
});
