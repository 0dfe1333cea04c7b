// A phishing triage from an empty canvas to its read results, by the keyboard alone, and heard as a screen reader hears it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, byKeys, shot, startBrowser, startServer, until } from "./harness.mjs";

const MAIL = new URL("../../../flows/library/samples/phishing-triage/1-account-limited.eml", import.meta.url);

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** All that live regions said, in its order. */
function listen(page) {
  return page.addInitScript(() => {
    globalThis.heard = [];
    const note = (e) => {
      const region = e?.closest?.("[aria-live], [role=status], [role=alert], [role=log]");
      const text = region?.textContent.trim();
      if (text && globalThis.heard.at(-1) !== text) globalThis.heard.push(text);
    };
    new MutationObserver((all) => {
      for (const m of all) note(m.target.nodeType === Node.TEXT_NODE ? m.target.parentElement : m.target);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

test("a phishing triage is drawn, run and read without a mouse", async (t) => {
  const { page, press, here, to } = await byKeys(browser, server, t);
  await listen(page);
  // Whatever touches the mouse from here on is a fault.
  await page.addInitScript(() => {
    for (const event of ["mousedown", "pointerdown", "mousemove"])
      addEventListener(event, (e) => e.isTrusted && console.error(`policy: ${event} by a mouse`), true);
  });
  const { id } = await api(page, "POST", "/flows", {
    ...{ format: "drawbridge.flow/1", name: "By keys", nodes: [], edges: [] },
  });
  await page.goto(`${server.base}/flows/${id}`);
  const type = (text) => page.keyboard.type(text, { delay: 10 });
  const focused = (what, selector) => until(what, () => here(selector));
  const heard = (pattern) =>
    until(`hearing ${pattern}`, () =>
      page.evaluate((p) => globalThis.heard.some((h) => new RegExp(p).test(h)), pattern.source),
    );
  const node = async (name) => (await api(page, "GET", `/flows/${id}`)).flow.nodes.find((n) => n.id === name);
  const ids = () =>
    page.$$eval('.react-flow__node [data-testid^="node-"]', (all) =>
      all.map((e) => e.dataset.testid.slice("node-".length)),
    );
  /** Types what is to be added, takes the best, and gives its id; the inspector is then open at its first parameter. */
  const add = async (words) => {
    await focused("the search for what follows", '[data-testid="add-menu-search"]');
    const before = new Set(await ids());
    await type(words);
    await press("Enter");
    const added = await until(`a node by “${words}”`, async () => (await ids()).find((i) => !before.has(i)));
    await heard(/^Done: Add /);
    await focused("its parameters", ".inspector");
    return added;
  };
  const toNode = async (node) => {
    await until(`the card of ${node}`, async () => {
      await press("Escape");
      return here(`[data-id="${node}"]`);
    });
  };

  // What starts it: typed in the middle of the empty canvas.
  const webhook = await add("webhook");
  await focused("its first example", '[data-testid="example-0"]');
  await to('[aria-label="Paste an event"]');
  await page.keyboard.insertText(JSON.stringify({ raw: await readFile(MAIL, "utf8") }));
  await to(".add-sample > .btn");
  await press("Enter");
  await page.getByRole("tree", { name: "Sample event" }).waitFor();
  await toNode(webhook);

  // Tab on the card gives the next; a value is taken from the data beside the form by a key.
  await press("Tab");
  const parse = await add("parse");
  await focused("the mail", '.pane-parameters [aria-label="Mail"]');
  await to(".pane-input [role=radio]", "Shift+Tab");
  await press("ArrowRight");
  await page.locator(".pane-input [role=tree]").waitFor();
  await to(".pane-input [role=treeitem]");
  await until("the mail's line", async () => {
    if (/^raw/.test(await page.evaluate(() => document.activeElement.textContent))) return true;
    await press("ArrowDown");
  });
  await type("i");
  await heard(/^Inserted \{\{ trigger\.body\.raw \}\}/);
  await until("the mail as a parameter", async () => /body.raw/.test((await node(parse))?.with?.raw));
  await toNode(parse);

  await press("Tab");
  const found = await add("extract indicators");
  await to('.pane-parameters :is(.cm-content, textarea, input):not([type="checkbox"])');
  await type(`{{ steps.${parse}.output.text`);
  await toNode(found);

  // A container, and what is inside of it: the first of an empty one goes into it.
  await press("Tab");
  const each = await add("for each");
  await focused("the items", ".pane-parameters .cm-content");
  await type(`{{ steps.${found}.output.indicators`);
  await press("Control+Shift+Enter");
  const inside = await add("set fields");
  await focused("its picker", ".picker-line input");
  await press("Space");
  await press("ArrowDown");
  await press("Space");
  await until("two picked fields", async () => Object.keys((await node(inside))?.with ?? {}).length === 2);
  await shot(page, "keys-inside");
  await toNode(inside);

  // Back to the container, and on behind it: a table that scores.
  await press("PageUp");
  await focused("the container", `[data-id="${each}"]`);
  await press("Control+Shift+Enter");
  const table = await add("decision");
  // What rows may be for comes with the data, and takes the focus then.
  await focused("what rows may be for", ".decision-fill [data-first]");
  await to('[data-testid="add-row"]');
  await press("Enter");
  await to(".decision-row .condition-value", "Shift+Tab");
  await type("1");
  await to("[data-value]");
  await type("80");
  await shot(page, "keys-table");
  await press("Control+Shift+Enter");
  const branch = await add("if");
  await focused("what is compared with", ".condition-value");
  await type("80");
  await press("Control+Shift+Enter");
  const yes = await add("respond");
  await toNode(yes);
  // Both ways of the branch end: the other is its next open port.
  await press("PageUp");
  await focused("the branch", `[data-id="${branch}"]`);
  await press("Control+Shift+Enter");
  const no = await add("respond");
  await toNode(no);

  // A wire without drawing: what the table says where no row holds goes on, too.
  const command = async (words, down = 0) => {
    await press("Control+k");
    await focused("the command menu", '[data-testid="command-search"]');
    await type(words);
    for (let i = 0; i < down; i++) await press("ArrowDown");
    await press("Enter");
    await page.getByTestId("command-menu").waitFor({ state: "detached" });
  };
  await command(table.replaceAll("_", " "));
  await focused("the table", `[data-id="${table}"]`);
  await command("connect table respond_2", 1);
  await heard(/ leads to /);
  await command("undo");
  await heard(/^Undone: Connect/);
  await command("redo");
  await heard(/^Done again: Connect/);

  // The run, and what it gave, read at the nodes.
  await to(".runbar", "F6");
  await to('[data-testid="run"]');
  await press("Enter");
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  await heard(/Succeeded/);
  await command(table.replaceAll("_", " "));
  await focused("the table again", `[data-id="${table}"]`);
  await press("Enter");
  await focused("its inspector", ".inspector");
  await until("the output", async () => {
    await press("F6");
    return here(".pane-output");
  });
  await to(".pane-output [role=treeitem]");
  const line = () => page.evaluate(() => document.activeElement.textContent);
  await until("the score", async () => {
    if (/^value\s*80/.test(await line())) return true;
    await press("ArrowDown");
  });
  await shot(page, "keys-read");
  const run = (await api(page, "GET", `/runs?flow=${id}`)).items[0];
  const { steps } = await api(page, "GET", `/runs/${run.id}`);
  const ended = (name) => Object.values(steps).some((s) => s.node === name && s.state === "succeeded");
  assert.deepEqual([yes, no].map(ended), [true, false]);
  assert.deepEqual(page.faults, []);
});
