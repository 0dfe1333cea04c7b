// Parameters whose values a connector lists: chosen, searched, typed, and what is said where it lists none.
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

const SOURCE = join(new URL("../../../", import.meta.url).pathname, "server/app/testdata/boards");

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
  const page = await openPage(browser, server);
  await installConnector(page, SOURCE, "boards");
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const CARDS = {
  format: "drawbridge.flow/1",
  name: "Cards",
  connectors: { boards: "1.0.0" },
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    { id: "add", type: "boards.add", name: "Add", position: [240, 0] },
  ],
  edges: [{ from: "go", to: "add" }],
};

for (const theme of ["light", "dark"]) {
  test(`a value is picked from what the connector lists, in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    const { id } = await api(page, "POST", "/flows", CARDS);
    await page.goto(`${server.base}/flows/${id}?node=add`);
    const editor = new Editor(page);
    const project = page.getByRole("combobox", { name: "Project" });
    const board = page.getByRole("combobox", { name: "Board" });
    const options = page.locator(".choices-option");
    const saved = async () => (await api(page, "GET", `/flows/${id}`)).flow.nodes[1].with ?? {};

    // What depends on another parameter says so.
    await board.click();
    const error = page.getByTestId("options-error");
    await until("the reason", async () => /Choose "project" first/.test(await error.innerText()));
    await check(page, `options-error-${theme}`);

    // By the mouse.
    await project.click();
    await options.filter({ hasText: "blue" }).click();
    assert.equal(await project.inputValue(), "blue");

    // By keys, searched.
    await board.focus();
    await page.keyboard.press("ArrowDown");
    await options.first().waitFor();
    assert.equal(await options.count(), 3);
    await check(page, `options-${theme}`);
    await page.keyboard.type("hunt");
    await until("the one that is like it", async () => (await options.count()) === 1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await board.inputValue(), "blue-3");
    await until("its label", async () => (await page.getByText("Hunting (nobody)").count()) === 1);
    await editor.saved();
    assert.deepEqual(await saved(), { board: "blue-3", project: "blue" });

    // Asked again; then typed where the connector fails, and where it is an expression.
    await page.getByRole("button", { name: "Show the values of Board" }).click();
    await page.getByRole("button", { name: "Load the values of Board again" }).click();
    await until("the values again", async () => (await options.count()) === 3);
    await page.keyboard.press("Tab");
    await project.fill("gone");
    await board.click();
    await until("the fault", async () => /there is no project gone/.test(await error.innerText()));
    await board.fill("my-board");
    await page.keyboard.press("Escape");
    await editor.saved();
    assert.deepEqual(await saved(), { board: "my-board", project: "gone" });
    await editor.expression("Board", "{{ trigger.body.board }}");
    await editor.saved();
    assert.deepEqual((await saved()).board, "{{ trigger.body.board }}");
    assert.deepEqual(page.faults, []);
  });
}
