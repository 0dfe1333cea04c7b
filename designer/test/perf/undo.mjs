// What it costs to take a command back at 1,000 nodes, and to type into an expression.
import { cost, median, quiet } from "./harness.mjs";

const UNDO = 50;
const KEY = 30;

const COMMANDS = {
  "move all": async ({ page }) => {
    await page.locator(".react-flow__node").first().focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("ArrowRight");
  },
  group: async ({ page }) => {
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+g");
    await page.keyboard.press("Escape");
  },
  paste: async ({ page }) => {
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+v");
  },
  "delete all": async ({ page }) => {
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
  },
};

export async function undo(lab, { rounds = 3 } = {}) {
  const { page } = lab;
  await lab.open(1000);
  const rows = [];
  for (const [name, command] of Object.entries(COMMANDS)) {
    const costs = [];
    for (let i = 0; i < rounds; i++) {
      await page.getByTestId("canvas").focus();
      const before = await page.getByTestId("undo").getAttribute("aria-label");
      await command(lab);
      await page.waitForFunction(
        (label) => document.querySelector("[data-testid=undo]")?.getAttribute("aria-label") !== label,
        before,
        { timeout: 20_000 },
      );
      await quiet(lab);
      await page.getByTestId("canvas").focus();
      costs.push(await cost(lab, () => page.keyboard.press("Control+z")));
      await quiet(lab);
    }
    rows.push({ figure: `undo at 1,000 nodes: ${name}`, unit: "CPU-ms", budget: UNDO, is: median(costs) });
  }
  rows.push(await typing(lab));
  return rows;
}

/** A key in an expression, of a flow of so many nodes. */
export async function typing(lab, nodes = 1000) {
  const { page } = lab;
  await lab.open(nodes);
  await page.mouse.click(...(await lab.card(".card-node", "core.set")));
  const field = page.getByTestId("inspector").locator(".cm-content").first();
  await field.click();
  await quiet(lab);
  await page.keyboard.press("End");
  const costs = [];
  for (const key of "steps.step_1.output") costs.push(await cost(lab, () => page.keyboard.press(key)));
  return {
    figure: `a key in an expression at ${nodes} nodes`,
    unit: "CPU-ms",
    budget: KEY,
    is: median(costs),
  };
}
