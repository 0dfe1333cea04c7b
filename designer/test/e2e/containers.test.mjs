// Containers are collapsed and opened, by mouse and keys, and lead to what is in them.
// Against the fake server, which can be looked into.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { api, check, Editor, openPage, shot, startBrowser, until } from "./harness.mjs";

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

/** An opened phishing flow, changed first where a test needs it, and a look at what the server has of it. */
async function open(t, change = () => {}, options) {
  const fake = await startFake();
  const kept = [...fake.state.flows.values()][0];
  change(kept.flow);
  const page = await openPage(browser, { base: fake.address }, options);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await fake.stop();
  });
  await page.goto(`${fake.address}/flows/${kept.id}`);
  await page.getByTestId("node-report").waitFor();
  const node = (id) => kept.flow.nodes.find((n) => n.id === id);
  return { page, editor: new Editor(page), fake, kept, node };
}

const focused = (page) => page.evaluate(() => document.activeElement?.closest("[data-id]")?.dataset.id);

/** Has a command of the menu done. */
async function command(page, text) {
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await page.getByTestId("command-search").waitFor({ state: "detached" });
}

test("a container is collapsed into a card by its button, and its neighbours stay", async (t) => {
  const { page, node } = await open(t);
  const fold = page.getByTestId("fold-each");
  assert.equal(await fold.getAttribute("aria-expanded"), "true");
  const verdict = await page.getByTestId("node-verdict").boundingBox();
  await fold.click();
  await page.getByTestId("node-look").waitFor({ state: "detached" });
  assert.equal(await fold.getAttribute("aria-expanded"), "false");
  assert.equal(await fold.evaluate((e) => e === document.activeElement), true, "the button keeps the focus");
  assert.match(await page.getByTestId("within-each").innerText(), /^2 steps/);
  assert.deepEqual(await page.getByTestId("node-verdict").boundingBox(), verdict);
  const size = await page.getByTestId("node-each").evaluate((e) => [e.offsetWidth, e.offsetHeight]);
  assert.deepEqual(size, [208, 64]);
  await until("the draft", () => node("each").collapsed === true);
  assert.deepEqual(node("each").size, [720, 172], "as large as before when it is opened again");
  await check(page, "collapsed");
  // The wires that led to it do so still.
  assert.equal(await page.locator('[data-id="found.out>each"]').count(), 1);
  assert.equal(await page.locator('[data-id="look.out>weigh"]').count(), 0);
  await page.keyboard.press("Enter");
  await page.getByTestId("node-look").waitFor();
  await until("the draft", () => node("each").collapsed === undefined);
  // By name, and undone as one step.
  assert.match(await page.getByTestId("undo").getAttribute("aria-label"), /Undo: Open Each indicator/);
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+z");
  await page.getByTestId("node-look").waitFor({ state: "detached" });
});

test("by keys it is collapsed and opened from its card and from the command menu", async (t) => {
  const { page, node } = await open(t);
  await command(page, "each indicator");
  await until("the card", async () => (await focused(page)) === "each");
  await page.keyboard.press("Shift+C");
  await until("the draft", () => node("each").collapsed === true);
  assert.equal(await focused(page), "each", "the card keeps the focus");
  assert.match(await page.locator("#announcements").innerText(), /Each indicator is collapsed/);
  await command(page, "open each");
  await until("the draft", () => node("each").collapsed === undefined);
});

test("what is wrong inside is seen on the collapsed card, and leads there", async (t) => {
  const { page, node } = await open(t, (flow) => {
    const inner = flow.nodes.find((n) => n.id === "weigh");
    inner.type = "email.parse";
    delete inner.with;
    flow.nodes.find((n) => n.id === "each").collapsed = true;
  });
  assert.equal(await page.getByTestId("node-weigh").count(), 0);
  assert.equal(await page.getByTestId("node-each").getAttribute("data-problem"), "error");
  const lead = page.getByTestId("lead-each");
  assert.match(await lead.innerText(), /Weigh it/);
  await check(page, "collapsed-problem");
  await lead.click();
  await page.getByTestId("node-weigh").waitFor();
  assert.equal(await page.getByTestId("node-name").inputValue(), "Weigh it");
  // It is open for the eye: the draft is as it was.
  assert.equal(node("each").collapsed, true);
  await shot(page, "collapsed-led");
});

test("jumps lead into it: from problems, the outline, the command menu and the address", async (t) => {
  const { page, fake, kept } = await open(t, (flow) => {
    flow.nodes.find((n) => n.id === "each").collapsed = true;
  });
  await command(page, "score it");
  await page.getByTestId("node-look").waitFor();
  await page.goto(`${fake.address}/flows/${kept.id}?node=weigh`);
  await page.getByTestId("node-weigh").waitFor();
  await page.goto(`${fake.address}/flows/${kept.id}`);
  await page.getByTestId("node-each").waitFor();
  assert.equal(await page.getByTestId("node-weigh").count(), 0);
  // Page Down passes by what is not to be seen.
  await page.getByTestId("canvas").focus();
  const met = new Set();
  for (let i = 0; i < 9; i++) {
    await page.keyboard.press("PageDown");
    met.add(await until("a card", () => focused(page)));
  }
  assert.ok(met.has("each") && !met.has("look"), [...met].join(" "));
  await page
    .getByRole("tab", { name: "Outline" })
    .or(page.getByRole("radio", { name: "Outline" }))
    .first()
    .click();
  const line = page.getByTestId("outline-each");
  assert.equal(await line.getAttribute("aria-expanded"), "false");
  await line.click();
  await line.focus();
  await page.keyboard.press("ArrowRight");
  await page.getByTestId("outline-look").click();
  await page.getByTestId("node-look").waitFor();
});

test("a run shows at the collapsed card, in the editor and in its own view", async (t) => {
  const { page, fake, kept } = await open(t, (flow) => {
    flow.nodes.find((n) => n.id === "each").collapsed = true;
  });
  const { id } = await api(page, "POST", `/flows/${kept.id}/runs`, { input: { raw: "x", fail: "weigh" } });
  await page.goto(`${fake.address}/runs/${id}`);
  await page.getByTestId("lead-each").waitFor();
  await shot(page, "collapsed-run");
  await page.getByTestId("fold-each").click();
  await page.getByTestId("node-weigh").waitFor();
  await page.getByTestId("fold-each").click();
  await page.getByTestId("node-weigh").waitFor({ state: "detached" });
  await check(page, "collapsed-run-view");
  await page.getByTestId("lead-each").click();
  await page.getByTestId("node-weigh").waitFor();
  await until("the address", () => /node=weigh/.test(page.url()));
});

test("what is dropped onto a collapsed container goes into it, below what lies there", async (t) => {
  const { page, editor, kept, node } = await open(t, (flow) => {
    flow.nodes.find((n) => n.id === "each").collapsed = true;
  });
  const inside = () => JSON.stringify([node("look").position, node("weigh").position]);
  const were = inside();
  const to = await editor.centre("node-each");
  const from = await editor.centre("node-answer");
  // A drag begins a step late: a card comes to lie that much nearer.
  await editor.drag(from, { x: to.x - 40, y: to.y - 48 });
  await until("the move", () => node("answer").parent === "each");
  const low = Math.max(...["look", "weigh"].map((id) => node(id).position[1]));
  assert.ok(node("answer").position[1] >= low + 64, "it lies on what was there");
  assert.equal(inside(), were);
  const told = page.locator(".toasts", { hasText: "It lies in Each indicator now, which is collapsed." });
  await told.waitFor();
  await check(page, "collapsed-dropped");
  await told.getByRole("button", { name: "Undo" }).click();
  await until("the old place", () => node("answer").parent === undefined);
  // Why a trigger does not go into it is said.
  const middle = await editor.centre("node-each");
  await editor.drag(await editor.centre("node-report"), { x: middle.x - 40, y: middle.y + 20 });
  await page.locator(".toasts", { hasText: "A trigger starts the whole flow" }).waitFor({ timeout: 5_000 });
  assert.equal(node("report").parent, undefined);
  await page.keyboard.press("Control+z");
  await until("the trigger where it was", () => node("report").position[1] < 100);
  // From the palette, too.
  const id = await (async () => {
    const at = await editor.centre("node-each");
    await page.getByTestId("palette-core.wait").scrollIntoViewIfNeeded();
    await editor.drag(await editor.centre("palette-core.wait"), at);
    return until("the new one", () => kept.flow.nodes.find((n) => n.type === "core.wait")?.id);
  })();
  assert.equal(node(id).parent, "each");
});

test("tidying leaves the inside of a collapsed container", async (t) => {
  const { page, node } = await open(t, (flow) => {
    flow.nodes.find((n) => n.id === "each").collapsed = true;
  });
  const inside = JSON.stringify([node("look").position, node("weigh").position]);
  const before = JSON.stringify(node("answer").position);
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Shift+T");
  await until("the layout", () => JSON.stringify(node("answer").position) !== before);
  assert.equal(JSON.stringify([node("look").position, node("weigh").position]), inside);
  assert.deepEqual(node("each").size, [720, 172]);
  await shot(page, "collapsed-tidied");
});

test("collapsed cards are quiet in the dark, too", async (t) => {
  const { page } = await open(
    t,
    (flow) => {
      flow.nodes.find((n) => n.id === "each").collapsed = true;
    },
    { colorScheme: "dark" },
  );
  await page.getByTestId("node-each").click();
  await check(page, "collapsed-dark");
});

const crumbs = (page) => page.getByTestId("inside-crumbs");

test("a double-click on its name goes into a container, crumbs and Escape lead back", async (t) => {
  const { page, editor } = await open(t);
  // A view of one's own: smaller than what is shown at first.
  await page.getByRole("button", { name: "Zoom out" }).click();
  await editor.centre("node-report");
  const before = await page.getByTestId("node-report").boundingBox();
  await page.getByTestId("name-each").dblclick();
  await crumbs(page).waitFor();
  await page.getByTestId("node-report").waitFor({ state: "detached" });
  assert.deepEqual(await page.locator(".react-flow__node").count(), 2);
  await until("the address", () => /[?&]in=each/.test(page.url()));
  assert.equal(await page.getByTestId("inspector").count(), 0, "what is out of sight is closed");
  assert.match(await page.locator("#announcements").innerText(), /Inside Each indicator/);
  assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "canvas");
  await check(page, "inside");
  await page.keyboard.press("Escape");
  await page.getByTestId("node-report").waitFor();
  await until("the focus", async () => (await focused(page)) === "each");
  await until("the address", () => !/in=each/.test(page.url()));
  assert.deepEqual(await page.getByTestId("node-report").boundingBox(), before, "the view is as it was");
  // By keys from there, and back by the name of the flow.
  await page.keyboard.press("Shift+Enter");
  await crumbs(page).waitFor();
  await crumbs(page).getByRole("button", { name: "Phishing triage" }).click();
  await page.getByTestId("node-report").waitFor();
  await command(page, "enter each");
  await crumbs(page).waitFor();
  await command(page, "leave each");
  await page.getByTestId("node-report").waitFor();
});

test("what is added, pasted, moved and tidied inside stays inside", async (t) => {
  const { page, editor, node, kept } = await open(t, undefined, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.goto(`${page.url().split("?")[0]}?in=each`);
  await crumbs(page).waitFor();
  const id = await editor.place("core.set", 900, 700);
  await until("the new node", () => node(id)?.parent === "each");
  await page.getByTestId(`node-${id}`).click();
  await page.keyboard.press("Escape");
  await page.getByTestId(`node-${id}`).click();
  await page.keyboard.press("Control+c");
  await page.keyboard.press("Control+v");
  await until("the pasted one", () => kept.flow.nodes.filter((n) => n.parent === "each").length === 4);
  // The walls that are not seen hold all the same.
  const from = await editor.centre("node-look");
  await editor.drag(from, { x: from.x - 200, y: from.y - 200 });
  await until("the move", () => node("look").position[0] !== 64);
  assert.deepEqual(node("look").position, [24, 56]);
  assert.equal(node("look").parent, "each");
  await page.getByRole("button", { name: "Add a note" }).click();
  await page.keyboard.type("Inside");
  await page.keyboard.press("Escape");
  await until("the note", () => kept.flow.notes.at(-1).parent === "each");
  assert.ok(kept.flow.notes.at(-1).position[1] >= 56, "below the head of its container");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Shift+T");
  await until("the layout", () => node("weigh").position[0] !== 384);
  for (const n of kept.flow.nodes.filter((one) => one.parent === "each")) {
    assert.ok(n.position[0] >= 24 && n.position[1] >= 48, `${n.id} at ${n.position}`);
    assert.ok(n.position[0] + 208 <= node("each").size[0], `${n.id} is within`);
  }
  await shot(page, "inside-tidied");
  // What is open is closed first.
  await page.keyboard.press("Escape");
  await page.getByTestId("inspector").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.getByTestId("node-report").waitFor();
  await shot(page, "inside-left");
});

test("an empty container says so inside, and a jump elsewhere leaves it", async (t) => {
  const { page } = await open(t, (flow) => {
    flow.nodes.push({ id: "more", type: "core.repeat", name: "Again", parent: "each", position: [24, 200] });
  });
  await page.goto(`${page.url().split("?")[0]}?in=more`);
  await page.getByText("Nothing is in Again yet").waitFor();
  await check(page, "inside-empty");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Escape");
  await until("one level up", async () => (await crumbs(page).innerText()).trim().endsWith("Each indicator"));
  await command(page, "tell the reporter");
  await page.getByTestId("node-answer").waitFor();
  await crumbs(page).waitFor({ state: "detached" });
});

test("the view of a run goes into containers, too", async (t) => {
  const { page, fake, kept } = await open(t, () => {}, { colorScheme: "dark" });
  const { id } = await api(page, "POST", `/flows/${kept.id}/runs`, { input: { raw: "x" } });
  await page.goto(`${fake.address}/runs/${id}?in=each`);
  await crumbs(page).waitFor();
  await page.getByTestId("node-look").click();
  await until("both in the address", () => /in=each/.test(page.url()) && /node=look/.test(page.url()));
  await check(page, "inside-run");
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Escape");
  await page.getByTestId("node-report").waitFor();
  await until("the address", () => !/in=/.test(page.url()));
  await page.getByTestId("name-each").dblclick();
  await crumbs(page).waitFor();
});
