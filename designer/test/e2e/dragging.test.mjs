// Drags at their edges: what is drawn during one goes past React, and has to agree with it afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLab } from "../perf/harness.mjs";
import { until } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
  await lab.page.emulateMedia({ reducedMotion: "reduce" });
});
after(() => lab?.stop());

const NODES = 300;

/** Takes hold of the card of a node that is seen, in the middle of a flow. */
async function hold() {
  const { page } = lab;
  await lab.open(NODES);
  // The view may still be on its way to the cards that are read.
  const [x, y, id] = await until("a card lies where it is seen", async () => {
    const at = await lab.card(".card-node", "core.set");
    const node = await page.evaluate(
      (point) => document.elementFromPoint(...point)?.closest(".react-flow__node")?.dataset.id,
      at,
    );
    return node && [...at, node];
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 10, y + 10, { steps: 4 });
  return { page, id, x, y };
}

const saved = (id) => lab.flow(NODES).nodes.find((n) => n.id === id).position;

/** Where a card stands on the screen, and how far the ends of its wires are from its sides. */
function drawn(page, id) {
  return page.evaluate((node) => {
    const card = document.querySelector(`.react-flow__node[data-id="${node}"]`);
    const { left, top } = card.getBoundingClientRect();
    const [x] = card.style.transform.match(/-?[\d.]+/g).map(Number);
    const wires = [...document.querySelectorAll(".react-flow__edge")].filter((e) =>
      e.dataset.id.split(/[.>]/).includes(node),
    );
    const gaps = wires.map((wire) => {
      const numbers = wire
        .querySelector(".wire-line")
        .getAttribute("d")
        .match(/-?[\d.]+/g)
        .map(Number);
      return wire.dataset.id.endsWith(`>${node}`) ? numbers.at(-2) - x : numbers[0] - x - card.offsetWidth;
    });
    return { at: [left, top], gaps };
  }, id);
}

/** Wires end at their ports: within the port's own width. */
function joined({ gaps }) {
  return gaps.length > 0 && gaps.every((gap) => Math.abs(gap) < 10);
}

test("a drag that ends where it began changes nothing, and leaves nothing where it was drawn last", async () => {
  const { page, id, x, y } = await hold();
  await page.mouse.move(x + 300, y + 120, { steps: 6 });
  const away = await drawn(page, id);
  assert.ok(joined(away), JSON.stringify(away));
  await page.mouse.move(x, y, { steps: 6 });
  await page.mouse.up();
  const before = saved(id);
  await until("all is drawn where it is", async () => {
    const { at, gaps } = await drawn(page, id);
    return Math.abs(at[0] + 60 - x) < 3 && Math.abs(at[1] + 20 - y) < 3 && joined({ gaps });
  });
  assert.ok(await page.getByTestId("undo").isDisabled());
  assert.deepEqual(saved(id), before);
});

test("a card that is held at the edge takes the view along, and comes to lie where it is let go", async () => {
  const { page, id } = await hold();
  const before = saved(id);
  const view = () => page.evaluate(() => document.querySelector(".react-flow__viewport").style.transform);
  const box = await page.getByTestId("canvas").boundingBox();
  const began = await view();
  const far = async () => {
    // A hand is never still, and the view goes on as long as it stays there.
    await page.mouse.move(box.x + box.width - 12, box.y + 300 + Math.random() * 4);
    const [x] = (await view()).match(/-?[\d.]+/).map(Number);
    return x < Number(began.match(/-?[\d.]+/)[0]) - 1200;
  };
  await until("the view has gone on", far);
  const shown = await drawn(page, id);
  assert.ok(shown.at[0] > box.x + box.width - 260, "it is still in the hand");
  assert.ok(joined(shown), `its wires hold: ${shown.gaps}`);
  // What has come into view is there, and is wired.
  assert.ok((await page.locator(".card-node").count()) > 10);
  await page.mouse.up();
  await until("it is saved", () => saved(id)[0] > before[0] + 1200);
  const after = await drawn(page, id);
  assert.ok(Math.abs(after.at[0] - shown.at[0]) < 60 && joined(after), JSON.stringify({ shown, after }));
  await page.keyboard.press("Control+z");
  await until("undo brings it back", () => saved(id)[0] === before[0]);
});

test("Escape in the middle of a drag leaves the card where it was", async () => {
  const { page, id, x, y } = await hold();
  const before = saved(id);
  await page.mouse.move(x + 200, y + 150, { steps: 6 });
  await page.keyboard.press("Escape");
  await until("it is back", async () => Math.abs((await drawn(page, id)).at[0] + 60 - x) < 3);
  await page.mouse.move(x + 260, y + 150, { steps: 3 });
  await page.mouse.up();
  const { at, gaps } = await drawn(page, id);
  assert.ok(Math.abs(at[0] + 60 - x) < 3 && joined({ gaps }), JSON.stringify({ at, gaps }));
  assert.ok(await page.getByTestId("undo").isDisabled());
  assert.deepEqual(saved(id), before);
});
