// Whoever works by keys stands somewhere after each change: what the focus was on may go, the focus does not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const DRAWN = {
  format: "drawbridge.flow/1",
  name: "Standing",
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    { id: "a", type: "core.set", position: [280, 0], with: { one: 1 } },
    { id: "b", type: "core.set", position: [560, 0], with: { two: 2 } },
    {
      ...{ id: "each", type: "core.foreach", position: [0, 200], size: [480, 200], collapsed: true },
      with: { items: "{{ [1] }}" },
    },
    { id: "free", type: "core.set", position: [560, 200], with: { three: 3 } },
  ],
  edges: [
    { from: "hand", to: "a" },
    { from: "a", to: "b" },
  ],
  groups: [{ id: "g", name: "First", nodes: ["hand", "a"] }],
};

async function opened(t, flow = DRAWN) {
  const page = await openPage(browser, server);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
  const { id } = await api(page, "POST", "/flows", flow);
  const go = async () => {
    await page.goto(`${server.base}/flows/${id}`);
    await page.locator(card("a")).waitFor();
  };
  await go();
  return { page, id, go, press: (keys) => page.keyboard.press(keys), editor: new Editor(page) };
}

const card = (id) => `.react-flow__node[data-id="${id}"]`;
const testid = (id) => `[data-testid="${id}"]`;

/** The focus is on something, and stays there once all has come to rest. */
async function stands(page, selector) {
  const at = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160));
  const here = () => page.evaluate((s) => document.activeElement?.matches(s) === true, selector);
  await until(`the focus on ${selector}`, here).catch(async () =>
    assert.fail(`${selector}; it is at ${await at()}`),
  );
  // What the library takes back, it takes back in the next frames.
  await page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))),
      ),
  );
  assert.ok(await here(), `${selector} keeps the focus; it is at ${await at()}`);
}

test("on undo and redo, also with the last step that there is", async (t) => {
  const { page, press } = await opened(t);
  await page.getByTestId("flow-name").fill("Named anew");
  await press("Enter");
  const [undo, redo] = [page.getByTestId("undo"), page.getByTestId("redo")];
  await undo.focus();
  await press("Enter");
  await until("the undo", async () => (await undo.getAttribute("aria-label")) === "Undo");
  await stands(page, testid("undo"));
  assert.ok(await undo.isDisabled(), "there is nothing to undo any more");
  await press("Enter");
  await redo.focus();
  await press("Enter");
  await until("the redo", async () => (await redo.getAttribute("aria-label")) === "Redo");
  await stands(page, testid("redo"));
  assert.equal(await page.getByTestId("flow-name").inputValue(), "Named anew");
  await check(page, "undo-focus");
});

test("on the card after the name was given", async (t) => {
  const { page, press } = await opened(t);
  await page.locator(card("a")).focus();
  await press("Enter");
  await page.getByTestId("inspector").waitFor();
  await page.getByTestId("node-name").focus();
  await press("ControlOrMeta+a");
  await page.keyboard.type("Take one");
  await press("Enter");
  await stands(page, card("a"));
  assert.match(await page.locator(card("a")).innerText(), /Take one/);
});

test("on the cards of a group that is undone", async (t) => {
  const { page, press } = await opened(t, { ...DRAWN, groups: [] });
  await page.getByTestId("canvas").focus();
  await press("ControlOrMeta+a");
  await press("ControlOrMeta+g");
  await page.getByTestId("group-field-group").waitFor();
  await press("Enter");
  await stands(page, testid("group-head-group"));
  await press("ControlOrMeta+z");
  await page.getByTestId("group-head-group").waitFor({ state: "detached" });
  await stands(page, ".react-flow__node.selected");
});

test("on the canvas after the addition of the card is undone", async (t) => {
  const { page, press } = await opened(t);
  await page.locator(card("b")).focus();
  await press("Enter");
  await page.getByTestId("inspector").waitFor();
  await press("Escape");
  await stands(page, card("b"));
  await press("ControlOrMeta+d");
  const twin = page.locator(`${card("b_2")}, .react-flow__node.selected:not([data-id="b"])`).first();
  await twin.waitFor();
  await twin.focus();
  await press("ControlOrMeta+z");
  await twin.waitFor({ state: "detached" });
  await stands(page, testid("canvas"));
});

test("on what is said of the pin, and on what pins again", async (t) => {
  const { page, press, id } = await opened(t);
  await api(page, "POST", `/flows/${id}/runs?wait=20s`, { input: {} });
  await page.reload();
  await page.locator(card("a")).focus();
  await press("Enter");
  await page.getByTestId("pin-output").focus();
  await press("Enter");
  await stands(page, testid("edit-pin"));
  await page.getByTestId("unpin").focus();
  await press("Enter");
  await stands(page, testid("pin-output"));
  await page.getByTestId("pin-data").focus();
  await press("Enter");
  await page.getByTestId("pin-json").waitFor();
  await press("ControlOrMeta+Enter");
  await page.getByTestId("pin-json").waitFor({ state: "detached" });
  await stands(page, testid("edit-pin"));
});

test("on the container that took what was let go over it", async (t) => {
  const { page, editor } = await opened(t);
  await editor.drag(await editor.centre("node-free"), await editor.centre("node-each"));
  await page.locator(card("free")).waitFor({ state: "detached" });
  await stands(page, card("each"));
});

test("on the next row after a flow was deleted, and in the end on how to begin", async (t) => {
  const { page, press } = await opened(t);
  const all = await api(page, "GET", "/flows?limit=100");
  for (const one of all.items)
    await page.evaluate((id) => fetch(`/api/v1/flows/${id}`, { method: "DELETE" }), one.id);
  const ids = [];
  for (const name of ["Third", "Second", "First"])
    ids.unshift((await api(page, "POST", "/flows", { ...DRAWN, name, groups: [] })).id);
  await page.goto(`${server.base}/flows`);
  const remove = async (name) => {
    await page.getByRole("button", { name: `More for ${name}` }).focus();
    await press("Enter");
    await page.getByRole("menuitem", { name: "Delete…" }).focus();
    await press("Enter");
    await page.getByLabel(/^Type/).fill(name);
    await press("Enter");
    await page.getByRole("button", { name: `More for ${name}` }).waitFor({ state: "detached" });
  };
  await page.locator(".flow-link").first().waitFor();
  const names = await page.locator(".flow-link").allInnerTexts();
  assert.equal(names.length, 3);
  const link = (name) => `.flow-link[href$="${ids[["First", "Second", "Third"].indexOf(name)]}"]`;
  await remove(names[1]);
  await stands(page, link(names[2]));
  await remove(names[2]);
  await stands(page, link(names[0]));
  await remove(names[0]);
  await stands(page, ".page-body button");
});

test("on the choice of files after Start over", async (t) => {
  const { page, press } = await opened(t);
  await page.goto(`${server.base}/import`);
  await page.getByTestId("import-files").setInputFiles({
    ...{ name: "drawn.flow.json", mimeType: "application/json" },
    buffer: Buffer.from(JSON.stringify({ ...DRAWN, id: "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e5" })),
  });
  await page.getByTestId("import-again").focus();
  await press("Enter");
  await page.getByTestId("import-again").waitFor({ state: "detached" });
  await stands(page, ".import-target .btn");
});

test("on the wire and the card that Escape lets go of", async (t) => {
  const { page, press, id } = await opened(t);
  const wire = `.react-flow__edge[data-id]`;
  const kept = async () => {
    await page.locator(wire).first().waitFor({ state: "attached" });
    for (const one of [wire, card("b")]) {
      const part = page.locator(one).first();
      await part.focus();
      await press("Enter");
      if (one !== wire) await page.getByTestId("inspector").waitFor();
      await part.focus();
      // One closes what is open, one lets go of it.
      await press("Escape");
      await stands(page, one);
      await press("Escape");
      await stands(page, one);
    }
  };
  await kept();
  const run = await api(page, "POST", `/flows/${id}/runs?wait=20s`, { input: {} });
  await page.goto(`${server.base}/runs/${run.id}`);
  await kept();
});

test("on a card, however quickly one goes on from the inspector", async (t) => {
  const row = (i) => ({ id: `n${i}`, type: "core.set", position: [280 * i, 0], with: {} });
  const nodes = [{ id: "a", type: "trigger.manual", position: [0, -200] }, ...[...Array(40).keys()].map(row)];
  const { page, press } = await opened(t, { ...DRAWN, nodes, edges: [], groups: [] });
  await page.evaluate(() => {
    globalThis.lost = [];
    window.addEventListener("keydown", (e) => e.target === document.body && lost.push(e.key), true);
  });
  // The first look at a flow moves the camera, and may take this card out of view.
  await new Editor(page).centre("node-n0");
  await page.locator(card("n0")).focus();
  await stands(page, card("n0"));
  for (let i = 0; i < 12; i++) {
    for (const key of ["Enter", "Escape", "Escape", "PageDown", "PageDown", "PageDown"]) await press(key);
    await press("Enter");
    await page.getByTestId("inspector").waitFor();
    for (const key of ["Escape", "Escape", "PageUp"]) await press(key);
  }
  assert.deepEqual(await page.evaluate(() => lost), []);
  await press("Home");
  await stands(page, card("a"));
  // One that was let go of is still where one goes on from.
  for (const key of ["PageDown", "PageDown", "Escape", "PageDown"]) await press(key);
  await stands(page, card("n2"));
});

test("in the field of an id that can't be, with the reason, until it is mended", async (t) => {
  const { page, press } = await opened(t);
  await page.locator(card("a")).focus();
  await press("Enter");
  for (const [typed, why] of [
    ["b", /“b” is taken/],
    ["9 lives", /An id begins with a small letter/],
  ]) {
    await page.getByTestId("node-id").focus();
    await press("Enter");
    await page.keyboard.type(typed);
    await press("Enter");
    await stands(page, ".rename-id");
    const field = page.locator(".rename-id");
    assert.equal(await field.inputValue(), typed);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const told = page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`);
    assert.match(await told.innerText(), why);
    assert.equal(await told.getAttribute("role"), "alert");
    // Whoever looks something up elsewhere finds it as it was.
    await page.getByTestId("node-name").focus();
    assert.equal(await field.inputValue(), typed);
    await check(page, `id-${typed.length}`);
    await field.focus();
    await press("Escape");
    await stands(page, testid("node-id"));
  }
  await press("Enter");
  await page.keyboard.type("b");
  await press("Enter");
  await page.keyboard.type("2");
  await press("Enter");
  await page.locator(card("b2")).waitFor();
});

test("on what keeps the flow when its deletion is asked about, and it is said who edits it", async (t) => {
  const { page, press, id } = await opened(t);
  const other = await joined(browser, server, page, "lead-s", "author", "light");
  t.after(() => other.context().close());
  await other.goto(`${server.base}/flows/${id}`);
  const lead = new Editor(other);
  await lead.open("a");
  await lead.rename("Take one");
  await page.getByTestId("elsewhere").waitFor();
  await page.getByTestId("flow-menu").focus();
  await press("Enter");
  await page.getByRole("menuitem", { name: "Delete the flow…" }).focus();
  await press("Enter");
  await stands(page, ".dialog-foot .btn:first-child");
  assert.match(await page.getByTestId("edited-now").innerText(), /^lead-s is editing it now/);
  await check(page, "delete-edited");
  await press("Enter");
  await page.locator(".dialog").waitFor({ state: "detached" });
  await page.goto(`${server.base}/flows`);
  await page.getByRole("button", { name: "More for Standing" }).first().focus();
  await press("Enter");
  await page.getByRole("menuitem", { name: "Delete…" }).focus();
  await press("Enter");
  await stands(page, ".dialog-foot .btn:first-child");
});

test("with a word on notes, which no group holds", async (t) => {
  const note = (id, y) => ({ id, text: id, position: [300, y], size: [160, 40] });
  const { page, press, go } = await opened(t, { ...DRAWN, groups: [], notes: [note("far", 600)] });
  await page.locator(card("far")).click();
  await press("ControlOrMeta+g");
  await page.getByText(/only notes are selected/).waitFor();
  await go();
  await page.getByTestId("canvas").focus();
  await press("ControlOrMeta+a");
  await press("ControlOrMeta+g");
  await page.getByText(/a note lies outside of its frame/).waitFor();
  const near = await opened(t, { ...DRAWN, groups: [], notes: [note("near", 100)] });
  await near.page.getByTestId("canvas").focus();
  await near.press("ControlOrMeta+a");
  await near.press("ControlOrMeta+g");
  await near.page.getByTestId("group-field-group").waitFor();
  assert.equal(await near.page.getByText(/outside of its frame/).count(), 0);
});

test("in each part of a run's page by F6, and on each of its nodes by Page Down", async (t) => {
  const { page, press, id } = await opened(t);
  const run = await api(page, "POST", `/flows/${id}/runs?wait=20s`, { input: {} });
  await page.goto(`${server.base}/runs/${run.id}`);
  await page.locator(card("a")).waitFor();
  await page.getByTestId("timeline").waitFor();
  const parts = [".topbar *", testid("canvas"), ".run-result *", ".timeline-row"];
  for (const part of [...parts, parts[0]]) {
    await press("F6");
    await stands(page, part);
  }
  await press("Shift+F6");
  await stands(page, parts[3]);
  await press("Shift+F6");
  await press("Shift+F6");
  await stands(page, testid("canvas"));
  for (const at of ["hand", "each", "a", "b", "free"]) {
    await press("PageDown");
    await stands(page, card(at));
  }
  await press("PageUp");
  await stands(page, card("b"));
  await press("Home");
  await stands(page, card("hand"));
  assert.equal(await page.getByTestId("run-result").count(), 1, "nothing is opened on the way");
  await press("PageDown");
  await press("PageDown");
  await press("Enter");
  await page.getByRole("complementary", { name: "Step: a" }).waitFor();
  await press("F6");
  await stands(page, ".timeline-row");
  await press("Shift+F6");
  await stands(page, testid("inspector"));
  // What scrolls in it is scrolled by the same keys.
  await press("PageDown");
  await stands(page, testid("inspector"));
});
