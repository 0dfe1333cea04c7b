// What it takes to open a flow of 300 nodes in a browser that has nothing of it.
import { gzipSync } from "node:zlib";
import { measured, median, quiet } from "./harness.mjs";

export async function opening(lab, { rounds = 3 } = {}) {
  const figures = [];
  for (let i = 0; i < rounds; i++)
    figures.push(await once(lab.context, lab.address(300), ".card-node, .overview"));
  const of = (key) => median(figures.map((f) => f[key]));
  return [
    { figure: "opening 300 nodes, main thread until quiet", unit: "CPU-ms", budget: 1000, is: of("cpu") },
    { figure: "opening 300 nodes, first byte until quiet", unit: "ms", is: of("wall") },
    { figure: "script until the cards stand, gzipped", unit: "kB", budget: 400, is: of("first") },
    { figure: "script in all, gzipped", unit: "kB", is: of("zipped") },
  ];
}

/** Opens an address in a page of its own, without a cache. */
export async function once(context, address, ready) {
  const own = await measured(context);
  const { page, cdp, cpu } = own;
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  const scripts = [];
  let transferred = 0;
  const kinds = new Map();
  cdp.on("Network.responseReceived", (e) => kinds.set(e.requestId, e.type));
  cdp.on("Network.loadingFinished", (e) => {
    if (kinds.get(e.requestId) === "Script") transferred += e.encodedDataLength;
  });
  page.on("response", (response) => {
    if (response.request().resourceType() === "script")
      scripts.push({ url: response.url(), body: response.body().catch(() => Buffer.alloc(0)) });
  });
  await page.addInitScript(watchFor, ready);
  const before = await cpu();
  await page.goto(address, { waitUntil: "commit" });
  const began = Date.now();
  await page.waitForSelector(ready);
  const end = await quiet(own);
  const after = await cpu();
  const needed = new Set(await page.evaluate(scriptsUntilThere));
  const sizes = await Promise.all(
    scripts.map(async ({ url, body }) => {
      const text = await body;
      const zipped = gzipSync(text, { level: 9 }).length / 1000;
      return { raw: text.length / 1000, zipped, first: needed.has(url) ? zipped : 0 };
    }),
  );
  const sum = (key) => sizes.reduce((total, s) => total + s[key], 0);
  await page.close();
  return {
    ...{ cpu: after > before ? after - before : after, wall: end - began, transferred: transferred / 1000 },
    ...{ raw: sum("raw"), zipped: sum("zipped"), first: sum("first") },
  };
}

/** Notes when something is there for the first time. */
function watchFor(selector) {
  const observer = new MutationObserver(() => {
    if (document.querySelector(selector) === null) return;
    globalThis.thereSince = performance.now();
    observer.disconnect();
  });
  observer.observe(document, { subtree: true, childList: true });
}

/** The scripts that had been asked for by then: what comes later holds nothing up. */
function scriptsUntilThere() {
  return performance
    .getEntriesByType("resource")
    .filter((entry) => entry.startTime < globalThis.thereSince)
    .map((entry) => entry.name);
}
