// The main way through the designer by the keyboard alone: list, flow, node, parameter, run, output, publish, export.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { byKeys, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("from the list to the export without a mouse", async (t) => {
  const { page, press, here, to } = await byKeys(browser, server, t);
  await page.getByText("Phishing triage").first().waitFor();
  await to('.flow-link[href$="0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e4"]');
  await press("Enter");
  await page.getByTestId("node-parse").waitFor();

  // A node, its inspector, a parameter.
  await to(".canvas", "F6");
  for (const id of ["report", "sample", "parse", "found"]) {
    await press("PageDown");
    await until(`${id} in focus`, () => here(`[data-id="${id}"]`));
  }
  const ring = await page.evaluate(
    () => getComputedStyle(document.activeElement.firstElementChild).boxShadow,
  );
  assert.notEqual(ring, "none");
  // A quick hand is ahead of the card that is still on its way into view: the chosen one is meant.
  await page.getByTestId("canvas").focus();
  await press("Enter");
  await page.getByTestId("inspector").waitFor();
  await press("Escape");
  await until("found again", () => here('[data-id="found"]'));
  await press("End");
  await until("the last node", () => here('[data-id="answer"]'));
  await press("Enter");
  await until("the first parameter", () => here('.pane-parameters [data-pointer="/status"]'));
  // F6 goes through the panes; the data of one is a single stop, its lines are reached by arrows.
  await press("F6");
  await until("the output", () => here(".pane-output"));
  await press("Shift+F6");
  await press("Shift+F6");
  await until("the input", () => here(".pane-input"));
  await press("Escape");
  await until("the node again", () => here('[data-id="answer"]'));
  await page.keyboard.type("?");
  await page.getByTestId("shortcuts").waitFor();
  await press("Escape");
  await until("the node after the keys", () => here('[data-id="answer"]'));
  await press("PageUp");
  await until("the verdict", () => here('[data-id="verdict"]'));
  await press("Enter");
  await until("the inspector", () => here(".inspector"));
  await to('.inspector [data-testid="add-field"]');
  await press("Enter");
  await until("the new field", () => here('[data-testid="field-name"]'));
  await page.keyboard.type("checked");
  await press("Enter");
  await to('.inspector .cm-content[aria-label="checked"]');
  await page.keyboard.type("{{ 6 * 7 }}");
  // The first Escape may belong to the list of names, which looks whether it has anything to offer.
  await until("the node after the inspector", async () => {
    await press("Escape");
    return here('[data-id="verdict"]');
  });

  // Run, and read what it gave.
  await to(".runbar", "F6");
  await to('[data-testid="run"]');
  await press("Enter");
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  assert.ok(await here('[data-testid="run"]'), "the focus stays on Run");
  await to('[data-testid="run-output"]');
  assert.match(await page.getByTestId("run-output").innerText(), /checked\s*42/);
  await to('[data-testid="run-output"] [role="treeitem"]');
  await press("End");
  await press("ArrowRight");
  const line = () => page.evaluate(() => document.activeElement.getAttribute("aria-expanded"));
  assert.equal(await line(), "true");
  await press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.ariaLevel), "2");
  await press("ArrowLeft");
  await press("ArrowLeft");
  assert.equal(await line(), "false");
  await press("Tab");
  assert.ok(!(await here('[data-testid="run-output"] [role="treeitem"]')), "a tree is one stop");

  // The problems, and back.
  await to(".topbar", "F6");
  await to('[data-testid="problems-button"]');
  await press("Enter");
  await until("the problems", () => here('[data-testid="problems"]'));
  await press("Escape");
  await until("the button again", () => here('[data-testid="problems-button"]'));

  // Publish.
  await to('[data-testid="publish"]');
  await press("Enter");
  await until("the message", () => here('[data-testid="publish-message"]'));
  await page.keyboard.type("by keys");
  await to('[data-testid="publish-confirm"]');
  await press("Enter");
  await page.getByText("Version 2 is live").waitFor();
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await until("the button after the dialog", () => here('[data-testid="publish"]'));

  // Export.
  await to('[data-testid="flow-menu"]', "Shift+Tab");
  await press("Enter");
  await page.getByRole("menuitem", { name: "Export" }).waitFor();
  const waiting = page.waitForEvent("download");
  for (let i = 0; i < 6 && !(await page.evaluate(() => /Export/.test(document.activeElement.innerText))); i++)
    await press("ArrowDown");
  await press("Enter");
  const file = await readFile(await (await waiting).path(), "utf8");
  assert.match(file, /6 \* 7/);
  await until("the menu's button", () => here('[data-testid="flow-menu"]'));
  assert.deepEqual(page.faults, []);
});

test("a node is added from the palette, which is one stop of the Tab key", async (t) => {
  const { page, press, here, to } = await byKeys(browser, server, t);
  await page.getByText("Phishing triage").first().waitFor();
  await to('[data-testid="new-flow"]', "Shift+Tab", 150);
  await press("Enter");
  await page.waitForURL("**/flows/*");
  await page.getByTestId("canvas").waitFor();
  await to(".palette", "F6");
  await page.keyboard.type("webhook");
  await press("Enter");
  await page.getByTestId("node-webhook").waitFor();
  await press("Escape");
  await to(".palette-item");
  await press("ArrowDown");
  assert.ok(await here(".palette-item"));
  await press("Tab");
  assert.ok(!(await here(".palette")));
});
