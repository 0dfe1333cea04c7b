// Groups: named frames around nodes, made, moved, named, coloured and taken away by mouse and keys.
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

const INTAKE = { id: "intake", name: "Intake", nodes: ["report", "parse", "found"], color: "green" };
const INNER = { id: "inner", name: "Scoring", nodes: ["look", "weigh"] };

/** An opened flow, with groups where a test needs them, and a look at what the server has of it. */
async function open(t, groups, options, which = 0) {
  const fake = await startFake();
  const kept = [...fake.state.flows.values()][which];
  if (groups !== undefined) kept.flow.groups = structuredClone(groups);
  const page = await openPage(browser, { base: fake.address }, options);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await fake.stop();
  });
  await page.goto(`${fake.address}/flows/${kept.id}`);
  await page.getByTestId("canvas").waitFor();
  const node = (id) => kept.flow.nodes.find((n) => n.id === id);
  const saved = () => kept.flow.groups ?? [];
  return { page, editor: new Editor(page), kept, node, saved };
}

const focused = (page) => page.evaluate(() => document.activeElement?.dataset.testid);

async function pick(page, ids) {
  const at = { position: { x: 20, y: 20 } };
  await page.getByTestId(`node-${ids[0]}`).click(at);
  await page.keyboard.down("Shift");
  for (const id of ids.slice(1)) await page.getByTestId(`node-${id}`).click(at);
  await page.keyboard.up("Shift");
}

async function command(page, text) {
  await page.keyboard.press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await page.getByTestId("command-search").waitFor({ state: "detached" });
}

test("what is selected is grouped by a key, named in place and ungrouped again", async (t) => {
  const { page, saved } = await open(t);
  await pick(page, ["verdict", "answer"]);
  await page.keyboard.press("Control+g");
  await page.getByTestId("group-field-group").waitFor();
  await page.keyboard.type("Decide, then answer");
  await page.keyboard.press("Enter");
  await until("the name", () => saved()[0]?.name === "Decide, then answer");
  assert.deepEqual(saved()[0].nodes, ["verdict", "answer"]);
  assert.equal(await focused(page), "group-head-group");
  // The frame lies around both, and behind them.
  const frame = await page.getByTestId("group-group").boundingBox();
  for (const id of ["verdict", "answer"]) {
    const box = await page.getByTestId(`node-${id}`).boundingBox();
    assert.ok(frame.x < box.x && frame.y < box.y && frame.x + frame.width > box.x + box.width, id);
    const above = await page.evaluate(
      ([x, y]) => document.elementFromPoint(x, y)?.closest("[data-id]")?.dataset.id,
      [box.x + 100, box.y + 50],
    );
    assert.equal(above, id);
  }
  await check(page, "group");
  // A name that is left as it was, or empty, changes nothing.
  await page.keyboard.press("F2");
  await page.keyboard.type("Else");
  await page.keyboard.press("Escape");
  await page.getByTestId("group-head-group").waitFor();
  assert.match(await page.getByTestId("undo").getAttribute("aria-label"), /Rename group/);
  await page.keyboard.press("Control+Shift+g");
  await until("no group", () => saved().length === 0);
  await page.keyboard.press("Control+z");
  await until("the group", () => saved().length === 1);
});

test("its head moves the nodes, as one step", async (t) => {
  const { page, editor, node } = await open(t, [INTAKE]);
  const before = INTAKE.nodes.map((id) => node(id).position);
  const { x, y } = await editor.centre("group-head-intake");
  await editor.drag({ x, y }, { x: x + 60, y: y - 80 });
  await until("the move", () => node("report").position[0] !== before[0][0]);
  for (const [i, id] of INTAKE.nodes.entries()) {
    const [dx, dy] = [node(id).position[0] - before[i][0], node(id).position[1] - before[i][1]];
    assert.ok(Math.abs(dx - 60) <= 8 && Math.abs(dy + 80) <= 8, `${id} went by ${dx}, ${dy}`);
  }
  assert.deepEqual(node("verdict").position, [0, 408]);
  await page.keyboard.press("Control+z");
  await until("the old places", () =>
    INTAKE.nodes.every((id, i) => `${node(id).position}` === `${before[i]}`),
  );
  // A click selects them all: what is deleted then are they, and with the last one the group.
  await page.getByTestId("group-head-intake").click();
  assert.equal(await page.getByTestId("group-intake").getAttribute("data-selected"), "true");
  await page.keyboard.press("ArrowRight");
  await until("a step", () => node("parse").position[0] === before[1][0] + 4);
  await page.keyboard.press("Delete");
  await page.getByTestId("group-intake").waitFor({ state: "detached" });
  await until("the draft", () => node("report") === undefined);
});

test("its head takes along the notes that lie in its frame", async (t) => {
  const { page, editor, kept, node } = await open(t, [INTAKE]);
  const frame = await page.getByTestId("group-intake").boundingBox();
  const card = await page.getByTestId("node-report").boundingBox();
  const [x0, y0] = node("report").position;
  // One within the frame, one that only touches it.
  kept.flow.notes = [
    { id: "within", text: "Within", position: [x0 + 8, y0 + 64], size: [120, 20] },
    {
      id: "beside",
      text: "Beside",
      position: [x0, y0 + frame.y + frame.height - card.y - 10],
      size: [220, 96],
    },
  ];
  await page.reload();
  await page.getByTestId("note-within").waitFor();
  const note = (id) => kept.flow.notes.find((n) => n.id === id).position;
  const [within, beside] = [note("within"), note("beside")];
  const { x, y } = await editor.centre("group-head-intake");
  await editor.drag({ x, y }, { x: x + 60, y: y - 80 });
  await until("the move", () => node("report").position[0] !== x0);
  const by = [node("report").position[0] - x0, node("report").position[1] - y0];
  assert.deepEqual(note("within"), [within[0] + by[0], within[1] + by[1]]);
  assert.deepEqual(note("beside"), beside);
  await page.keyboard.press("Control+z");
  await until("the old place", () => `${note("within")}` === `${within}`);
});

test("a frame follows its nodes while one is dragged", async (t) => {
  const { page, editor } = await open(t, [INTAKE]);
  const frame = () => page.getByTestId("group-intake").boundingBox();
  const before = await frame();
  const from = await editor.centre("node-found");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y, { steps: 3 });
  await page.mouse.move(from.x + 120, from.y, { steps: 3 });
  const during = await frame();
  assert.ok(during.width > before.width + 60, `${before.width} became ${during.width}`);
  await page.mouse.up();
});

test("colours, the outline and the command menu reach a group by keys", async (t) => {
  const { page, saved } = await open(t, [INTAKE, INNER]);
  await command(page, "intake group");
  await until("the head", async () => (await focused(page)) === "group-head-intake");
  await command(page, "colour of group intake: violet");
  await until("the colour", () => saved()[0].color === "violet");
  await check(page, "groups-coloured");
  await page.getByRole("button", { name: "No colour" }).click();
  await until("no colour", () => saved()[0].color === undefined);
  await page.keyboard.press("Control+f");
  await page.getByTestId("outline-intake").waitFor();
  assert.equal(await page.getByTestId("outline-parse").getAttribute("aria-level"), "2");
  assert.equal(await page.getByTestId("outline-inner").getAttribute("aria-level"), "2");
  await page.getByTestId("outline-intake").click();
  await page.getByTestId("outline-intake").focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "outline-report");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("F2");
  await page.getByTestId("group-field-intake").waitFor();
  await page.keyboard.type("What comes in");
  await page.keyboard.press("Enter");
  await until("the name", () => saved()[0].name === "What comes in");
  await check(page, "groups-outline");
});

test("a group is copied with all its nodes, and collapses with its container", async (t) => {
  const { page, saved } = await open(t, [INNER], { permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByTestId("fold-each").click();
  await page.getByTestId("group-inner").waitFor({ state: "detached" });
  await page.getByTestId("fold-each").click();
  await page.getByTestId("group-head-inner").click();
  await page.keyboard.press("Control+d");
  await until("two groups", () => saved().length === 2);
  assert.deepEqual(saved()[1].nodes, ["look_2", "weigh_2"]);
  await shot(page, "groups-nested");
});

test("groups are seen from afar, and in the dark", async (t) => {
  const rows = (n) => Array.from({ length: 20 }, (_, i) => `step_${n * 20 + i + 1}`).slice(0, 19);
  const groups = [1, 2, 3, 4, 5].map((n) => ({
    ...{ id: `row_${n}`, name: `Row ${n}`, nodes: rows(n) },
    ...(n === 1 ? {} : { color: ["blue", "green", "amber", "red"][n - 2] }),
  }));
  const { page } = await open(t, groups, { colorScheme: "dark" }, 2);
  await page.locator(".overview").waitFor();
  await shot(page, "groups-afar");
  await command(page, "row 3 group");
  await page.getByTestId("group-head-row_3").waitFor();
  await check(page, "groups-dark");
});
