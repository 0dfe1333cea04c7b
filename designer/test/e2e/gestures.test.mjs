// Gestures, clipboard, and what happens when the connection or the server is away, as a
// person does them, against the fake server: it can be cut off and looked into.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { Editor, openPage, startBrowser, until } from "./harness.mjs";

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

/** An opened phishing flow, and a look at what the server has of it. */
async function open(t) {
  const fake = await startFake();
  const page = await openPage(browser, { base: fake.address });
  t.after(async () => {
    await page.context().close();
    await fake.stop();
  });
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  const saved = () => [...fake.state.flows.values()][0].flow;
  const node = (id) => saved().nodes.find((n) => n.id === id);
  const box = (id) => page.getByTestId(id).boundingBox();
  const drag = async (from, to, key) => {
    if (key) await page.keyboard.down(key);
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 10 });
    await page.mouse.up();
    if (key) await page.keyboard.up(key);
  };
  const cards = () => page.locator(".card-node").count();
  const chosen = () => page.locator(".card-node[data-selected]").count();
  return { fake, page, saved, node, box, drag, cards, chosen };
}

test("a node dropped into a container belongs to it, and undo takes all of it back", async (t) => {
  const { page, saved, node, box } = await open(t);
  const [answer, each] = [await box("node-answer"), await box("node-each")];
  await page.mouse.move(answer.x + 40, answer.y + 20);
  await page.mouse.down();
  await page.mouse.move(each.x + each.width - 190, each.y + 60, { steps: 10 });
  await until("the container lights up", () => page.locator('[data-drop][data-id="each"]').count());
  await page.mouse.up();
  await until("the new parent", () => node("answer").parent === "each");
  assert.equal(saved().edges.length, 6);
  assert.match(await page.locator(".toast").innerText(), /2 wires were cut/);
  await page.getByRole("button", { name: "Undo", exact: true }).last().click();
  await until("the old place", () => node("answer").parent === undefined && saved().edges.length === 8);
});

test("what is boxed is copied as text, pasted with new ids, cut", async (t) => {
  const { page, box, drag, cards, chosen } = await open(t);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const [report, parse] = [await box("node-report"), await box("node-parse")];
  await drag(
    [report.x - 24, report.y - 24],
    [parse.x + parse.width + 16, parse.y + parse.height + 16],
    "Shift",
  );
  assert.equal(await chosen(), 2);
  await page.keyboard.press("Control+c");
  const clip = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual([clip.format, clip.nodes.map((n) => n.id)], ["drawbridge.nodes/1", ["report", "parse"]]);
  const before = await cards();
  await page.mouse.move(900, 700);
  await page.keyboard.press("Control+v");
  await page.getByTestId("node-parse_2").waitFor();
  assert.equal(await chosen(), 2);
  await page.keyboard.press("Control+x");
  await until("the cut", async () => (await cards()) === before);
  await page.keyboard.press("Control+z");
  await page.getByTestId("node-parse_2").waitFor();
});

test("the inspector hides no node that was opened, and moves the camera for no other", async (t) => {
  const { page, box } = await open(t);
  const camera = () => page.locator(".react-flow__viewport").evaluate((e) => e.style.transform);
  const still = async () => {
    let last;
    await until("a still camera", async () => {
      const before = last;
      last = await camera();
      return last === before;
    });
    return last;
  };
  const first = await still();
  await page.getByTestId("node-parse").click({ position: { x: 20, y: 20 } });
  await page.getByTestId("inspector").waitFor();
  assert.equal(await still(), first);
  await page.keyboard.press("Escape");
  await page.getByTestId("inspector").waitFor({ state: "detached" });
  const inspector = { x: 1600 - 14 - 432 };
  // The card at the far right is brought to where the inspector would lie.
  const card = await box("node-answer");
  await page.mouse.move(500, 800);
  // A wheel's turn pans by half its distance.
  await page.mouse.wheel(2 * (card.x - 1350), 0);
  await until("the card", async () => Math.abs((await box("node-answer")).x - 1350) < 5);
  const before = await still();
  await page.getByTestId("node-answer").click({ position: { x: 20, y: 20 } });
  await until("the card beside the inspector", async () => {
    const at = await box("node-answer");
    return Math.abs(at.x + at.width - (inspector.x - 24)) < 2;
  });
  assert.notEqual(await still(), before);
});

test("keys act on the canvas only while it has the focus", async (t) => {
  const { page, node, saved, cards } = await open(t);
  const before = await cards();
  await page.getByTestId("note-n1").dblclick();
  await page.getByTestId("note-n1").getByRole("textbox").click();
  await page.keyboard.press("End");
  await page.keyboard.type(" Twice!");
  await page.keyboard.press("Backspace");
  await until("the note", () => saved().notes[0].text === "Ask the lead before sending. Twice");
  assert.equal(await cards(), before);
  await page.getByTestId("node-report").click({ position: { x: 60, y: 20 } });
  await page.keyboard.press("ArrowRight");
  await until("the nudge", () => node("report").position[0] === 4);
  await page.keyboard.press("Delete");
  await until("the end of the node", () => node("report") === undefined && saved().edges.length === 7);
});

test("a wire is chosen by a click and deleted", async (t) => {
  const { page, saved } = await open(t);
  const beside = await page.evaluate(() => {
    const line = document.querySelector(".wire-line");
    const at = line.getPointAtLength(line.getTotalLength() / 5).matrixTransform(line.getScreenCTM());
    return [at.x, at.y];
  });
  // Its middle is a button that adds.
  await page.mouse.click(...beside);
  await page.keyboard.press("Delete");
  await until("one wire less", () => saved().edges.length === 7);
});

test("a run goes on where the live connection was cut", async (t) => {
  const { page, fake } = await open(t);
  await page.getByTestId("run").click();
  await until(
    "the run",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "running",
  );
  fake.dropSockets();
  await page.getByText("Connection lost").waitFor();
  await until(
    "the end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  assert.equal(await page.getByTestId("node-verdict").getAttribute("data-state"), "succeeded");
});

test("edits made while the server is away outlive a reload", async (t) => {
  const { page, saved } = await open(t);
  await page.route("**/api/v1/flows/*", (route) =>
    route.request().method() === "PUT" ? route.abort() : route.continue(),
  );
  await page.getByTestId("flow-name").fill("Renamed while away");
  await page.keyboard.press("Enter");
  await until(
    "the notice",
    async () => (await page.getByTestId("save-state").getAttribute("data-state")) === "away",
  );
  assert.equal(saved().name, "Phishing triage");
  await page.unroute("**/api/v1/flows/*");
  page.on("dialog", (dialog) => dialog.accept());
  await page.reload();
  await until("the save", () => saved().name === "Renamed while away");
});

test("two who save the same draft lose nothing", async (t) => {
  const { page, fake, saved } = await open(t);
  const kept = [...fake.state.flows.values()][0];
  kept.revision++;
  kept.flow = { ...kept.flow, name: "By the lead" };
  await page.getByTestId("flow-name").fill("By me");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "This draft was changed elsewhere" }).waitFor();
  await page.getByTestId("merge-flow//name").getByTestId("theirs").check();
  await page.getByTestId("merge-save").click();
  await until("theirs", async () => (await page.getByTestId("flow-name").inputValue()) === "By the lead");
  await page.getByTestId("undo").click();
  await until("mine again", () => saved().name === "By me");
});

test("a draft that somebody else saved is shown, and undo brings the old one back", async (t) => {
  const { page, fake, saved } = await open(t);
  const kept = [...fake.state.flows.values()][0];
  kept.revision++;
  kept.flow = { ...kept.flow, name: "By the lead" };
  fake.poke(kept);
  await until("theirs", async () => (await page.getByTestId("flow-name").inputValue()) === "By the lead");
  await page.getByText("changed elsewhere").waitFor();
  await page.getByTestId("undo").click();
  await until("mine again", () => saved().name === "Phishing triage");
});

test("a wire that was drawn since the run is no way that the run took", async (t) => {
  const { page, saved, node } = await open(t);
  await page.getByTestId("run").click();
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  const state = (label) =>
    page.locator(`.react-flow__edge[aria-label="${label}"] .wire`).getAttribute("data-state");
  await until("a taken wire", async () => (await state("Wire from report out to parse")) === "succeeded");
  const editor = new Editor(page);
  await editor.connect("report", "out", "found");
  await until("the new wire", () => saved().edges.some((e) => e.from === "report" && e.to === "found"));
  assert.ok(node("found"));
  assert.equal(await state("Wire from report out to found"), null);
  assert.equal(await state("Wire from report out to parse"), "succeeded");
});

test("nothing runs off a narrow window", async (t) => {
  const { page } = await open(t);
  await page.getByTestId("run").click();
  await page.getByTestId("timeline").waitFor();
  for (const width of [1280, 1024, 800]) {
    await page.setViewportSize({ width, height: 800 });
    // Where the run bar is one line, the times unfold above it.
    if (width <= 900) await page.getByTestId("run-unfold").click();
    const right = async (id) => {
      const box = await page.getByTestId(id).boundingBox();
      return box.x + box.width;
    };
    for (const id of ["timeline", "run-pill", "publish"])
      assert.ok((await right(id)) <= width, `${id} at ${width}: ${await right(id)}`);
  }
  await page.goto(page.url().replace(/\/flows\/.*/, "/flows"));
  const menu = page.getByRole("button", { name: "More for Phishing triage" });
  await menu.waitFor();
  const box = await menu.boundingBox();
  assert.ok(box.x + box.width <= 800);
});
