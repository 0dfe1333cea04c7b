// What is around the screens: a theme that goes with the system's, and headers that have room in narrow windows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a theme that is the system's changes with it, and a chosen one stays", async (t) => {
  const page = await openPage(browser, server, { colorScheme: "light" });
  t.after(() => page.context().close());
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await until("the dark theme", async () => (await theme()) === "dark");
  await page.goto(`${server.base}/settings`);
  await page.getByRole("radio", { name: "Light" }).click();
  assert.equal(await theme(), "light");
  await page.goto(`${server.base}/flows`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await theme(), "light");
  assert.deepEqual(page.faults, []);
});

test("dense shows more on a screen, is kept, and is a command too", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const density = () => page.evaluate(() => document.documentElement.dataset.density);
  const height = () =>
    page
      .locator(".page-head .btn")
      .first()
      .evaluate((e) => e.getBoundingClientRect().height);
  assert.equal(await density(), "comfortable");
  const tall = await height();
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("dense");
  await page.keyboard.press("Enter");
  await until("it is dense", async () => (await density()) === "dense" && (await height()) < tall);
  await check(page, "dense-flows");
  await page.reload();
  assert.equal(await density(), "dense");
  await page.goto(`${server.base}/settings`);
  await page.getByRole("radio", { name: "Comfortable" }).click();
  assert.equal(await density(), "comfortable");
  assert.deepEqual(page.faults, []);
});

test("the headers of the editor and of a run fit narrow windows, with all that they offer", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const flow = {
    format: "drawbridge.flow/1",
    name: "Triage of what the sensors at the far sites report",
    nodes: [{ id: "start", type: "trigger.manual", position: [0, 0] }],
    edges: [],
  };
  const { id } = await api(page, "POST", "/flows", flow);
  await api(page, "POST", `/flows/${id}/publish`, {});
  await api(page, "PUT", `/flows/${id}`, { ...flow, id, description: "x" }, { "If-Match": '"1"' });
  const run = await api(page, "POST", `/flows/${id}/runs?wait=20s`, {});
  const replay = await api(page, "POST", `/runs/${run.id}/replay?wait=20s`, {});
  for (const [where, address, last] of [
    ["editor", `/flows/${id}`, "Publish…"],
    ["run", `/runs/${replay.id}`, "Open the draft"],
  ]) {
    await page.goto(server.base + address);
    const header = page.locator(".topbar");
    await header.getByText(last).waitFor();
    for (const width of [1000, 900, 760, 560]) {
      await page.setViewportSize({ width, height: 800 });
      const outside = await header.evaluate((bar) => {
        const box = bar.getBoundingClientRect();
        return (
          [...bar.querySelectorAll("a, button, input, .badge, .save-status, .run-pill")]
            // The rail leads to the flows, too: that link alone may be away.
            .filter((e) => e.getClientRects().length > 0 || !e.matches('.crumbs a[href="/flows"]'))
            .filter((e) => {
              const { left, right, top, bottom } = e.getBoundingClientRect();
              // A name too long for its field may end in dots, and in nothing else.
              const dotted = e.matches(".flow-name") && getComputedStyle(e).textOverflow === "ellipsis";
              const cut = !dotted && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0;
              return (
                left < box.left || right > box.right + 1 || top < box.top || bottom > box.bottom + 1 || cut
              );
            })
            .map((e) => e.outerHTML.slice(0, 120))
        );
      });
      assert.deepEqual(outside, [], `${where} at ${width}`);
      const over = await header.evaluate((bar) => {
        const all = [...bar.children].map((e) => e.getBoundingClientRect());
        return all.some((a, i) =>
          all
            .slice(i + 1)
            .some(
              (b) =>
                b.left < a.right - 1 &&
                b.top < a.bottom - 1 &&
                a.left < b.right - 1 &&
                a.top < b.bottom - 1 &&
                b.width > 1 &&
                a.width > 1,
            ),
        );
      });
      assert.equal(over, false, `${where} at ${width}: one over another`);
      await check(page, `narrow-${where}-${width}`);
    }
    await page.setViewportSize({ width: 1600, height: 1000 });
  }
  assert.deepEqual(page.faults, []);
});
