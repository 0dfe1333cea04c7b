// What a hard world brings: files of newer versions, types that are gone, texts of any script, garbage, flows that vanish, and much of everything.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, check, Editor, joined, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const manual = { id: "hand", type: "trigger.manual", position: [0, 0] };
const set = (id, x, more = {}) => ({ id, type: "core.set", position: [x, 0], ...more });
const flowOf = (nodes, more = {}) => ({
  ...{ format: "drawbridge.flow/1", name: "Bad input", nodes: [manual, ...nodes], edges: [] },
  ...more,
});

async function page(t, options) {
  const opened = await openPage(browser, server, options);
  t.after(() => opened.context().close());
  return opened;
}

async function open(tab, flow) {
  const { id } = await api(tab, "POST", "/flows", flow);
  await tab.goto(`${server.base}/flows/${id}`);
  await tab.getByTestId("node-hand").waitFor();
  return { id, editor: new Editor(tab), now: async () => (await api(tab, "GET", `/flows/${id}`)).flow };
}

const paste = (tab, selector, text) =>
  tab.locator(selector).evaluate((e, data) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", data);
    e.focus();
    e.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);

test("a file of a newer version is refused by name, and nothing is lost", async (t) => {
  const tab = await page(t);
  const { id, now } = await open(tab, flowOf([set("kept", 280)]));
  const newer = JSON.stringify({ ...flowOf([set("new", 280)]), format: "drawbridge.flow/2" });
  await paste(tab, '[data-testid="canvas"]', newer);
  await tab.getByText(/Nothing was pasted: the file has the format drawbridge\.flow\/2/).waitFor();
  assert.equal((await now()).nodes.length, 2);
  await tab.goto(`${server.base}/import`);
  await tab
    .getByTestId("import-files")
    .setInputFiles({ name: "newer.flow.json", mimeType: "application/json", buffer: Buffer.from(newer) });
  await tab
    .getByText(/drawbridge\.flow\/2.*reads up to drawbridge\.flow\/1/)
    .first()
    .waitFor();
  await check(tab, "bad-newer");
  const refused = await api(tab, "PUT", `/flows/${id}`, JSON.parse(newer), { "if-match": '"1"' });
  assert.match(JSON.stringify(refused), /drawbridge\.flow\/2/);
  assert.equal((await now()).nodes.length, 2);
  assert.deepEqual(tab.faults, []);
});

test("a node whose connector is gone is shown, and kept as it is through other edits", async (t) => {
  const tab = await page(t);
  const kept = {
    ...{ id: "gone", type: "vanished.look_up", name: "Look it up", position: [280, 0] },
    with: { host: "{{ trigger.body.host }}", deep: { list: [1, null, { "odd key": "\u202E" }], n: 1e21 } },
    timeout: "3m",
  };
  const { editor, now } = await open(tab, flowOf([kept, set("here", 560, { with: { nothing: 1 } })]));
  await editor.open("gone");
  await tab.getByText(/is not installed here/).waitFor();
  await check(tab, "bad-gone-node");
  await editor.close();
  await editor.open("here");
  await editor.rename("Renamed");
  await editor.saved();
  const { nodes } = await now();
  assert.deepEqual(
    nodes.find((n) => n.id === "gone"),
    kept,
  );
  assert.equal(nodes.find((n) => n.id === "here").name, "Renamed");
  assert.deepEqual(tab.faults, []);
});

test("names run in their own direction, and can't pass for others", async (t) => {
  const tab = await page(t);
  const names = {
    arabic: "تحقيق التصيد",
    hebrew: "בדיקת דואר",
    cjk: "钓鱼邮件调查",
    emoji: "👩‍💻 triage 👨‍👩‍👧",
    marks: "Zu\u0308rich e\u0301t\u00E9",
    spoof: "invoice\u202Efdp.exe",
  };
  const nodes = Object.entries(names).map(([id, name], i) =>
    set(id, 280 + i * 260, { name, with: { x: name } }),
  );
  const { id, editor } = await open(tab, flowOf(nodes, { name: `${names.spoof} ${names.hebrew}` }));
  const shown = (at) => tab.locator(at).innerText();
  for (const [node, name] of Object.entries(names)) {
    const text = await shown(`[data-testid="node-${node}"] .card-name bdi`);
    assert.equal(text, node === "spoof" ? "invoice[U+202E]fdp.exe" : name);
  }
  await tab.getByRole("radio", { name: "Outline" }).click();
  assert.match(await shown('[data-testid="outline-spoof"] bdi'), /\[U\+202E\]/);
  await tab.getByTestId("outline-search").fill("תיק");
  await tab.getByTestId("outline-search").fill("דואר");
  await tab.getByTestId("outline-hebrew").waitFor();
  await editor.open("hebrew");
  assert.equal(await tab.getByTestId("node-name").evaluate((e) => getComputedStyle(e).direction), "rtl");
  assert.match(await tab.getByTestId("flow-name").inputValue(), /invoice\[U\+202E\]fdp/);
  await check(tab, "bad-scripts");
  await tab.goto(`${server.base}/flows`);
  assert.match(await shown(`.flow-link[href$="${id}"]`), /invoice\[U\+202E\]fdp\.exe/);
  assert.deepEqual(tab.faults, []);
});

test("garbage in the canvas, in expressions and in settings does no harm", async (t) => {
  const tab = await page(t);
  const { editor, now } = await open(tab, flowOf([set("kept", 280, { with: { x: "a" } })]));
  for (const junk of [
    "{",
    "\u0000\uFFFF",
    "null",
    '{"format":"drawbridge.nodes/1","nodes":[{"id":7}]}',
    "<b>".repeat(9999),
  ])
    await paste(tab, '[data-testid="canvas"]', junk);
  assert.equal((await now()).nodes.length, 2);
  await editor.open("kept");
  await editor.expression("x", "{{ ][ \u202E $ {} <script> }}}} {{ ");
  await until("the problem", async () =>
    /problem/.test(await tab.getByTestId("problems-button").innerText()),
  );
  await tab.keyboard.press("Control+a");
  await tab.keyboard.insertText("fine");
  await editor.saved();
  await editor.close();
  await tab.getByTestId("flow-menu").click();
  await tab.getByRole("menuitem", { name: "Settings of the flow" }).click();
  const vars = tab.getByRole("textbox", { name: "Variables" });
  await vars.fill('{"half": ');
  for (let i = 0; i < 3; i++) await tab.keyboard.press("Escape");
  await tab.getByText(/Variables can't be read yet/).waitFor();
  assert.equal(await vars.inputValue(), '{"half": ');
  await check(tab, "bad-settings");
  await tab.getByRole("button", { name: "Discard what can't be read" }).click();
  await tab.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual(tab.faults, []);
});

for (const theme of ["light", "dark"])
  test(`a flow that is deleted elsewhere says so at once, and nothing of it is lost, in ${theme}`, async (t) => {
    const tab = await page(t, { colorScheme: theme, acceptDownloads: true });
    const { id, editor } = await open(tab, flowOf([set("kept", 280)]));
    await editor.open("kept");
    await editor.rename("Drawn before");
    await editor.saved();
    const other = await page(t);
    await other.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
    // Nothing is done here: it is told.
    const dialog = tab.getByRole("dialog", { name: "This flow was deleted" });
    await dialog.waitFor();
    await check(tab, `bad-deleted-${theme}`);
    const [file] = await Promise.all([
      tab.waitForEvent("download"),
      dialog.getByRole("button", { name: "Download" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "Bad input.flow.json");
    assert.match(await readFile(await file.path(), "utf8"), /"Drawn before"/);
    // Not now: one may draw on, and it is said as long as it is so.
    await tab.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await tab.getByText("Deleted elsewhere").waitFor();
    await editor.rename("Drawn after all");
    await tab.getByTestId("node-kept").getByText("Drawn after all").waitFor();
    await tab.getByText("Deleted elsewhere").waitFor();
    await tab.getByTestId("keep-copy").click();
    await tab.waitForURL((url) => !url.pathname.includes(id));
    await tab.getByTestId("node-kept").getByText("Drawn after all").waitFor();
    await editor.saved();
    assert.deepEqual(tab.faults, []);
  });

test("what was not saved when its flow was deleted is kept in a new one", async (t) => {
  const tab = await page(t);
  const { id, editor } = await open(tab, flowOf([set("kept", 280)]));
  const items = [{ name: "Seen", trigger: "hand", input: { n: 1 } }];
  await api(tab, "PUT", `/flows/${id}/samples`, { items });
  await api(tab, "PUT", `/flows/${id}/pins/kept`, { output: { n: 2 } });
  await tab.reload();
  await tab.locator("select option", { hasText: "Seen" }).first().waitFor({ state: "attached" });
  await tab.route("**/api/v1/flows/*", (r) => (r.request().method() === "PUT" ? r.abort() : r.fallback()));
  await editor.open("kept");
  await editor.rename("Never saved");
  await until(
    "the notice",
    async () => (await tab.getByTestId("save-state").getAttribute("data-state")) === "away",
  );
  await tab.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
  await tab.getByRole("dialog").getByRole("button", { name: "Keep as a new flow" }).click();
  await tab.waitForURL((url) => !url.pathname.includes(id));
  await tab.getByTestId("node-kept").getByText("Never saved").waitFor();
  const now = new URL(tab.url()).pathname;
  assert.deepEqual((await api(tab, "GET", `${now}/samples`)).items, items);
  const [pin, ...more] = (await api(tab, "GET", `${now}/pins`)).items;
  assert.deepEqual([pin.node, pin.output, more], ["kept", { n: 2 }, []]);
  assert.deepEqual(tab.faults, []);
});

const copies = (tab) =>
  tab.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("drawbridge.draft.")).length);

test("who leaves a deleted flow is asked, and no copy stays of what is left", async (t) => {
  const tab = await page(t);
  const { id } = await open(tab, flowOf([set("kept", 280)]));
  await tab.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
  const dialog = tab.getByRole("dialog", { name: "This flow was deleted" });
  await dialog.getByText("kept in this browser until you leave").waitFor();
  assert.equal(await copies(tab), 1);
  await dialog.getByRole("button", { name: "Not now" }).click();
  const asked = tab.waitForEvent("dialog").then((d) => d.accept().then(() => d.message()));
  await tab.locator('a[href="/runs"]').first().click();
  assert.match(await asked, /Leave without what is drawn here/);
  await tab.waitForURL(`${server.base}/runs`);
  assert.equal(await copies(tab), 0);
  assert.deepEqual(tab.faults, []);
});

test("a draft of a flow that was deleted is offered where its tab is closed", async (t) => {
  const tab = await page(t);
  const { id, editor } = await open(tab, flowOf([set("kept", 280)], { name: "Gone and left" }));
  await tab.route("**/api/v1/flows/*", (r) => (r.request().method() === "PUT" ? r.abort() : r.fallback()));
  await editor.open("kept");
  await editor.rename("Never saved");
  await until("the copy", async () => (await copies(tab)) === 1);
  const other = await tab.context().newPage();
  await tab.close();
  await other.goto(`${server.base}/flows`);
  await other.getByTestId("new-flow").waitFor();
  await other.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
  await other.reload();
  const left = other.getByTestId("left-draft");
  await left.getByText(/Gone and left was deleted/).waitFor();
  await check(other, "left-draft");
  // Undo beats asking.
  await left.getByRole("button", { name: "Discard" }).click();
  await left.waitFor({ state: "detached" });
  assert.equal(await copies(other), 0);
  await other.getByRole("button", { name: "Undo" }).click();
  await left.getByRole("button", { name: "Keep as a new flow" }).click();
  await other.getByTestId("node-kept").getByText("Never saved").waitFor();
  assert.equal(await copies(other), 0);
});

for (const theme of ["light", "dark"])
  test(`who only reads a flow that is deleted is told, and asked nothing, in ${theme}`, async (t) => {
    const admin = await page(t);
    const { id } = await open(admin, flowOf([set("kept", 280)]));
    const tab = await joined(browser, server, admin, `reader-${theme}`, "viewer", theme);
    t.after(() => tab.context().close());
    await tab.goto(`${server.base}/flows/${id}`);
    await tab.getByTestId("node-hand").waitFor();
    await admin.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
    const dialog = tab.getByRole("dialog", { name: "This flow was deleted" });
    await dialog.getByText("can be read here until you leave").waitFor();
    await check(tab, `bad-deleted-reader-${theme}`);
    await dialog.getByRole("button", { name: "Not now" }).click();
    await tab.getByText("Deleted elsewhere").waitFor();
    assert.equal(await tab.getByTestId("keep-copy").count(), 0);
    let asked = 0;
    tab.on("dialog", (d) => {
      asked++;
      void d.accept();
    });
    await tab.locator('a[href="/runs"]').first().click();
    await tab.waitForURL(`${server.base}/runs`);
    assert.deepEqual([asked, await copies(tab)], [0, 0]);
    assert.deepEqual(tab.faults, []);
  });

test("a waiting run says for whom or until when", async (t) => {
  const tab = await page(t);
  const form = { type: "object", properties: { note: { type: "string" } } };
  const ask = { to: ["admin"], title: "May it go on?", form };
  const { editor } = await open(
    tab,
    flowOf([{ id: "ok", type: "core.form", position: [280, 0], with: ask }], {
      edges: [{ from: "hand", to: "ok" }],
    }),
  );
  await tab.getByTestId("run").click();
  await tab.getByText("for an answer of admin").waitFor();
  await check(tab, "bad-waits");
  await tab.getByTestId("waits-for").getByRole("link").click();
  await tab.getByText("May it go on?").first().waitFor();
  await open(
    tab,
    flowOf([{ id: "nap", type: "core.wait", position: [280, 0], with: { for: "3h" } }], {
      edges: [{ from: "hand", to: "nap" }],
    }),
  );
  await tab.getByTestId("run").click();
  await tab
    .getByTestId("run-pill")
    .getByText(/^until /)
    .waitFor();
  assert.ok(editor);
  assert.deepEqual(tab.faults, []);
});

test("what would take what is dragged lights up", async (t) => {
  const tab = await page(t);
  const { editor } = await open(
    tab,
    flowOf(
      [
        set("next", 600),
        { id: "each", type: "core.foreach", position: [0, 160], size: [480, 200] },
        set("loose", 600, { position: [600, 200] }),
      ],
      {
        edges: [{ from: "hand", to: "next" }],
      },
    ),
  );
  const lit = () => tab.$$eval("[data-drop]", (all) => all.map((e) => e.dataset.id));
  const over = async (from, to) => {
    await tab.mouse.move(from.x, from.y);
    await tab.mouse.down();
    await tab.mouse.move(to.x - 30, to.y - 10, { steps: 4 });
    await tab.mouse.move(to.x, to.y, { steps: 4 });
  };
  const [each, hand, next] = [
    await editor.centre("node-each"),
    await editor.centre("node-hand"),
    await editor.centre("node-next"),
  ];
  await over(await editor.centre("palette-core.set"), each);
  assert.deepEqual(await lit(), ["each"]);
  await shot(tab, "bad-drop-container");
  await tab.mouse.move((hand.x + next.x) / 2, (hand.y + next.y) / 2, { steps: 4 });
  assert.deepEqual(await lit(), ["hand.out>next"]);
  await shot(tab, "bad-drop-wire");
  await tab.keyboard.press("Escape");
  assert.deepEqual(await lit(), []);
  await tab.mouse.up();
  await over(await editor.centre("node-loose"), each);
  const lights = (what) => until(`${what} lights up`, async () => (await lit()).join() === what);
  await lights("each");
  await tab.mouse.move((hand.x + next.x) / 2, (hand.y + next.y) / 2, { steps: 4 });
  await lights("hand.out>next");
  await tab.mouse.move(each.x, each.y, { steps: 4 });
  await lights("each");
  await tab.keyboard.press("Escape");
  await lights("");
  await tab.mouse.up();
  assert.deepEqual(await lit(), []);
  await over(await editor.centre("node-loose"), each);
  await lights("each");
  await tab.mouse.up();
  assert.deepEqual(await lit(), []);
  assert.deepEqual(tab.faults, []);
});

test("a flow of 2,000 nodes opens, is dragged in, and is saved", async (t) => {
  const tab = await page(t);
  const nodes = Array.from({ length: 1999 }, (_, i) =>
    set(`n${i}`, 0, { position: [280 + (i % 50) * 260, Math.floor(i / 50) * 120] }),
  );
  const { id, editor, now } = await open2000(tab, flowOf(nodes));
  await tab.getByTitle("Zoom to 100 %").click();
  await tab.getByTestId("canvas").press("Home");
  const from = await editor.centre("node-hand");
  await editor.drag({ x: from.x, y: from.y + 20 }, { x: from.x + 20, y: from.y + 140 });
  await editor.saved();
  const moved = (await now()).nodes.find((n) => n.id === "hand").position;
  assert.notDeepEqual(moved, manual.position);
  assert.ok((await tab.evaluate(() => document.querySelectorAll("*").length)) < 3000);
  assert.ok(id);
  assert.deepEqual(tab.faults, []);
});

async function open2000(tab, flow) {
  const { id } = await api(tab, "POST", "/flows", flow);
  await tab.goto(`${server.base}/flows/${id}`);
  await tab.locator(".overview, .card-node").first().waitFor();
  return { id, editor: new Editor(tab), now: async () => (await api(tab, "GET", `/flows/${id}`)).flow };
}

test("an output of many megabytes is summed up, can be saved whole, and leaves the canvas at hand", async (t) => {
  const tab = await page(t);
  const { editor } = await open(
    tab,
    flowOf([set("large", 280, { with: { rows: "{{ trigger.body.rows.map(r, trigger.body.text) }}" } })], {
      edges: [{ from: "hand", to: "large" }],
      output: "{{ steps.large.output.rows.size() > 0 ? [trigger.body.text] : [] }}",
    }),
  );
  const id = new URL(tab.url()).pathname.split("/").pop();
  // 240 times 200 kB are 48 MB of the 64 that a run may hold.
  const input = { rows: Array.from({ length: 240 }, (_, i) => i), text: "x".repeat(200_000) };
  const run = await api(tab, "POST", `/flows/${id}/runs?wait=30s`, { input, version: "draft" });
  t.diagnostic(`the run: ${run.state} ${JSON.stringify(run.error ?? "").slice(0, 200)}`);
  let received = 0;
  tab.on("response", async (r) => {
    if (/\/runs\//.test(r.url())) received += (await r.body().catch(() => "")).length;
  });
  await tab.goto(`${server.base}/flows/${id}?run=${run.id}`);
  await tab.getByTestId("node-large").waitFor();
  await editor.open("large");
  const output = tab.getByRole("region", { name: "Output" });
  await output.getByText(/45\.\d MiB: an object of 1 field/).waitFor();
  await output
    .getByRole("treeitem", { name: /rows \[240\]/ })
    .getByRole("button")
    .first()
    .click();
  await output.getByText("198,000 characters more in the whole").first().waitFor();
  await output.getByText("140 items more in the whole").waitFor();
  assert.equal(await output.getByTestId("pin-output").count(), 0, "what is not all here is not pinned");
  await check(tab, "large-output");
  assert.ok((await tab.evaluate(() => document.body.textContent.length)) < 2_000_000);
  assert.ok(received < 2e6, `${received} bytes were sent`);
  const saved = async (label) => {
    const [file] = await Promise.all([
      tab.waitForEvent("download"),
      tab.getByRole("button", { name: label }).first().click(),
    ]);
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
  };
  const { name, text } = await saved("Download the whole output");
  assert.equal(name, "large-output.json");
  const { rows } = JSON.parse(text);
  assert.deepEqual([rows.length, rows[239]], [240, input.text]);
  const { usedJSHeapSize } = await tab.evaluate(() => ({
    usedJSHeapSize: performance.memory.usedJSHeapSize,
  }));
  assert.ok(usedJSHeapSize < 150e6, `the page holds ${Math.round(usedJSHeapSize / 1e6)} MB`);
  await editor.close();
  const moved = await editor.centre("node-hand");
  await editor.drag(moved, { x: moved.x, y: moved.y + 80 });
  await editor.saved();
  // What the run gave is too much for its page as well.
  await tab.goto(`${server.base}/runs/${run.id}`);
  await tab.getByText("195.3 KiB").first().waitFor();
  await check(tab, "large-run-output");
  const whole = await saved("Download the whole output of the run");
  assert.deepEqual(JSON.parse(whole.text), [input.text]);
  assert.deepEqual(tab.faults, []);
});

test("a draft is nobody else's while its tab is open, though that answers nothing", async (t) => {
  const tab = await page(t);
  const { id, editor } = await open(tab, flowOf([set("kept", 280)], { name: "Frozen" }));
  await tab.route("**/api/v1/flows/*", (r) => (r.request().method() === "PUT" ? r.abort() : r.fallback()));
  await editor.open("kept");
  await editor.rename("Never saved");
  await until("the copy", async () => (await copies(tab)) === 1);
  const other = await tab.context().newPage();
  await other.goto(`${server.base}/flows`);
  await other.getByTestId("new-flow").waitFor();
  // As one that is frozen, it answers nothing any more.
  await tab.evaluate(() => {
    BroadcastChannel.prototype.postMessage = () => {};
  });
  await other.evaluate((path) => fetch(path, { method: "DELETE" }), `/api/v1/flows/${id}`);
  // Both are looked for at once.
  const me = await api(other, "GET", "/me");
  const left = { flow: flowOf([], { name: "Left" }), base: 1, at: 1 };
  await other.evaluate(
    ([key, text]) => localStorage.setItem(key, text),
    [`drawbridge.draft.${me.id}.gone.tab`, JSON.stringify(left)],
  );
  await other.reload();
  await other
    .getByTestId("left-draft")
    .getByText(/Left was deleted/)
    .waitFor();
  assert.equal(await other.getByTestId("left-draft").count(), 1);
  assert.equal(await copies(other), 2);
  await tab.close();
  await other.reload();
  await other
    .getByTestId("left-draft")
    .getByText(/Frozen was deleted/)
    .waitFor();
});
