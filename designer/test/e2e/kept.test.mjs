// The copy that a browser keeps of a draft until the server has it: whose it is, and when it is written.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  api,
  check,
  Editor,
  joined,
  openPage,
  PASSWORD,
  startBrowser,
  startServer,
  until,
} from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A flow of many steps, of which the first has an expression. */
const large = (n) => ({
  format: "drawbridge.flow/1",
  name: "Large",
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    ...Array.from({ length: n }, (_, i) => ({
      id: `n${i}`,
      type: "core.set",
      name: `Step ${i}`,
      position: [240 * (1 + (i % 40)), 120 * Math.floor(i / 40)],
      with: { text: `{{ trigger.body.?field.orValue("${i}") }}` },
    })),
  ],
  edges: [{ from: "go", to: "n0" }],
});

async function open(t, flow) {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", flow);
  await page.goto(`${server.base}/flows/${id}?node=n0`);
  await page.getByTestId("inspector").waitFor();
  return { page, id, editor: new Editor(page) };
}

const copies = (page) =>
  page.evaluate(() =>
    Object.entries(localStorage).flatMap(([key, text]) =>
      key.startsWith("drawbridge.draft.") ? [text] : [],
    ),
  );

/** As long as this page stands the server can't be reached for saves, not even when it is left. */
const cut = (page) =>
  page.evaluate(() => {
    const { fetch } = window;
    window.fetch = (to, init) =>
      init?.method === "PUT" ? Promise.reject(new TypeError("cut")) : fetch(to, init);
  });

test("a key that is typed in a large flow doesn't write the copy", async (t) => {
  const { page } = await open(t, large(999));
  await cut(page);
  const field = page.getByTestId("inspector").locator(".cm-content").first();
  await field.click();
  await page.keyboard.press("End");
  // What waits for a pause waits on until all is typed, however slow the machine is.
  await page.evaluate(() => {
    window.written = 0;
    window.held = [];
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (...args) {
      window.written++;
      return setItem.apply(this, args);
    };
    const { setTimeout } = window;
    window.setTimeout = (run, ms, ...args) =>
      ms < 100 ? setTimeout(run, ms, ...args) : -window.held.push(() => run(...args));
  });
  const keys = "x".repeat(20);
  await page.keyboard.type(keys);
  await until("the keys", async () => (await field.innerText()).includes(keys));
  assert.equal(await page.evaluate(() => window.written), 0);
  await until("the copy", async () => {
    await page.evaluate(() => {
      for (const run of window.held.splice(0)) run();
    });
    return (await copies(page)).some((copy) => copy.includes(keys));
  });
  assert.deepEqual(page.faults, []);
});

test("a copy is offered to whom it belongs, and not to who logs in next", async (t) => {
  const { page, id, editor } = await open(t, large(1));
  const { link } = await api(page, "POST", "/users", { name: "second", role: "author" });
  await cut(page);
  // What is changed just before the page is left is kept as well.
  await editor.rename("Named by the first");
  await page.goto(`${server.base}/settings`);
  await page.getByTestId("logout").click();
  await page.waitForURL("**/login");
  assert.equal((await copies(page)).length, 1, "what the server lacks is kept");

  await page.goto(server.base + link.path);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password again").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/flows");
  await page.goto(`${server.base}/flows/${id}`);
  const name = page.getByTestId("node-n0");
  await name.waitFor();
  await editor.saved();
  assert.match(await name.innerText(), /Step 0/);
  await page.goto(`${server.base}/settings`);
  await page.getByTestId("logout").click();
  await page.waitForURL("**/login");

  await page.getByLabel(/name/i).first().fill("admin");
  await page
    .getByLabel(/password/i)
    .first()
    .fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/flows");
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByText(/kept in this browser are in the draft again/).waitFor();
  await editor.saved();
  assert.match(await name.innerText(), /Named by the first/);
  assert.deepEqual(await copies(page), []);
  assert.deepEqual(page.faults, []);
});

for (const theme of ["light", "dark"])
  test(`a copy of somebody who may only read now stays theirs, in ${theme}`, async (t) => {
    const { page: admin, id } = await open(t, large(1));
    const page = await joined(browser, server, admin, `author-${theme}`, "author", theme);
    t.after(() => page.context().close());
    const { id: user } = await api(page, "GET", "/me");
    // Another role ends all sessions.
    const become = async (role) => {
      await api(admin, "PUT", `/users/${user}`, { role, disabled: false });
      await page.request.post(`${server.base}/api/v1/session`, {
        ...{ data: { name: `author-${theme}`, password: PASSWORD }, headers: { origin: server.base } },
      });
    };
    const name = page.getByTestId("node-n0");
    const go = async () => {
      await page.goto(`${server.base}/flows/${id}`);
      await name.waitFor();
    };
    // The admin's own editor is in nobody's way.
    await admin.goto(`${server.base}/settings`);
    await page.goto(`${server.base}/flows/${id}?node=n0`);
    await page.getByTestId("inspector").waitFor();
    await cut(page);
    await new Editor(page).rename("Drawn before");
    await until("the copy", async () => (await copies(page)).length === 1);
    await become("viewer");
    await go();
    const told = page.getByTestId("drawn-unsaved");
    await told.getByText(/What you drew before and was not saved is kept in this browser/).waitFor();
    await check(page, `kept-reader-${theme}`);
    // Somebody else saves it meanwhile, as often as they like.
    const { flow, revision } = await api(admin, "GET", `/flows/${id}`);
    const other = { ...flow, description: "Described by another" };
    await api(admin, "PUT", `/flows/${id}`, other, { "If-Match": `"${revision}"` });
    await page.getByText("you see its newest state").waitFor();
    assert.equal((await copies(page)).length, 1);
    await become("author");
    await go();
    await page.getByText(/kept in this browser are in the draft again/).waitFor();
    await name.getByText("Drawn before").waitFor();
    await until("it is saved", async () => (await copies(page)).length === 0);
    const now = (await api(admin, "GET", `/flows/${id}`)).flow;
    assert.deepEqual([now.description, now.nodes[1].name], ["Described by another", "Drawn before"]);
    assert.deepEqual(page.faults, []);
  });
