// A small window, or a larger one at 200 % zoom: all of the editor is there, seen, reached by Tab, and large enough to hit.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The least that a finger or an unsteady hand can hit (WCAG 2.5.8). */
const TARGET = 24;

/** What of a screen can be reached by Tab, in its order, and what of that is not seen while it has the focus. */
async function walk(page) {
  await page.evaluate(() => {
    document.querySelector(".skip-link").focus();
  });
  const reached = [];
  const hidden = [];
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    // On the chosen card Tab offers what may follow.
    if ((await page.getByTestId("add-menu").count()) > 0) await page.keyboard.press("Escape");
    const at = await page.evaluate(async () => {
      const e = document.activeElement;
      if (e === null || e === document.body) return undefined;
      // The camera may bring a card into view.
      let last = "";
      for (let still = 0; still < 3; ) {
        await new Promise((next) => requestAnimationFrame(next));
        const now = JSON.stringify(e.getBoundingClientRect());
        still = now === last ? still + 1 : 0;
        last = now;
      }
      const name =
        e.dataset.testid ??
        e.dataset.id ??
        e.getAttribute("aria-label") ??
        e.textContent?.trim().slice(0, 30);
      const again = e.dataset.walked !== undefined;
      e.dataset.walked = "";
      const b = e.getBoundingClientRect();
      // One point of it that is seen will do: it must not be hidden as a whole.
      let seen = 0;
      for (const x of [0.1, 0.3, 0.5, 0.7, 0.9])
        for (const y of [0.1, 0.3, 0.5, 0.7, 0.9]) {
          const top = document.elementFromPoint(b.left + b.width * x, b.top + b.height * y);
          if (top !== null && (e.contains(top) || top.closest("label")?.contains(e))) seen++;
        }
      return { name, again, seen, edge: e.closest(".react-flow__edge") !== null };
    });
    if (at === undefined || at.again) break;
    reached.push(at.name);
    if (at.seen === 0 && !at.edge) hidden.push(at.name);
  }
  await page.$$eval("[data-walked]", (all) => {
    for (const e of all) delete e.dataset.walked;
  });
  return { reached, hidden };
}

/** Controls that are too small to hit, lie outside of the window, or are cut off. */
function misplaced(page) {
  return page.evaluate((least) => {
    const small = [];
    const out = [];
    const boxes = [];
    for (const e of document.querySelectorAll(
      "button, a[href], input, select, textarea, [role=button], [role=treeitem], [role=radio], .cm-content",
    )) {
      const b = (e.closest("label") ?? e).getBoundingClientRect();
      const style = getComputedStyle(e);
      const tiny = b.width <= 1 || b.height <= 1;
      if (tiny || style.visibility === "hidden" || e.closest(".react-flow__viewport, .skip-link, [inert]"))
        continue;
      const name = e.dataset.testid ?? e.getAttribute("aria-label") ?? e.textContent.trim().slice(0, 30);
      boxes.push({ e, b, name });
    }
    const scrolled = (e) => {
      for (let p = e.parentElement; p !== null; p = p.parentElement)
        if (/auto|scroll/.test(getComputedStyle(p).overflowY) && p.scrollHeight > p.clientHeight + 1)
          return true;
      return false;
    };
    const near = (a, o) => {
      // A circle around its middle that meets no other target has room enough.
      const [x, y] = [(a.left + a.right) / 2, (a.top + a.bottom) / 2];
      const dx = Math.max(o.left - x, 0, x - o.right);
      const dy = Math.max(o.top - y, 0, y - o.bottom);
      return Math.hypot(dx, dy) < least / 2;
    };
    for (const { e, b, name } of boxes) {
      const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
      if ((b.width < least - 0.5 || b.height < least - 0.5) && !inText) {
        const crowd = boxes.some((o) => o.e !== e && !o.e.contains(e) && !e.contains(o.e) && near(b, o.b));
        if (crowd) small.push(`${name}: ${Math.round(b.width)} × ${Math.round(b.height)}`);
      }
      const cut = b.left < -1 || b.right > innerWidth + 1;
      const below = b.top < -1 || b.bottom > innerHeight + 1;
      if (cut || (below && !scrolled(e))) out.push(name);
    }
    const sideways = [
      document.documentElement,
      ...document.querySelectorAll("main, .editor *, [role=dialog] *"),
    ]
      .filter((e) => !e.closest(".react-flow, .cm-editor, textarea, input, select, table, svg"))
      .filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowX) || e === document.documentElement)
      .filter((e) => e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.className || e.tagName);
    return { small, out, sideways };
  }, TARGET);
}

async function whole(page, name) {
  await check(page, name);
  assert.deepEqual(await misplaced(page), { small: [], out: [], sideways: [] }, name);
}

for (const [width, height] of [
  [800, 500],
  [640, 480],
])
  for (const theme of ["light", "dark"])
    test(`the editor in ${width} × ${height}, ${theme}`, async (t) => {
      const page = await openPage(browser, server, {
        ...{ viewport: { width, height }, deviceScaleFactor: 2, colorScheme: theme },
      });
      t.after(() => page.context().close());
      const at = (name) => `compact-${width}-${theme}-${name}`;
      await page.getByText("Phishing triage").first().click();
      await page.getByTestId("node-parse").waitFor();
      await page.getByTestId("sample").selectOption({ index: 1 });
      await page.getByTestId("run").click();
      const pill = page.getByTestId("run-pill");
      await until("the run's end", async () => (await pill.getAttribute("data-state")) === "succeeded");
      await whole(page, at("editor"));
      const canvas = await page.getByTestId("canvas").boundingBox();
      assert.ok(canvas.height > height * 0.7, `the canvas is ${canvas.height} high`);
      assert.ok(canvas.width > width - 70, `the canvas is ${canvas.width} wide`);
      const bare = await walk(page);
      assert.deepEqual(bare.hidden, []);
      for (const id of [
        ...["command-button", "left-toggle", "flow-name", "problems-button", "flow-menu", "publish"],
        ...["canvas", "tidy", "run", "dry-run", "sample", "edit-input", "run-unfold"],
      ])
        assert.ok(bare.reached.includes(id), `Tab does not lead to ${id}: ${bare.reached.join(", ")}`);

      // What the run gave unfolds above the line, and takes nothing from it.
      await page.getByTestId("run-unfold").click();
      await page.getByTestId("run-output").waitFor();
      await whole(page, at("unfolded"));
      assert.ok((await page.getByTestId("canvas").boundingBox()).height > height * 0.35);
      await page.getByTestId("run-unfold").click();
      await page.getByTestId("run-output").waitFor({ state: "hidden" });

      // The sheet beside the canvas: it opens, takes the focus, and gives it back.
      await page.getByTestId("left-toggle").click();
      await page.getByTestId("palette-search").waitFor();
      assert.ok(await page.evaluate(() => document.activeElement.dataset.testid === "palette-search"));
      await whole(page, at("palette"));
      await page.keyboard.press("Escape");
      await page.getByTestId("palette-search").waitFor({ state: "detached" });
      assert.ok(await page.evaluate(() => document.activeElement.dataset.testid === "left-toggle"));
      await page.getByTestId("canvas").press("Control+f");
      await page.getByTestId("outline-search").waitFor();
      await page.keyboard.type("verdict");
      await whole(page, at("outline"));
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByTestId("inspector").waitFor();
      await page.getByTestId("outline").waitFor({ state: "detached" });

      // The inspector is a sheet: its first parameter is seen as one comes in, and so is all that has the focus.
      await until("a first parameter that is seen", () =>
        page.evaluate(() => {
          const b = document.activeElement.getBoundingClientRect();
          const top = document.elementFromPoint(b.left + b.width / 2, b.top + Math.min(b.height / 2, 12));
          return document.activeElement.closest(".pane-parameters") && document.activeElement.contains(top);
        }),
      );
      await whole(page, at("inspector"));
      const inspected = await walk(page);
      assert.deepEqual(inspected.hidden, []);
      await page.getByTestId("inspector").getByRole("button", { name: "Close" }).click();

      for (const panel of ["problems", "versions"]) {
        await page.keyboard.press("Control+k");
        await page.getByTestId("command-search").waitFor();
        await page.keyboard.type(`show the ${panel}`);
        await page.keyboard.press("Enter");
        await page.getByTestId(panel).waitFor();
        await whole(page, at(panel));
        await page.keyboard.press("Escape");
        await page.getByTestId(panel).waitFor({ state: "detached" });
      }
      for (const [name, open] of [
        ["input", "edit-input"],
        ["publish", "publish"],
      ]) {
        await page.getByTestId(open).click();
        await page.getByRole("dialog").waitFor();
        await whole(page, at(name));
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      await page.getByTestId("flow-menu").click();
      await page.getByRole("menuitem", { name: "Settings of the flow" }).click();
      await page.getByRole("dialog").waitFor();
      await whole(page, at("settings"));
      await page.keyboard.press("Escape");

      await page.getByTestId("run-pill").getByRole("link").click();
      await page.waitForURL("**/runs/*");
      await page.getByTestId("node-parse").waitFor();
      await whole(page, at("run"));
      assert.ok((await page.getByTestId("canvas").boundingBox()).height > height * 0.45);
      assert.deepEqual(page.faults, []);
    });

test("ports are large enough to hit at full size", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  await page.getByTitle("Zoom to 100 %").click();
  await page.getByTestId("node-parse").hover();
  await until(
    "the ports",
    async () => (await page.locator("[data-testid='port-parse-error']").count()) === 1,
  );
  const missed = await page.evaluate((least) => {
    const r = least / 2 - 1;
    const free = (x, y) => x > 300 && y > 70 && x < innerWidth - 40 && y < innerHeight - 160;
    return [...document.querySelectorAll(".port")].flatMap((port) => {
      const b = port.getBoundingClientRect();
      const [x, y] = [(b.left + b.right) / 2, (b.top + b.bottom) / 2];
      if (!free(x, y)) return [];
      const all = [
        [r, 0],
        [-r, 0],
        [0, r],
        [0, -r],
      ];
      return all.every(([dx, dy]) => document.elementFromPoint(x + dx, y + dy) === port)
        ? []
        : [port.dataset.testid];
    });
  }, TARGET);
  assert.deepEqual(missed, []);
});

test("who wants no motion gets none: the camera is there at once, and cards do not travel", async (t) => {
  const page = await openPage(browser, server, { reducedMotion: "reduce" });
  t.after(() => page.context().close());
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  // Of everything that moves the camera, the pictures in between are counted.
  const between = (act) =>
    page.evaluate(async (press) => {
      const seen = new Set();
      const view = document.querySelector(".react-flow__viewport");
      document.querySelector(press).click();
      for (let i = 0; i < 20; i++) {
        await new Promise((next) => requestAnimationFrame(next));
        seen.add(view.style.transform);
      }
      return seen.size;
    }, act);
  for (const label of ["Zoom in", "Zoom out", "Fit the whole flow"])
    assert.ok((await between(`[aria-label="${label}"]`)) <= 2, label);
  await page.getByTestId("tidy").click();
  const moving = await page.evaluate(() =>
    document
      .getAnimations()
      .filter((a) => a.effect.getComputedTiming().duration > 1)
      .map((a) => String(a.animationName ?? a.transitionProperty)),
  );
  assert.deepEqual(moving, []);
});
