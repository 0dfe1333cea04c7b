// What stays in memory of an hour of editing: its gestures, one after the other and without the pauses between.
import { quiet } from "./harness.mjs";

/** Gestures of an hour: one in three seconds. Until undo is full it grows as it should, and nothing is compared. */
const GESTURES = 1200;
const FULL = 600;
const GROWTH = 1.2;

export async function memory(lab) {
  const { page, cdp, metrics } = lab;
  await lab.open(300);
  const reading = async () => {
    // How much of a flow is mounted depends on what is seen of it: what is held is compared with that.
    await page.getByTestId("canvas").focus();
    await page.keyboard.press("Home");
    await quiet(lab);
    for (let i = 0; i < 3; i++) await cdp.send("HeapProfiler.collectGarbage");
    const { JSHeapUsedSize, Nodes, JSEventListeners } = await metrics();
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    return { heap: JSHeapUsedSize, nodes: Nodes / elements, listeners: JSEventListeners / elements };
  };
  let before;
  for (let done = 0; done < GESTURES; ) {
    done += await work(page);
    if (before === undefined && done >= FULL) before = await reading();
  }
  const after = await reading();
  const row = (figure, key) => ({ figure, unit: "times", budget: GROWTH, is: after[key] / before[key] });
  return [
    row("heap after an hour of editing, to that after half of it", "heap"),
    row("nodes for each element of the page likewise", "nodes"),
    row("listeners likewise", "listeners"),
    { figure: "heap in the end", unit: "MB", is: after.heap / 1e6 },
  ];
}

const MOVES = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];

/** Nudges, inspectors, typing, copies, deletions, undo and redo; answers how many gestures they were. */
async function work(page) {
  const canvas = () => page.getByTestId("canvas").focus();
  let gestures = 0;
  const press = async (key) => {
    await page.keyboard.press(key);
    gestures++;
  };
  for (let i = 0; i < 8; i++) {
    await canvas();
    await page.keyboard.press("PageDown");
    for (const key of MOVES) await press(key);
  }
  for (let i = 0; i < 2; i++) {
    await canvas();
    await page.keyboard.press("PageDown");
    await page.locator(".react-flow__node:focus").waitFor();
    await press("Enter");
    await page.getByTestId("inspector").waitFor();
    await page.getByTestId("node-name").fill(`Step ${Math.random()}`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  }
  await canvas();
  for (let i = 0; i < 3; i++) {
    await press("Control+d");
    await press("Delete");
  }
  for (let i = 0; i < 6; i++) await press("Control+z");
  for (let i = 0; i < 3; i++) await press("Control+Shift+z");
  return gestures;
}
