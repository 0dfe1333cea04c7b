// The command menu, and what lays a flow out: tidying, aligning, guides, the middle of wires.
// Against the fake server, which can be looked into.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { check, Editor, openPage, shot, startBrowser, until } from "./harness.mjs";

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

/** An opened phishing flow, and a look at what the server has of it. */
async function open(t, options) {
  const fake = await startFake();
  const page = await openPage(browser, { base: fake.address }, options);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await fake.stop();
  });
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  const saved = () => [...fake.state.flows.values()][0].flow;
  const node = (id) => saved().nodes.find((n) => n.id === id);
  const edges = () => saved().edges.map((e) => `${e.from}>${e.to}`);
  return { page, editor: new Editor(page), saved, node, edges };
}

test("the command menu finds commands, nodes, flows and pages, by keys alone", async (t) => {
  const { page, saved } = await open(t);
  const search = page.getByTestId("command-search");
  await page.keyboard.press("Control+k");
  await search.waitFor();
  await check(page, "command-menu");
  await page.keyboard.press("Escape");
  await search.waitFor({ state: "detached" });

  // A node is gone to, and has the focus.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("parse");
  await page.keyboard.press("Enter");
  await page.getByTestId("inspector").waitFor();
  await until("the focus", () =>
    page.evaluate(() => document.activeElement?.closest("[data-id]")?.dataset.id === "parse"),
  );
  // What is added follows it, and undo has a name.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("add set fields");
  assert.match(await page.getByRole("option", { selected: true }).innerText(), /after Parse/);
  const before = saved().nodes.length;
  await page.keyboard.press("Enter");
  await until("the node", () => saved().nodes.length === before + 1);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("undo");
  assert.match(await page.getByRole("option", { selected: true }).innerText(), /Undo: Add Set fields/);
  await page.keyboard.press("Enter");
  await until("the undo", () => saved().nodes.length === before);
  // A page, and from there the flow by its name.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("receipts");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/receipts");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("phishing");
  await page.getByRole("group", { name: "Flows" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/flows\/[0-9a-f-]+/);
  assert.equal(await page.getByTestId("command-menu").count(), 0);
});

test("tidying is one step, and undo brings every card back", async (t) => {
  const { page, saved } = await open(t);
  const places = () => JSON.stringify(saved().nodes.map((n) => [n.id, n.position, n.size]));
  const before = places();
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Shift+T");
  await until("the layout", () => places() !== before);
  await shot(page, "tidied");
  const boxes = await page.$$eval(".react-flow__node-card", (all) =>
    all.map((e) => [e.dataset.id, e.getBoundingClientRect().toJSON()]),
  );
  for (const [a, one] of boxes)
    for (const [b, other] of boxes)
      if (a < b)
        assert.ok(
          one.right <= other.left ||
            other.right <= one.left ||
            one.bottom <= other.top ||
            other.bottom <= one.top,
          `${a} covers ${b}`,
        );
  await page.keyboard.press("Control+z");
  await until("the old places", () => places() === before);
});

test("what is selected is aligned and spread by the command menu", async (t) => {
  const { page, node } = await open(t);
  await page.getByTestId("node-report").click();
  await page.keyboard.down("Shift");
  for (const id of ["parse", "answer"])
    await page.getByTestId(`node-${id}`).click({ position: { x: 20, y: 20 } });
  await page.keyboard.up("Shift");
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("align bottom");
  await page.keyboard.press("Enter");
  await until("one line", () => node("report").position[1] === node("answer").position[1]);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("distribute across");
  await page.keyboard.press("Enter");
  const gaps = () => {
    const x = ["report", "parse", "answer"].map((id) => node(id).position[0]);
    return [x[1] - x[0], x[2] - x[1]];
  };
  await until("the same gaps", () => Math.abs(gaps()[0] - gaps()[1]) <= 4);
});

test("a dragged card is drawn into line with others, and a line says so", async (t) => {
  const { page, editor, node } = await open(t);
  const [x, y] = node("answer").position;
  const at = await editor.centre("node-answer");
  const zoom = await page
    .locator(".react-flow__viewport")
    .evaluate((e) => new DOMMatrix(e.style.transform).a);
  const verdict = node("verdict").position[1];
  // It is let go three pixels beside the line of the other.
  const to = { x: at.x + 8 * zoom, y: at.y + (verdict + 60 - y) * zoom };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 4, at.y + 30, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.move(to.x, at.y + (verdict + 4 - y) * zoom, { steps: 6 });
  await page.getByTestId("guide").first().waitFor();
  await shot(page, "guides");
  await page.mouse.up();
  await until("the line of the other", () => node("answer").position[1] === verdict);
  assert.notEqual(node("answer").position[0], x);
  assert.equal(await page.getByTestId("guide").count(), 0);
});

test("the middle of a wire takes a node: from its button, from the palette, and one that is there", async (t) => {
  const { page, editor, edges, saved } = await open(t);
  const wire = page.getByTestId("wire-add-report.out>parse");
  await wire.hover();
  await shot(page, "wire-add");
  await wire.click();
  await page.getByTestId("add-menu-search").fill("set");
  await page.keyboard.press("Enter");
  await until(
    "the wire by way of it",
    () => edges().includes("report>set_fields") && edges().includes("set_fields>parse"),
  );
  assert.ok(!edges().includes("report>parse"));
  await page.keyboard.press("Escape");

  await page.getByTestId("palette-core.code").scrollIntoViewIfNeeded();
  await editor.drag(
    await editor.centre("palette-core.code"),
    await editor.centre("wire-add-set_fields.out>parse"),
  );
  await until("the dropped one", () => edges().includes("set_fields>code") && edges().includes("code>parse"));
  await page.keyboard.press("Escape");

  // A node without wires that is let go on one.
  const free = await editor.place("core.set", 500, 800);
  await page.keyboard.press("Escape");
  const [card, middle] = [
    await editor.centre(`node-${free}`),
    await editor.centre("wire-add-set_fields.out>code"),
  ];
  await page.mouse.move(card.x, card.y);
  await page.mouse.down();
  await page.mouse.move(card.x + 5, card.y, { steps: 5 }); // the way to the first move is lost
  await page.mouse.move(middle.x + 5, middle.y, { steps: 12 });
  await page.mouse.up();
  await until(
    "the one that was there",
    () => edges().includes(`set_fields>${free}`) && edges().includes(`${free}>code`),
  );
  const count = saved().nodes.length;
  await page.keyboard.press("Control+z");
  await until("its undo", () => edges().includes("set_fields>code") && saved().nodes.length === count);
});

test("the outline is read, searched and worked in by keys alone", async (t) => {
  const { page, node, edges, saved } = await open(t);
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+f");
  await until("the search", () =>
    page.evaluate(() => document.activeElement?.dataset.testid === "outline-search"),
  );
  const lines = () => page.getByRole("treeitem").evaluateAll((all) => all.map((l) => l.dataset.id));
  assert.deepEqual((await lines()).slice(0, 4), ["report", "parse", "found", "each"]);
  await check(page, "outline");
  await page.keyboard.type("malicious");
  await until("the hit", async () => JSON.stringify(await lines()) === '["verdict"]');
  await shot(page, "outline-found");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByTestId("inspector").waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("outline-search").fill("");

  // Containers close and open, and the selection goes along.
  await page.getByTestId("outline-each").focus();
  await page.keyboard.press("ArrowLeft");
  await until("the closed one", async () => !(await lines()).includes("look"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await until("the first inside", () => page.evaluate(() => document.activeElement?.dataset.id === "look"));
  // Wires without a mouse.
  await page.getByTestId("outline-answer").focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("take the wire from");
  await page.keyboard.press("Enter");
  await until("one wire less", () => saved().edges.length === 7);
  // A container is unpacked, and undo packs it again.
  await page.getByTestId("outline-found").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("unpack");
  await page.keyboard.press("Enter");
  await until("no container", () => node("each") === undefined && node("look").parent === undefined);
  assert.ok(edges().includes("found>look"));
  await page.getByTestId("undo").click();
  await until("the container", () => node("look").parent === "each");
  // Deleting from the outline.
  await page.getByTestId("outline-pull").focus();
  await page.keyboard.press("Delete");
  await until("the node is gone", () => node("pull") === undefined);
});

test("a small picture shows what lies outside the view, and leads there", async (t) => {
  const { page } = await open(t, { viewport: { width: 1000, height: 700 } });
  const map = page.getByTestId("minimap");
  await page.getByRole("button", { name: "Zoom in" }).click();
  await map.waitFor();
  await shot(page, "minimap");
  const camera = () => page.locator(".react-flow__viewport").evaluate((e) => e.style.transform);
  const before = await camera();
  const box = await map.boundingBox();
  await page.mouse.click(box.x + 20, box.y + box.height - 20);
  await until("another view", async () => (await camera()) !== before);
  // The whole flow in view leaves nothing to show.
  await page.getByRole("button", { name: "Fit the whole flow" }).click();
  await map.waitFor({ state: "detached" });
});
