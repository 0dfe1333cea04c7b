// The draft and what is live: what publishing would change, what the settings keep, and a failed run's input.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(t) {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  return { page, editor: new Editor(page), state: () => page.getByTestId("draft-state").innerText() };
}

async function ended(page, state) {
  await until(
    `the run to have ${state}`,
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === state,
  );
}

test("publishing says what would change, and has nothing to do where nothing does", async (t) => {
  const { page, editor, state } = await open(t);
  await until("the draft's state", async () => (await state()) === "Draft: as live");
  await page.getByTestId("publish").click();
  await page.getByTestId("publish-nothing").waitFor();
  assert.ok(await page.getByTestId("publish-confirm").isDisabled());
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await editor.open("found");
  await editor.rename("Find what matters");
  await until("the difference", async () => (await state()) === "Draft: 1 change");
  await page.getByTestId("publish").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 difference: 1 changed against version 1").waitFor();
  assert.match(await dialog.innerText(), /Find what matters/);
  await shot(page, "publish-changes");
  await page.keyboard.press("Escape");
  await page.getByTestId("undo").click();
  await until("the old state", async () => (await state()) === "Draft: as live");
  // Another id is one change, however many name it; where a card lies is none.
  await editor.open("found");
  await page.getByTestId("node-id").click();
  await page.getByLabel("Id of the node").fill("matters");
  await page.getByLabel("Id of the node").press("Enter");
  await until("the other id", async () => (await state()) === "Draft: 1 change");
  await page.getByTestId("undo").click();
  await until("the old id", async () => (await state()) === "Draft: as live");
  const card = await page.getByTestId("node-answer").boundingBox();
  await page.mouse.move(card.x + 30, card.y + 10);
  await page.mouse.down();
  await page.mouse.move(card.x + 30, card.y + 90, { steps: 5 });
  await page.mouse.up();
  await until("the move", async () => (await state()) === "Draft: layout only");
  await page.getByTestId("undo").click();
  await until("the old place", async () => (await state()) === "Draft: as live");
  await editor.saved();

  await page.goto(`${server.base}/flows`);
  await page.getByTestId("new-flow").click();
  await page.getByText("An empty flow", { exact: true }).waitFor();
  await page.getByTestId("publish").click();
  await page.getByText(/An empty flow has nothing to publish/).waitFor();
  assert.ok(await page.getByTestId("publish-confirm").isDisabled());
  assert.deepEqual(page.faults, []);
});

for (const colorScheme of ["light", "dark"]) {
  test(`a variable is found by its name and changed in its field, in ${colorScheme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    const { id } = await api(page, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: `Variables in ${colorScheme}`,
      vars: {
        caseFrom: 600,
        endpoints: [{ host: "a.example", port: 443 }],
        odd: { deep: { er: 1 } },
        quietRules: ["Backup"],
      },
      nodes: [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        {
          ...{ id: "judge", type: "core.set", name: "Judge it", position: [300, 0] },
          with: { fields: { urgent: "{{ vars.caseFrom > 1 }}" } },
        },
      ],
      edges: [],
    });
    await page.goto(`${server.base}/flows/${id}`);
    await page.getByTestId("node-judge").waitFor();
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByPlaceholder("Find a command, node, flow or run").fill("caseFrom");
    await page.getByRole("option", { name: /Variable Case from/ }).waitFor();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    const field = dialog.getByLabel("Case from", { exact: true });
    await until("the field to have the focus", () => field.evaluate((e) => e === document.activeElement));
    await dialog.getByText("vars.caseFrom, read by Judge it.").waitFor();
    await dialog.getByText("Only as JSON: vars.odd.").waitFor();
    await check(page, `variables-${colorScheme}`);
    // A number stays one, and what no field shows stays as it is.
    await field.fill("450");
    await dialog.getByLabel("Port", { exact: true }).fill("8443");
    await until("the draft", async () => {
      const { vars } = (await api(page, "GET", `/flows/${id}`)).flow;
      return vars.caseFrom === 450 && vars.endpoints[0].port === 8443 && vars.odd.deep.er === 1;
    });
    await dialog.getByRole("radio", { name: "JSON" }).click();
    assert.equal(
      JSON.parse(await dialog.getByLabel("Variables", { exact: true }).inputValue()).caseFrom,
      450,
    );
    // Text that can't be read is left by no other way than the one that says so.
    await dialog.getByLabel("Variables", { exact: true }).fill("{");
    await dialog.getByRole("radio", { name: "Fields" }).click();
    assert.equal(await dialog.getByLabel("Variables", { exact: true }).inputValue(), "{");
    assert.deepEqual(page.faults, []);
  });
}

test("the settings say that they are saved, and drop nothing unasked", async (t) => {
  const { page, editor, state } = await open(t);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Settings of the flow" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByTestId("variables").getByRole("radio", { name: "JSON" }).click();
  const vars = dialog.getByLabel("Variables", { exact: true });
  const before = await vars.inputValue();
  await vars.fill('{"limit": ');
  await dialog.getByText(/Not saved yet, for it is not JSON/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.getByText(/Variables can't be read yet, so that text was not saved/).waitFor();
  await shot(page, "settings-unread");
  await vars.fill('{"limit": 3}');
  await until("the save", async () => /^Saved/.test(await dialog.getByTestId("save-state").innerText()));
  await vars.fill(before);
  // The output knows every step, and is checked like any expression.
  const output = dialog.getByRole("textbox", { name: "Output", exact: true });
  await output.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("{{ steps.", { delay: 20 });
  const options = () => page.locator(".cm-tooltip-autocomplete li .cm-completionLabel").allInnerTexts();
  await until("the steps", async () => (await options()).includes("answer"));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("{{ steps.vedict.output }}");
  await until("the squiggle", async () => (await dialog.locator(".cm-lintRange-error").count()) > 0);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("{{ steps.verdict.output }}");
  await dialog.getByRole("button", { name: "Done" }).click();
  await until("the draft as it was", async () => (await state()) === "Draft: as live");
  await editor.saved();
  assert.deepEqual(page.faults, []);
});

test("what a failed run began with becomes a sample of the draft", async (t) => {
  const { page } = await open(t);
  const flow = page.url().split("/").pop().split("?")[0];
  const started = await page.request.post(`${server.base}/api/v1/flows/${flow}/runs?wait=30s`, {
    data: { input: { rawBase64: "%" }, trigger: "sample", version: "draft" },
    headers: { Origin: server.base },
  });
  const { id } = await started.json();
  await page.goto(`${server.base}/runs/${id}`);
  await page.getByRole("radio", { name: "Input" }).click();
  await page.getByTestId("keep-input").click();
  await page.waitForURL(`**/flows/${flow}*`);
  await until("the sample", async () => (await page.getByTestId("sample").inputValue()).startsWith("Run "));
  await page.getByTestId("run").click();
  await ended(page, "failed");
  // In the editor too, beside what the failed run gave.
  await page.getByTestId("sample").selectOption({ index: 1 });
  await page.getByTestId("run-output").getByTestId("keep-input").click();
  await until("the sample", async () => (await page.getByTestId("sample").inputValue()).startsWith("Run "));
  assert.deepEqual(page.faults, []);
});

test("a run without an output shows what its webhook was answered, and a node what comes in", async (t) => {
  const { page, editor } = await open(t);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Settings of the flow" }).click();
  const output = page.getByRole("dialog").getByRole("textbox", { name: "Output", exact: true });
  await output.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByTestId("sample").selectOption({ index: 1 });
  await page.getByTestId("run").click();
  await ended(page, "succeeded");
  const answer = page.getByTestId("run-response");
  await until("the answer", async () => /webhook with 200[\s\S]*verdict/.test(await answer.innerText()));
  await shot(page, "run-response");
  await editor.open("rules");
  await page.getByRole("radio", { name: "Incoming", exact: true }).click();
  const incoming = page.getByTestId("inspector").getByRole("region", { name: "Incoming item" });
  await until("the item", async () => /type|value/.test(await incoming.innerText()));
  await shot(page, "incoming");
  await page.getByTestId("undo").click();
  await editor.saved();
  assert.deepEqual(page.faults, []);
});
