// On a slow network a page stands at once as it will be, and nothing of it jumps when its data comes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, shot, startBrowser, startServer } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const BODY = {
  raw: "From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\n\r\nhttps://example.com/x",
};

/** The sample flow with a run, and a person who comes to a page over a slow line with nothing kept. */
async function slowly(t, options = {}) {
  const first = await openPage(browser, server);
  const { items } = await api(first, "GET", "/flows");
  const flow = items.find((f) => f.name === "Phishing triage");
  const run = await api(first, "POST", `/flows/${flow.id}/runs?wait=30s`, { input: BODY, version: "draft" });
  await first.context().close();
  const page = await openPage(browser, server, options);
  t.after(() => page.context().close());
  await page.addInitScript(() => {
    globalThis.shifts = [];
    globalThis.waited = [];
    const place = (n) =>
      n?.nodeType === 1 ? `${n.tagName}.${n.className}` : (n?.parentElement?.className ?? "gone");
    new PerformanceObserver((list) => {
      for (const e of list.getEntries())
        if (!e.hadRecentInput)
          globalThis.shifts.push({
            value: e.value,
            of: e.sources.map(
              (s) => `${place(s.node)} ${JSON.stringify(s.previousRect)} > ${JSON.stringify(s.currentRect)}`,
            ),
          });
    }).observe({ type: "layout-shift", buffered: true });
    new MutationObserver(() => {
      for (const part of document.querySelectorAll("[data-skeleton]"))
        if (!globalThis.waited.includes(part.dataset.skeleton)) globalThis.waited.push(part.dataset.skeleton);
    }).observe(document, { subtree: true, childList: true });
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  await cdp.send("Network.emulateNetworkConditions", {
    ...{ offline: false, latency: 400, downloadThroughput: 200_000, uploadThroughput: 50_000 },
  });
  return { page, flow, run };
}

/** What has moved by itself since the page began, as browsers weigh it; and which skeletons were seen. */
async function settled(page, name) {
  await page.waitForLoadState("networkidle");
  await shot(page, name);
  const { shifts, waited } = await page.evaluate(() => ({
    shifts: globalThis.shifts,
    waited: globalThis.waited,
  }));
  const sum = shifts.reduce((all, s) => all + s.value, 0);
  assert.ok(sum < 0.02, `${name}: the layout shifts by ${sum}: ${JSON.stringify(shifts, null, 1)}`);
  assert.deepEqual(page.faults, []);
  return waited;
}

/** Where parts of a page stand: those that are seen. */
function places(page, parts) {
  return page.evaluate(
    (all) =>
      Object.fromEntries(
        all.flatMap((part) => {
          const r = document.querySelector(part)?.getBoundingClientRect();
          return r && r.width > 0 ? [[part, [r.x, r.y, r.width].map(Math.round)]] : [];
        }),
      ),
    parts,
  );
}

const EDITOR = [".topbar", ".editor-middle", ".palette", ".editor-stage", ".runbar"];
const PAGES = [
  {
    name: "flows",
    path: () => "/flows",
    parts: [".page-head", ".page-body > .card"],
    there: '[data-testid^="flow-"]',
    seen: ["rows"],
  },
  {
    name: "flow",
    path: ({ flow }) => `/flows/${flow.id}`,
    parts: EDITOR,
    there: '[data-testid="node-parse"]',
    seen: ["editor", "rows"],
  },
  {
    name: "run",
    path: ({ run }) => `/runs/${run.id}`,
    parts: EDITOR,
    there: '[data-testid="node-parse"]',
    seen: ["run", "rows"],
  },
];
const SIZES = { wide: { width: 1600, height: 1000 }, narrow: { width: 900, height: 700 } };

for (const [size, viewport] of Object.entries(SIZES))
  for (const { name, path, parts, there, seen } of PAGES)
    test(`the page of ${name} stands before its data comes, ${size}`, async (t) => {
      const { page, ...known } = await slowly(t, {
        viewport,
        colorScheme: size === "wide" ? "light" : "dark",
      });
      await page.goto(server.base + path(known), { waitUntil: "commit" });
      await page.locator("[data-skeleton]").first().waitFor();
      const before = await places(page, parts);
      await shot(page, `slow-${name}-${size}-waiting`);
      await page.locator(there).first().waitFor();
      assert.deepEqual(await settled(page, `slow-${name}-${size}`), seen);
      const after = await places(page, parts);
      for (const part of Object.keys(before)) assert.deepEqual(before[part], after[part], part);
      assert.ok(Object.keys(before).length >= 2);
      await check(page, `slow-${name}-${size}`);
    });
