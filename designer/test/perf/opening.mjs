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
  let [transferred, firstSeen] = [0, 0];
  const kinds = new Map();
  cdp.on("Network.responseReceived", (e) => kinds.set(e.requestId, e.type));
  cdp.on("Network.loadingFinished", (e) => {
    if (kinds.get(e.requestId) === "Script") transferred += e.encodedDataLength;
  });
  page.on("response", (response) => {
    if (response.request().resourceType() === "script")
      scripts.push(response.body().catch(() => Buffer.alloc(0)));
  });
  const before = await cpu();
  await page.goto(address, { waitUntil: "commit" });
  const began = Date.now();
  await page.waitForSelector(ready);
  firstSeen = scripts.length;
  const end = await quiet(own);
  const after = await cpu();
  const zipped = (await Promise.all(scripts)).map((s) => [
    s.length / 1000,
    gzipSync(s, { level: 9 }).length / 1000,
  ]);
  const sum = (list, i) => list.reduce((total, s) => total + s[i], 0);
  await page.close();
  return {
    ...{ cpu: after > before ? after - before : after, wall: end - began, transferred: transferred / 1000 },
    ...{ raw: sum(zipped, 0), zipped: sum(zipped, 1), first: sum(zipped.slice(0, firstSeen), 1) },
  };
}
