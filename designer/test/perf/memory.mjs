// What stays in memory as an hour's work is done again and again.
const WARM = 3;
const ROUNDS = 8;
const GROWTH = 1.2;

export async function memory(lab) {
  const { page, cdp, metrics } = lab;
  await lab.open(300);
  const readings = [];
  for (let i = 0; i < WARM + ROUNDS; i++) {
    await work(lab);
    for (let j = 0; j < 2; j++) await cdp.send("HeapProfiler.collectGarbage");
    const { JSHeapUsedSize, Nodes, JSEventListeners } = await metrics();
    readings.push({ heap: JSHeapUsedSize, nodes: Nodes, listeners: JSEventListeners });
  }
  await page.keyboard.press("Escape");
  const growth = (key) => readings.at(-1)[key] / readings[WARM - 1][key];
  return [
    {
      figure: "heap after the work of an hour, to before",
      unit: "times",
      budget: GROWTH,
      is: growth("heap"),
    },
    { figure: "nodes of the page likewise", unit: "times", budget: GROWTH, is: growth("nodes") },
    { figure: "listeners likewise", unit: "times", budget: GROWTH, is: growth("listeners") },
    { figure: "heap in the end", unit: "MB", is: readings.at(-1).heap / 1e6 },
  ];
}

/** Edits, selections, inspectors, a run, undo and redo. */
async function work(lab) {
  const { page, fake } = lab;
  for (let i = 0; i < 12; i++) {
    await page.getByTestId("canvas").focus();
    await page.keyboard.press("PageDown");
    for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) await page.keyboard.press(key);
  }
  for (let i = 0; i < 4; i++) {
    await page.getByTestId("canvas").focus();
    await page.keyboard.press("PageDown");
    await page.keyboard.press("Enter");
    await page.getByTestId("inspector").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  }
  await page.getByTestId("canvas").focus();
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("Control+d");
    await page.keyboard.press("Delete");
  }
  for (let i = 0; i < 10; i++) await page.keyboard.press("Control+z");
  for (let i = 0; i < 5; i++) await page.keyboard.press("Control+Shift+z");
  fake.player.runs.clear();
}
