// The design system on one page: every part in every state, in both themes, comfortable and dense, through axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, shot, startBrowser, startServer } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The least that text must stand out from what lies behind it. */
const LEAST = 4.5;

for (const look of ["light", "dark", "dense"]) {
  test(`all parts are seen in ${look}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: look === "dark" ? "dark" : "light" });
    t.after(() => page.context().close());
    await page.getByRole("link", { name: "Help" }).click();
    await page.getByRole("link", { name: "Design system" }).click();
    if (look === "dense") await page.getByRole("radio", { name: "Dense" }).click();
    await page.getByTestId("node-failed").first().waitFor();
    const height = await page.evaluate(() => document.querySelector("main").scrollHeight);
    await page.setViewportSize({ width: 1600, height: height + 20 });
    for (const id of await page.$$eval(".design-part", (all) => all.map((e) => e.id)))
      await shot(page.locator(`#${id}`), `design-${look}-${id}`);
    await check(page, `design-${look}`);
    const ratios = await page.$$eval("[data-contrast]", (all) =>
      all.map((e) => [e.closest("li").querySelector("code").textContent, Number(e.dataset.contrast)]),
    );
    assert.ok(ratios.length >= 20);
    assert.deepEqual(
      ratios.filter(([, ratio]) => ratio < LEAST),
      [],
    );
    // Every node type has its tile, and every state its word.
    const { items } = await (await page.request.get(`${server.base}/api/v1/catalog`)).json();
    for (const { name } of items)
      await page.locator("#tiles").getByText(name, { exact: true }).first().waitFor();
    for (const state of ["queued", "running", "waiting", "succeeded", "failed", "canceled", "unknown"])
      assert.equal(await page.locator(`#states .state[data-state=${state}]`).count(), 4, state);
    // A search box is emptied by its own button, which leaves the focus in the box.
    const search = page.getByRole("searchbox", { name: "Search, light" });
    await page.locator(".search", { has: search }).getByRole("button").click();
    assert.equal(await search.inputValue(), "");
    assert.ok(await search.evaluate((e) => e === document.activeElement));
    assert.deepEqual(page.faults, []);
  });
}
