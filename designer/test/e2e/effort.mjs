// What working the designer costs, by the keystroke-level model.
import assert from "node:assert/strict";
import { shot, until } from "./harness.mjs";

/**
 * The keystroke-level model (Card, Moran, Newell 1980), in seconds: a key of a skilled typist, the hand
 * between mouse and keyboard, pointing, the button, and getting ready for what comes next.
 */
const KEY = 0.2;
const HOME = 0.4;
const POINT = 1.1;
const BUTTON = 0.1;
const MENTAL = 1.35;

/** Real mouse and key events, counted. */
export class Effort {
  clicks = 0;
  drags = 0;
  characters = 0;
  keys = 0;
  deadEnds = 0;
  seconds = 0;
  panels = new Set();
  #hand = "mouse";

  constructor(page) {
    this.page = page;
  }

  #at(hand) {
    if (this.#hand !== hand) this.seconds += HOME;
    this.#hand = hand;
  }

  /** One gets ready for a step of the task. */
  async think(step) {
    this.seconds += MENTAL;
    await this.look(step);
  }

  /** Counts what lies over the flow. */
  async look(step) {
    for (const panel of await this.page.$$eval(
      ".inspector, .side-panel, [role=dialog]:not(.add-menu)",
      (all) => all.map((e) => e.getAttribute("aria-label")?.split(":")[0] ?? e.className),
    ))
      this.panels.add(panel);
    if (process.env.SHOTS) await shot(this.page, `effort-${step}`);
  }

  async click(locator) {
    this.#at("mouse");
    this.clicks++;
    this.seconds += POINT + 2 * BUTTON;
    await locator.waitFor();
    await locator.scrollIntoViewIfNeeded();
    let box;
    // Nobody clicks on what still moves.
    await until("a part that stands still", async () => {
      const before = box;
      box = await locator.boundingBox();
      return before && box && before.x === box.x && before.y === box.y;
    });
    const at = [box.x + Math.min(box.width / 2, 60), box.y + box.height / 2];
    const met = await locator.evaluate((part, [x, y]) => {
      const seen = document.elementFromPoint(x, y);
      return part.contains(seen) || seen?.closest("label")?.contains(part) === true;
    }, at);
    assert.ok(met, `something lies over ${locator}`);
    await this.page.mouse.click(...at);
  }

  async type(text) {
    this.#at("keyboard");
    this.characters += text.length;
    this.seconds += KEY * text.length;
    await this.page.keyboard.type(text, { delay: 15 });
  }

  async press(keys) {
    this.#at("keyboard");
    this.keys++;
    this.seconds += KEY * keys.split("+").length;
    await this.page.keyboard.press(keys);
  }
}
