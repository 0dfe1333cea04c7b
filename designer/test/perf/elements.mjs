// How many elements a large flow has in the page, wherever one looks.
const MOST = 3000;

export async function elements(lab) {
  const { page } = lab;
  await lab.open(1000);
  let most = 0;
  const count = async () => {
    most = Math.max(most, await page.evaluate(() => document.querySelectorAll("*").length));
  };
  await count();
  for (const [dx, dy] of [
    [900, 0],
    [900, 600],
    [0, 900],
    [-1200, 900],
    [600, 1200],
  ]) {
    await page.mouse.move(700, 400);
    await page.mouse.wheel(dx, dy);
    await page.waitForTimeout(120);
    await count();
  }
  await page.mouse.click(...(await lab.card()));
  await page.getByTestId("inspector").waitFor();
  await page.waitForTimeout(500);
  await count();
  await page.locator('[aria-label="Fit the whole flow"]').click();
  await page.waitForTimeout(400);
  await count();
  return [
    { figure: "elements at 1,000 nodes, panned about, inspector open", unit: "", budget: MOST, is: most },
  ];
}
