// Before a flow is deleted one is told what goes with it, what stays, and whom it leaves without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const node = (id, type, x, given) => ({ id, type, position: [x, 0], ...(given ? { with: given } : {}) });
const flowOf = (name, nodes, edges) => ({ format: "drawbridge.flow/1", name, nodes, edges });

const CALLED = flowOf(
  "Called \u202Eby",
  [
    node("hand", "trigger.manual", 0),
    node("hook", "trigger.webhook", 0),
    node("night", "trigger.schedule", 0, { cron: "0 3 * * *", zone: "UTC" }),
    node("flow", "trigger.flow", 0),
    node("rest", "core.wait", 240, { for: "{{ trigger.body.for }}" }),
  ],
  ["hand", "hook", "night", "flow"].map((from) => ({ from, to: "rest" })),
);
const calling = (name, flow) =>
  flowOf(
    name,
    [node("go", "trigger.manual", 0), node("ask", "core.call", 240, { flow })],
    [{ from: "go", to: "ask" }],
  );

async function dialogOf(page, id) {
  await page.goto(`${server.base}/flows`);
  await page
    .getByTestId(`flow-${id}`)
    .getByRole("button", { name: /^More for/ })
    .click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByTestId("consequences").waitFor();
  return dialog;
}

for (const theme of ["light", "dark"])
  test(`what goes with a flow is told in numbers, in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    const { id } = await api(page, "POST", "/flows", CALLED);
    const answer = await api(page, "POST", `/flows/${id}/publish`, {});
    assert.equal(answer.version, 1, JSON.stringify(answer));
    for (const time of ["1ms", "1ms", "3h"])
      await api(page, "POST", `/flows/${id}/runs?wait=${time === "3h" ? "0s" : "20s"}`, {
        ...{ input: { for: time }, trigger: "hand" },
      });
    const live = await api(page, "POST", "/flows", calling(`Caller, live ${theme}`, id));
    assert.equal((await api(page, "POST", `/flows/${live.id}/publish`, {})).version, 1);
    await api(page, "POST", "/flows", calling(`Caller, drawn ${theme}`, id));
    const dialog = await dialogOf(page, id);
    assert.match(await dialog.innerText(), /Delete “Called \[U\+202E\]by”\?/);
    const told = (await dialog.getByTestId("consequences").innerText()).split("\n").filter(Boolean);
    assert.deepEqual(told, [
      "3 runs stay readable.",
      "1 run is at work and goes on; what it asks people can still be answered.",
      "1 hook address in use stops answering.",
      "2 triggers in use (Schedule, Call) end.",
      `2 flows call it or may, and those calls will fail: Caller, drawn ${theme} (its draft), Caller, live ${theme}.`,
    ]);
    await check(page, `delete-flow-${theme}`);
    await dialog.getByLabel(/Type/).fill(CALLED.name);
    await dialog.getByTestId("confirm-delete").click();
    await until("the end", async () => (await api(page, "GET", `/flows/${id}`)).status === 404);
    assert.deepEqual(page.faults, []);
  });

test("of a draft that nothing names little is told", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", CALLED);
  const dialog = await dialogOf(page, id);
  assert.equal(await dialog.getByTestId("consequences").innerText(), "It has no runs.");
  assert.deepEqual(page.faults, []);
});

test("who deletes the flow that is open is not told that somebody did, and no copy of it stays", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  for (let i = 0; i < 3; i++) {
    const { id } = await api(page, "POST", "/flows", CALLED);
    await page.goto(`${server.base}/flows/${id}`);
    await page.getByTestId("node-hand").waitFor();
    await page.evaluate(() => {
      globalThis.told = 0;
      const look = () => {
        if (document.body.innerText.includes("Somebody deleted it")) globalThis.told++;
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByTestId("flow-menu").click();
    await page.getByRole("menuitem", { name: "Delete the flow…" }).click();
    await page.getByRole("dialog").getByLabel(/Type/).fill("Called [U+202E]by");
    await page.getByTestId("confirm-delete").click();
    await page.waitForURL(`${server.base}/flows`);
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes(".draft.")));
    assert.deepEqual([await page.evaluate(() => globalThis.told), kept], [0, []]);
  }
  assert.deepEqual(page.faults, []);
});
