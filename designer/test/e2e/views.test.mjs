// Saved views: saved, opened, changed by two people at once, begun with and deleted, by mouse and by keys, through axe in light and dark.
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

const says = (page, key) => new URL(page.url()).searchParams.get(key);
const choose = async (page, entry) => {
  await page.getByTestId("views").click();
  await page.getByRole("menuitem", { name: entry }).click();
};

for (const theme of ["light", "dark"]) {
  test(`a view is saved, opened by a link, begun with and deleted in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    const name = `Night shift ${theme}`;
    await page.goto(`${server.base}/cases?severity=critical&sort=due`);
    await choose(page, "Save as a new view…");
    await page.getByLabel("Name").fill(name);
    await page.getByRole("switch", { name: "Shared with all" }).click();
    await check(page, `views-save-${theme}`);
    await page.getByTestId("save-view").click();
    await page.getByTestId("views").getByText(name).waitFor();
    const saved = await until("the view is in the address", async () => says(page, "saved"));
    await page.getByLabel("Severity").selectOption("high");
    await page.getByTestId("views").getByText("changed").waitFor();
    await page.getByTestId("views").click();
    await page.getByRole("menuitem", { name: "Save over this view…" }).waitFor();
    await check(page, `views-menu-${theme}`);
    await page.keyboard.press("Escape");
    // A link that names the view alone.
    await page.goto(`${server.base}/cases?saved=${saved}`);
    await until("the view's filters are in the address", async () => says(page, "severity") === "critical");
    assert.equal(says(page, "sort"), "due");
    // Begun with, and left by who clears the filters.
    await choose(page, "Begin with this view");
    await page.getByText("You begin this list with the view.").waitFor();
    await page.goto(`${server.base}/cases`);
    await until("the list begins with the view", async () => says(page, "saved") === saved);
    await choose(page, "Begin without a view");
    await page.getByText("The list begins as it is.").waitFor();
    await choose(page, "Delete this view…");
    await check(page, `views-delete-${theme}`);
    await page.getByRole("button", { name: "Delete the view" }).click();
    await page.getByTestId("views").getByText("Views").waitFor();
    await page.goto(`${server.base}/cases?saved=${saved}`);
    await page.getByText("The saved view of this address is gone").waitFor();
    await check(page, `views-gone-${theme}`);
    assert.deepEqual(page.faults, []);
  });
}

test("a view is saved and opened by keys alone, for runs and alerts as well", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  for (const [path, list] of [
    ["runs?state=failed", "runs"],
    ["alerts?severity=high", "alerts"],
  ]) {
    await page.goto(`${server.base}/${path}`);
    await page.getByTestId("views").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Save as a new view…" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type(`Of ${list}`);
    await page.keyboard.press("Enter");
    await page.getByTestId("views").getByText(`Of ${list}`).waitFor();
    const { items } = await api(page, "GET", `/views?list=${list}`);
    assert.deepEqual(
      items.map((v) => [v.name, v.shared, Object.keys(v.filter).length]),
      [[`Of ${list}`, false, 1]],
    );
  }
});

test("what somebody changed meanwhile is not saved over, and what a list no longer has is named", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const filter = { severity: "critical", colour: "red", sort: "by-colour" };
  const view = await api(page, "POST", "/views", { list: "cases", name: "Old", shared: true, filter });
  await page.goto(`${server.base}/cases?saved=${view.id}`);
  await page.getByText("colour: red, sort: by-colour").waitFor();
  await check(page, "views-dropped");
  await page.getByLabel("Severity").selectOption("low");
  await choose(page, "Save over this view…");
  await api(page, "PUT", `/views/${view.id}`, {
    name: "Renamed",
    shared: true,
    filter: { severity: "high" },
  });
  await page.getByTestId("save-view").click();
  await page.getByText("Theirs: “Renamed”, picked by severity: high.").waitFor();
  await check(page, "views-conflict");
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await page.getByTestId("views").getByText("Old").waitFor();
  const { items } = await api(page, "GET", "/views?list=cases");
  assert.deepEqual(
    items.filter((v) => v.id === view.id).map((v) => [v.name, v.filter]),
    [["Old", { severity: "low" }]],
  );
});
