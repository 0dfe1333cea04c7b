// What lies over a page: opened by keys from where a row says, closed by Escape, and asked whether the focus came back.
import assert from "node:assert/strict";
import { until } from "./harness.mjs";

export const testid = (id) => `[data-testid="${id}"]`;
export const label = (text) => `[aria-label="${text}"]`;
export const card = (id) => `.react-flow__node[data-id="${id}"]`;
/** Chooses an entry of a menu, or types a text. */
export const item = (name) => ({ item: name });
export const type = (text) => ({ type: text });
/** What must be there before the next key. */
export const wait = (selector) => ({ wait: selector });

export const MENU = ".menu";
export const DIALOG = ".dialog";
export const COMMANDS = testid("command-menu");
export const KEYS = testid("shortcuts");

/** Opens each overlay from where it says, and closes it. */
export async function closes(page, rows) {
  const faults = [];
  for (const row of rows) {
    try {
      await opened(page, row);
      await left(page, row);
    } catch (error) {
      const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160));
      faults.push(`${row.name}: ${error.message.split("\n")[0]}; the focus is at ${at}`);
      await page.reload();
    }
  }
  assert.deepEqual(faults, []);
}

async function opened(page, { from, keys, overlay, first }) {
  await first?.(page);
  await page.locator(from).first().waitFor();
  await until(`the focus on ${from}`, async () => {
    await page.locator(from).first().focus();
    return page
      .locator(from)
      .first()
      .evaluate((e) => e === document.activeElement);
  });
  for (const key of keys) {
    if (typeof key === "string") await page.keyboard.press(key);
    else if (key.type !== undefined) await page.keyboard.type(key.type);
    else if (key.wait !== undefined) await page.locator(key.wait).first().waitFor();
    else {
      const entry = page.getByRole("menuitem", { name: key.item });
      await entry.waitFor();
      await entry.focus();
      await page.keyboard.press("Enter");
    }
  }
  await page.locator(overlay).first().waitFor({ timeout: 8_000 });
  await soon("the focus in what was opened", () =>
    page.evaluate((s) => document.activeElement?.closest(s) !== null, overlay),
  );
}

async function left(page, { from, overlay, back = from, closing = "Escape" }) {
  await page.keyboard.press(closing);
  await page.locator(overlay).first().waitFor({ state: "detached", timeout: 5_000 });
  await soon("the focus where it came from", () =>
    page.evaluate((s) => document.activeElement?.matches(s) === true, back),
  );
}

async function soon(what, ask) {
  for (let i = 0; i < 40; i++) {
    if (await ask()) return;
    await new Promise((next) => setTimeout(next, 25));
  }
  throw new Error(`${what}: it is not`);
}

/** Goes to a page, once its data is there. */
export async function at(page, base, path, ready) {
  await page.goto(`${base}/${path}`);
  await page.locator(ready).first().waitFor();
}
