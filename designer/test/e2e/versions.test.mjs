// What changed between versions, on the canvas and as a list, against the real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  browser = await startBrowser();
  server = await startServer();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const node = (id, x, over = {}) => ({ id, type: "core.set", name: `Step ${id}`, position: [x, 0], ...over });
const flow = (nodes, edges) => ({
  ...{
    format: "drawbridge.flow/1",
    name: "Versions",
    nodes: [{ id: "hook", type: "trigger.webhook", position: [0, 0] }, ...nodes],
  },
  edges: edges.map(([from, to]) => ({ from, to })),
});

test("a draft and a version are compared on the canvas, in both themes", async (t) => {
  const page = await openPage(browser, server);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
  const first = flow(
    [node("kept", 256), node("gone", 512), node("moved", 768)],
    [
      ["hook", "kept"],
      ["kept", "gone"],
      ["gone", "moved"],
    ],
  );
  const { id } = await api(page, "POST", "/flows", first);
  await api(page, "POST", `/flows/${id}/publish`, { message: "the first" });
  const second = flow(
    [
      node("kept", 256, { name: "Another name" }),
      node("fresh", 512, { position: [512, 120] }),
      node("moved", 900),
    ],
    [
      ["hook", "kept"],
      ["kept", "fresh"],
      ["fresh", "moved"],
    ],
  );
  await api(page, "PUT", `/flows/${id}`, { ...second, id }, { "If-Match": '"1"' });

  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  await page.getByTestId("diff-1").click();
  await page.waitForURL(/\/diff\?/);
  const kinds = () =>
    page.$$eval(".card-node[data-diff]", (all) =>
      all.map((e) => `${e.dataset.testid}:${e.dataset.diff}`).sort(),
    );
  const all = ["node-fresh:added", "node-gone:removed", "node-kept:changed", "node-moved:moved"];
  await until("what changed", async () => JSON.stringify(await kinds()) === JSON.stringify(all));
  await check(page, "version-diff-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await until("the dark theme", () => page.evaluate(() => document.documentElement.dataset.theme === "dark"));
  await page.waitForTimeout(300); // colours fade, from the next frame on
  await check(page, "version-diff-dark");

  // The list leads to the canvas, and the address keeps both sides.
  await page.getByRole("button", { name: "Step gone" }).click();
  await until(
    "the chosen one",
    async () => (await page.getByTestId("node-gone").getAttribute("data-selected")) === "true",
  );
  await page.getByLabel("After", { exact: true }).selectOption("1");
  await page.getByText("Nothing changed.").waitFor();
  await page.reload();
  await page.getByText("Nothing changed.").waitFor();
  assert.match(page.url(), /from=1.*to=1/);
});

test("a live flow is taken off line and on line again, and the list says so", async (t) => {
  const page = await openPage(browser, server);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
  const { id } = await api(page, "POST", "/flows", {
    ...flow([node("one", 256)], [["hook", "one"]]),
    name: "Halting",
  });
  const { hooks } = await api(page, "POST", `/flows/${id}/publish`, {});
  const deliver = () =>
    page.evaluate(
      async (hook) =>
        (await fetch(hook, { method: "POST", body: "{}", headers: { "content-type": "application/json" } }))
          .status,
      hooks.hook,
    );
  assert.equal(await deliver(), 202);
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Take off line" }).click();
  await page.getByText("Off line · v1").waitFor();
  assert.equal(await deliver(), 404);
  await check(page, "off-line");
  await page.goto(`${server.base}/flows`);
  await page.getByTestId(`flow-${id}`).getByText("Off line · v1").waitFor();
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("flow-menu").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("on line");
  await page.keyboard.press("Enter");
  await page.getByText("Live · v1").waitFor();
  await until("the webhook", async () => (await deliver()) === 202);
});

test("a problem of the flow itself leads to its settings", async (t) => {
  const page = await openPage(browser, server);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
  const short = { ...flow([node("one", 256)], [["hook", "one"]]), name: "Forgetful", limits: { keep: "1h" } };
  const { id } = await api(page, "POST", "/flows", short);
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("problems-button").click();
  await page
    .getByTestId("problems")
    .getByRole("button", { name: /7d at least/ })
    .click();
  await page.getByRole("dialog", { name: "Settings of the flow" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});
