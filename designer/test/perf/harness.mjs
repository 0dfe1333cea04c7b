// What all measurements share: the built app on a stand-in server, headless Chromium without a GPU,
// and the processor time of its main thread. Time by the clock lies on a busy machine; the time that
// Chromium's tools take is no part of the page's.
import { chromium } from "playwright-core";
import { largeFlow } from "../fake/flows.mjs";
import { startFake } from "../fake/server.mjs";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startChromium() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
}

/** A page and the clock of its main thread. */
export async function measured(context) {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  // Thread time: task durations by the wall clock would count other programs' turns.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const metrics = async () => {
    const answer = await cdp.send("Performance.getMetrics");
    return Object.fromEntries(answer.metrics.map((m) => [m.name, m.value]));
  };
  const cpu = async () => {
    const { TaskDuration, DevToolsCommandDuration } = await metrics();
    return 1000 * (TaskDuration - DevToolsCommandDuration);
  };
  return { page, cdp, metrics, cpu };
}

export const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Processor time of what is done, up to the frames that show it. */
export async function cost({ page, cpu }, act) {
  const before = await cpu();
  await act();
  for (let i = 0; i < 3; i++) await frame(page);
  return (await cpu()) - before;
}

/** Waits until the main thread has had nothing to do for a while; answers when that began. */
export async function quiet({ page, cpu }, { window = 100, idle = 3, busy = 15 } = {}) {
  let still = 0;
  let since = Date.now();
  for (let last = await cpu(), tries = 0; still < idle && tries < 300; tries++) {
    await page.waitForTimeout(window);
    const now = await cpu();
    const wasBusy = now < last || now - last > busy;
    still = wasBusy ? 0 : still + 1;
    if (wasBusy) since = Date.now();
    last = now;
  }
  return since;
}

/**
 * Processor time of one step while something is dragged from a place, what an idle page needs taken off. A hand
 * moves once a frame, and so does this: a move is answered by the frame that draws it.
 */
export async function dragStep(lab, [x, y], steps = 40) {
  const { page, cpu } = lab;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8);
  await page.mouse.move(x + 16, y + 16);
  await frame(page);
  const before = await cpu();
  for (let i = 0; i < steps; i++) {
    await page.mouse.move(x + 8 + (i % 30) * 4, y + 8 + (i % 20) * 4);
  }
  const busy = (await cpu()) - before;
  const moved = await lab.dragging();
  await page.mouse.up();
  if (!moved) throw new Error("nothing was dragged");
  await page.waitForTimeout(900); // the draft is saved by now
  const idle = await cpu();
  for (let i = 0; i < steps; i++) await frame(page);
  return (busy - ((await cpu()) - idle)) / steps;
}

const idOf = (n, kind = 0) => `00000000-0000-7000-800${kind}-${String(n).padStart(12, "0")}`;

/** Puts the nodes of a flow into groups of a size, each five columns wide. */
function grouped(flow, size) {
  const column = (n) => Math.floor(n.position[0] / 1280);
  const ids = [...flow.nodes].sort((a, b) => column(a) - column(b)).map((n) => n.id);
  const groups = [];
  for (let i = 0; i < ids.length; i += size)
    groups.push({ id: `g${groups.length}`, name: `Group ${groups.length}`, nodes: ids.slice(i, i + size) });
  return { ...flow, groups };
}

/** The stand-in with large flows, and a page that is logged in. */
export async function startLab() {
  const fake = await startFake();
  const seed = (flow) =>
    fake.state.flows.set(flow.id, { id: flow.id, flow, revision: 1, versions: [], samples: [] });
  for (const n of [60, 2000]) seed(largeFlow(n, idOf(n)));
  for (const n of [300, 1000])
    for (const size of [20, 50]) seed(grouped(largeFlow(n, idOf(n, size / 10)), size));
  const browser = await startChromium();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const first = await measured(context);
  await first.page.goto(`${fake.address}/login`);
  await first.page.fill("input[type=password]", "any-password-will-do");
  await first.page.click("button[type=submit]");
  await first.page.waitForURL("**/flows");
  return {
    ...{ ...first, fake, context },
    dragging: async () => (await first.page.locator(".react-flow__node.dragging").count()) > 0,
    address: (n, groups = 0) => `${fake.address}/flows/${idOf(n, groups / 10)}`,
    flow: (n, groups = 0) => fake.state.flows.get(idOf(n, groups / 10)).flow,
    /** Opens a flow, at a size at which its cards are read. */
    async open(n, groups) {
      await first.page.goto(this.address(n, groups));
      await first.page.waitForSelector(".card-node, .overview");
      await quiet(first);
      await first.page.getByTitle("Zoom to 100 %").click();
      await quiet(first);
    },
    /** A point on a card well inside the canvas, of a type where one is meant. */
    card: (of = ".card-node", type = "") =>
      first.page.evaluate(
        ([selector, type]) => {
          const cards = [...document.querySelectorAll(selector)];
          const meant = cards.filter((c) => c.querySelector(".card-type")?.textContent.includes(type));
          const box = meant
            .map((c) => c.getBoundingClientRect())
            .find((b) => b.left > 380 && b.top > 150 && b.right < 1200 && b.bottom < 600);
          return [box.left + 60, box.top + 20];
        },
        [of, type],
      ),
    async stop() {
      await browser.close();
      await fake.stop();
    },
  };
}
