// Real data as a tree: long lists, its search, and what is copied of it.
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

const FLOW = {
  format: "drawbridge.flow/1",
  name: "Many hosts",
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    {
      id: "list",
      type: "core.set",
      name: "List",
      position: [240, 0],
      with: { hosts: "{{ trigger.body.hosts }}" },
    },
  ],
  edges: [{ from: "go", to: "list" }],
};
const HOSTS = 3000;

async function open(t, colorScheme) {
  const page = await openPage(browser, server, { colorScheme });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", FLOW);
  const hosts = Array.from({ length: HOSTS }, (_, n) => `host-${n}`);
  const run = await api(page, "POST", `/flows/${id}/runs?wait=20s`, { input: { hosts } });
  await page.goto(`${server.base}/flows/${id}?node=list&run=${run.id}`);
  const tree = page.locator(".pane-output").getByRole("tree", { name: "Output" });
  await tree.waitFor();
  const line = (name) => tree.getByRole("treeitem", { name: new RegExp(`^${name}\\b`) });
  return { page, tree, line };
}

for (const theme of ["light", "dark"]) {
  test(`a list of thousands is gone through, and little of it is mounted, in ${theme}`, async (t) => {
    const { page, tree, line } = await open(t, theme);
    const lines = tree.getByRole("treeitem");
    await line("hosts").focus();
    await page.keyboard.press("ArrowRight");
    await line("0").waitFor();
    assert.ok((await lines.count()) < 150, `${await lines.count()} lines are mounted`);
    assert.equal(await line("0").getAttribute("aria-setsize"), String(HOSTS));

    // To its end and back by keys; the focus stays with the line.
    await page.keyboard.press("End");
    const focused = () => page.evaluate(() => document.activeElement?.dataset.at);
    await until("the last line", async () => (await focused()) === `/hosts/${HOSTS - 1}`);
    assert.match(await line(String(HOSTS - 1)).innerText(), /"host-2999"/);
    assert.ok((await lines.count()) < 150);
    await page.keyboard.press("ArrowUp");
    await until("the one before", async () => (await focused()) === `/hosts/${HOSTS - 2}`);
    await check(page, `data-end-${theme}`);

    // By the wheel: the lines follow, and none lies over another.
    const pane = await page.locator(".pane-output").boundingBox();
    await page.mouse.move(pane.x + 80, pane.y + pane.height - 60);
    await page.mouse.wheel(0, -3000);
    await until(
      "lines further up",
      async () => (await line("2870").count()) + (await line("2880").count()) > 0,
    );
    const tops = await lines.evaluateAll((all) =>
      all.map((l) => l.getBoundingClientRect().top).sort((a, b) => a - b),
    );
    assert.ok(tops.every((top, i) => i === 0 || top - tops[i - 1] > 20));
    // What has the focus is there yet, though it is far out of sight.
    assert.equal(await focused(), `/hosts/${HOSTS - 2}`);
    await page.keyboard.press("Home");
    await until("the first line", async () => (await focused()) === "/hosts");
    assert.deepEqual(page.faults, []);
  });
}

test("data is searched, and its values and what they are called are copied", async (t) => {
  const { page, tree, line } = await open(t, "light");
  // What is too large to stand beneath the expression is a list all the same.
  const preview = page.getByTestId("inspector").getByTestId("preview");
  await until("the beginning of the list", async () => (await preview.innerText()).startsWith('["host-0",'));
  await page.getByRole("button", { name: "Count: hosts" }).waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const search = page.locator(".pane-output").getByRole("searchbox");
  await search.fill("HOST-2999");
  await line("2999").waitFor();
  assert.equal(await tree.getByRole("treeitem").count(), 2);
  await line("2999").hover();
  await tree.getByRole("button", { name: "Copy the value of 2999" }).click();
  assert.equal(await copied(), "host-2999");
  await line("2999").focus();
  await page.keyboard.press("p");
  await until("its path", async () => (await copied()) === "{{ steps.list.output.hosts[2999] }}");
  await page.keyboard.press("c");
  await until("its value", async () => (await copied()) === "host-2999");
  await search.fill("nowhere");
  await page.getByText("Nothing found.").waitFor();
  await search.fill("");
  await line("hosts").waitFor();
});
