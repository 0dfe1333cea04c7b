// Lists with nothing in them say what they are and what to do next, with a button for whoever may; light, dark, through axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { check, joined, openPage, startBrowser, startServer } from "./harness.mjs";

let browser;
let server;
let fake;
before(async () => {
  [browser, server, fake] = await Promise.all([startBrowser(), startServer(), startFake({ empty: true })]);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), fake?.stop()]);
});

/** Where, what it says, what leads on, and whether that is for whoever may change something alone. */
const LISTS = [
  ["flows", "No flows yet", "link", "All templates", true],
  ["flows?q=nothing", "No flow matches “nothing”", "button", "Clear the search"],
  ["runs", "No runs yet", "link", "All flows"],
  ["runs?state=failures", "No run fits", "button", "Clear the filters"],
  ["inbox", "Nothing waits for you", "button", "What others are asked"],
  ["inbox?show=open", "Nothing waits for an answer", "link", "All flows"],
  ["inbox?show=closed", "Nothing was asked yet", "link", "All flows"],
  ["receipts", "Nothing came in yet", "link", "All flows"],
  ["settings/tokens", "No tokens yet", "button", "New token", true],
  ["settings/users", "Nobody else yet", "button", "Invite", true],
  ["settings/credentials", "No credentials yet", "button", "New credential", true],
];

async function look(page, base, [path, title, role, name], may) {
  await page.goto(`${base}/${path}`);
  const empty = page.locator(".empty", { has: page.getByText(title, { exact: true }) });
  await empty.waitFor();
  const place = path === "flows" ? page.locator("main") : empty;
  const action = place.getByRole(role, { name, exact: true });
  assert.equal(await action.count(), may ? 1 : 0, `${path}: ${name}`);
  // One sentence at least says what belongs here.
  assert.match(await empty.locator("p").last().innerText(), /\w.+\.$/, path);
}

for (const colorScheme of ["light", "dark"]) {
  test(`empty lists lead on in ${colorScheme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    page.setDefaultTimeout(10_000);
    const rows = LISTS.filter(([path]) => colorScheme === "light" || path !== "settings/users");
    for (const row of rows) {
      await look(page, server.base, row, true);
      await check(page, `empty-${row[0].replace(/\W+/g, "-")}-${colorScheme}`);
    }
    const bare = await openPage(browser, { base: fake.address }, { colorScheme });
    t.after(() => bare.context().close());
    await look(
      bare,
      fake.address,
      ["connectors", "No connectors yet", "button", "Install a connector"],
      true,
    );
    await check(bare, `empty-connectors-${colorScheme}`);
    if (colorScheme === "light") {
      // Whoever may only read is offered nothing that would be refused.
      const viewer = await joined(browser, server, page, "reads", "viewer", colorScheme);
      t.after(() => viewer.context().close());
      for (const row of LISTS.filter(([path]) => !/settings/.test(path)))
        await look(viewer, server.base, row, row[4] !== true);
    }
    assert.deepEqual(page.faults, []);
  });
}

test("the buttons of empty lists open what they say", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  for (const [path, name] of [
    ["settings/tokens", "New token"],
    ["settings/credentials", "New credential"],
  ]) {
    await page.goto(`${server.base}/${path}`);
    await page.locator(".empty").getByRole("button", { name }).click();
    await page.getByRole("dialog").waitFor();
  }
  await page.goto(`${server.base}/flows?q=nothing`);
  await page.locator(".empty").getByRole("button", { name: "Clear the search" }).click();
  await page.getByText("No flows yet").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
});
