// The largest flows of the library, and flows of 300 and 1,000 nodes, as a reader meets them: cards, containers
// and notes keep clear of each other, wires of cards, and names are read whole, in light, dark and dense.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { largeFlow } from "../fake/flows.mjs";
import { api, check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

const LIBRARY = new URL("../../../flows/library/", import.meta.url);
const LARGEST = 8;
/** Flows of which axe sees every look: one with containers and ports of many names, one drawn from afar. */
const THROUGH_AXE = ["Contain a host", "1000 nodes"];

async function largest() {
  const names = (await readdir(LIBRARY)).filter((name) => name.endsWith(".flow.json"));
  const flows = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, LIBRARY), "utf8"))),
  );
  const size = (flow) => flow.nodes.length;
  return flows.sort((a, b) => size(b) - size(a) || a.name.localeCompare(b.name)).slice(0, LARGEST);
}

const fixture = (n) => largeFlow(n, `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`);

let browser;
let server;
let flows;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
  const page = await openPage(browser, server);
  flows = [...(await largest()), fixture(300), fixture(1000)];
  for (const flow of flows) {
    const { id } = await api(page, "POST", "/flows", flow);
    assert.ok(id, flow.name);
    flow.id = id;
  }
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until the camera stands still and something is drawn. */
async function still(page) {
  const camera = () => page.locator(".react-flow__viewport").evaluate((e) => e.style.transform);
  await page.locator(".card-node, .overview").first().waitFor();
  let last;
  await until("a still camera", async () => {
    const before = last;
    last = await camera();
    return before === last;
  });
}

/** What of a canvas one would not be proud of: what lies over what, and names that are cut. */
function faults(page) {
  return page.evaluate(() => {
    const found = [];
    const kind = (e, name) => e.classList.contains(`react-flow__node-${name}`);
    const nodes = [...document.querySelectorAll(".react-flow__node")].map((e) => {
      const { left, top, right, bottom } = e.getBoundingClientRect();
      return { e, id: e.dataset.id, left, top, right, bottom, floor: kind(e, "container") };
    });
    const inside = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    for (const [i, a] of nodes.entries())
      for (const b of nodes.slice(i + 1)) {
        // What a container holds lies within its walls.
        const held = (b.floor && inside(a, b)) || (a.floor && inside(b, a));
        if (meet(a, b) && !held) found.push(`${a.id} and ${b.id} overlap`);
      }
    for (const name of document.querySelectorAll(".card-name"))
      if (name.scrollWidth > name.clientWidth + 1 || name.scrollHeight > name.clientHeight + 1)
        found.push(`the name “${name.textContent}” is cut`);
    // From afar a note says how it begins, in letters that can be read.
    for (const note of document.querySelectorAll(".note-node:not([data-held]) .note-body"))
      if (note.scrollHeight > note.clientHeight + 1) found.push(`a note is cut: ${note.textContent}`);
    for (const edge of document.querySelectorAll(".react-flow__edge")) {
      const path = edge.querySelector(".wire-line");
      const [from, to] = [edge.dataset.id.split(".")[0], edge.dataset.id.split(">")[1]];
      const place = path.getScreenCTM();
      const length = path.getTotalLength();
      const hit = new Set();
      for (let at = 0; at <= length; at += 6) {
        const { x, y } = path.getPointAtLength(at).matrixTransform(place);
        for (const n of nodes)
          if (
            !n.floor &&
            n.id !== from &&
            n.id !== to &&
            x > n.left &&
            x < n.right &&
            y > n.top &&
            y < n.bottom
          )
            hit.add(n.id);
      }
      for (const id of hit) found.push(`the wire ${edge.dataset.id} passes ${id}`);
    }
    return found;
  });
}

/** Shows light or dark, and waits until all has its colours. */
async function paint(page, theme) {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction((t) => document.documentElement.dataset.theme === t, theme);
  await page.evaluate(async () => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    await frame();
    await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
    await frame();
  });
}

/** What is see-through and yet not of the panels' hue, which is blue. */
function tinted(page) {
  return page.$$eval(".minimap, .container-node", (all) => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    return all
      .filter((e) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = getComputedStyle(e).backgroundColor;
        pen.fillRect(0, 0, 1, 1);
        const [red, , blue] = pen.getImageData(0, 0, 1, 1).data;
        return red > blue;
      })
      .map((e) => e.className);
  });
}

const LOOKS = { comfortable: ["light", "dark"], dense: ["light"] };

for (const [density, themes] of Object.entries(LOOKS))
  test(`the library and large flows, ${density}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: "light", reducedMotion: "reduce" });
    t.after(() => page.context().close());
    await page.evaluate((d) => localStorage.setItem("drawbridge.density", d), density);
    for (const flow of flows) {
      await page.goto(`${server.base}/flows/${flow.id}`);
      for (const [view, button] of [
        ["fitted", "Fit the whole flow"],
        ["full", "Zoom to 100 %"],
      ]) {
        await still(page);
        await page.getByTitle(button).click();
        await still(page);
        for (const theme of themes) {
          await paint(page, theme);
          const look = density === "dense" ? density : theme;
          const name = `library-${look}-${flow.name.toLowerCase().replaceAll(" ", "-")}-${view}`;
          if (view === "fitted" && THROUGH_AXE.includes(flow.name)) await check(page, name);
          else await shot(page, name);
          assert.deepEqual(await tinted(page), [], name);
        }
        assert.deepEqual(await faults(page), [], `${flow.name}, ${view}`);
      }
    }
    assert.deepEqual(page.faults, []);
  });

test("the picture of a template draws its wires as the canvas does", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { items } = await api(page, "GET", "/library");
  const { flow } = items.find((i) => i.name === "phishing-triage");
  await page.goto(`${server.base}/templates`);
  const card = page.locator(".template", { has: page.getByText(flow.name, { exact: true }) });
  await card.locator(".picture-wire").first().waitFor({ state: "attached" });
  const lines = (all) => all.map((e) => e.getAttribute("d"));
  const drawn = await card.locator(".picture-wire").evaluateAll(lines);
  await shot(card, "template-picture");
  const { id } = await api(page, "POST", "/flows", { ...flow, id: undefined });
  await page.goto(`${server.base}/flows/${id}`);
  await page.locator(".wire-line").first().waitFor({ state: "attached" });
  const canvas = await page.locator(".wire-line").evaluateAll(lines);
  // A wire of the canvas ends at the rim of its port, a few pixels off the card.
  const numbers = (d) => d.match(/-?[\d.]+/g).map(Number);
  const bare = (d) => d.replaceAll(/-?[\d.]+/g, "");
  const alike = (a, b) => bare(a) === bare(b) && numbers(a).every((n, i) => Math.abs(n - numbers(b)[i]) <= 8);
  assert.equal(drawn.length, canvas.length);
  assert.deepEqual(
    canvas.filter((wire) => !drawn.some((d) => alike(d, wire))),
    [],
  );
});
