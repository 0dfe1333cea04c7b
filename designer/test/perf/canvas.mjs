// Measures the canvas in headless Chromium: main-thread CPU of a drag step, DOM
// elements, and how long a flow takes to open. CPU time, because wall time lies on
// a busy machine. Fails when a budget is exceeded.
import { chromium } from "playwright-core";
import { startFake } from "../fake/server.mjs";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const STEPS = 60;
const BUDGETS = { 300: { drag: 10, elements: 3000 }, 1000: { drag: 10, elements: 3000 } };

const fake = await startFake();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ARGS,
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const cdp = await page.context().newCDPSession(page);
// Thread time: task durations by the wall clock would count other programs' turns.
await cdp.send("Performance.enable", { timeDomain: "threadTicks" });

async function cpuMs() {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return 1000 * (metrics.find((m) => m.name === "TaskDuration")?.value ?? 0);
}

const elements = () => page.evaluate(() => document.querySelectorAll("*").length);

async function logIn() {
  await page.goto(`${fake.address}/login`);
  await page.fill("input[type=password]", "any-password-will-do");
  await page.click("button[type=submit]");
  await page.waitForURL("**/flows");
}

/** CPU of one step while a card is dragged, the fixed cost of an idle page taken off. */
async function dragCost() {
  await page.locator('[aria-label="Fit the whole flow"]').click();
  await page.waitForTimeout(400);
  const fitted = await elements();
  await page.getByTitle("Zoom to 100 %").click();
  await page.waitForTimeout(600);
  // A card well inside the canvas, so that neither the bar above nor the palette is hit instead.
  const [x, y] = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll(".card-node")].map((c) => c.getBoundingClientRect());
    const box = boxes.find((b) => b.left > 320 && b.top > 120 && b.right < 1200 && b.bottom < 600);
    return [box.left + 60, box.top + 20];
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8);
  const before = await cpuMs();
  for (let i = 0; i < STEPS; i++) {
    await page.mouse.move(x + 8 + (i % 30) * 4, y + 8 + (i % 20) * 4);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
  const cost = (await cpuMs()) - before;
  const moved = await page.locator(".react-flow__node.dragging").count();
  if (moved === 0) throw new Error("no card was dragged");
  await page.mouse.up();
  const idle = await cpuMs();
  for (let i = 0; i < STEPS; i++)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  const fixed = (await cpuMs()) - idle;
  await page.keyboard.press("Control+z");
  return { drag: Math.max(0, cost - fixed) / STEPS, elements: Math.max(fitted, await elements()) };
}

await logIn();
let failed = false;
for (const n of [10, 300, 1000]) {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
  const before = await cpuMs();
  await page.goto(`${fake.address}/flows/${id}`);
  await page.waitForSelector(".card-node, .overview");
  await page.waitForTimeout(800);
  const open = await cpuMs();
  const { drag, elements: most } = await dragCost();
  const budget = BUDGETS[n];
  const over = budget !== undefined && (drag > budget.drag || most > budget.elements);
  failed ||= over;
  const opened = open > before ? open - before : open;
  console.log(
    `${String(n).padStart(4)} nodes: drag ${drag.toFixed(1)} CPU-ms a step${budget ? ` (budget ${budget.drag})` : ""}, ` +
      `${most} elements${budget ? ` (budget ${budget.elements})` : ""}, opened with ${opened.toFixed(0)} CPU-ms${over ? "  OVER" : ""}`,
  );
}
await browser.close();
await fake.stop();
process.exit(failed ? 1 : 0);
