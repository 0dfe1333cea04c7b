// Notes: read as Markdown, written in place, safe, and they go with what they are about.
// Against the fake server, which can be looked into.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { check, openPage, shot, startBrowser, until } from "./harness.mjs";

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

const RUNBOOK = `# Before you send

Ask the **lead**, see [the runbook](https://runbook.example/mail).

- [x] phone number checked
- [ ] owner told

| score | then |
|---|--:|
| 70 | block |

<img src="https://tracker.example/x.png"> ![cat](https://tracker.example/cat.png)`;

async function open(t, notes, options) {
  const fake = await startFake();
  const kept = [...fake.state.flows.values()][0];
  if (notes !== undefined) kept.flow.notes = notes;
  const page = await openPage(browser, { base: fake.address }, options);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await fake.stop();
  });
  await page.goto(`${fake.address}/flows/${kept.id}`);
  await page.getByTestId("node-report").waitFor();
  const note = (id) => kept.flow.notes?.find((n) => n.id === id);
  return { page, kept, note, asked, fake };
}

const focused = (page) => page.evaluate(() => document.activeElement?.closest("[data-id]")?.dataset.id);

test("a note is read as Markdown, safely", async (t) => {
  const notes = [{ id: "n1", text: RUNBOOK, position: [600, 380], size: [300, 320] }];
  const { page, asked } = await open(t, notes);
  const note = page.getByTestId("note-n1");
  await note.getByRole("heading", { name: "Before you send" }).waitFor();
  assert.equal(await note.getByRole("checkbox", { name: "Done" }).isChecked(), true);
  await note.getByRole("cell", { name: "block" }).waitFor();
  assert.match(await note.innerText(), /<img src="https:\/\/tracker/);
  const link = note.getByRole("link", { name: "the runbook" });
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await link.getAttribute("target"), "_blank");
  await check(page, "note");
  assert.deepEqual(
    asked.filter((url) => /tracker/.test(url)),
    [],
  );
});

test("it is written by double-click and by Enter; Escape leaves", async (t) => {
  const { page, note } = await open(t);
  const card = page.getByTestId("note-n1");
  await card.dblclick();
  const field = card.getByRole("textbox");
  await field.waitFor();
  await page.keyboard.type(" At *once*.");
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  assert.equal(await focused(page), "n1", "the note keeps the focus");
  await until("the text", () => note("n1").text === "Ask the lead before sending. At *once*.");
  assert.equal(await card.locator("em").innerText(), "once");
  await page.keyboard.press("Enter");
  await field.waitFor();
  await page.keyboard.type("!");
  // A click elsewhere leaves, too.
  await page.getByTestId("node-report").click();
  await field.waitFor({ state: "detached" });
  await until("the text", () => note("n1").text.endsWith("*once*.!"));
  await page.keyboard.press("Control+z");
});

test("a new note is written at once, in any direction of text", async (t) => {
  const { page, kept } = await open(t);
  await page.getByRole("button", { name: "Add a note" }).click();
  await page.getByTestId("note-note").getByRole("textbox").waitFor();
  await page.keyboard.type("שלום **עולם**");
  await page.keyboard.press("Escape");
  await until("the note", () => kept.flow.notes.at(-1).text === "שלום **עולם**");
  const body = page.getByTestId("note-note").locator("p");
  assert.equal(await body.evaluate((e) => getComputedStyle(e).direction), "rtl");
  await shot(page, "note-new");
  await page.keyboard.press("Delete");
  await page.getByTestId("note-note").waitFor({ state: "detached" });
});

test("a note goes along with what an insertion moves", async (t) => {
  const notes = [
    { id: "about", text: "About the indicators", position: [520, -90], size: [200, 64] },
    { id: "far", text: "Elsewhere", position: [900, 300], size: [200, 64] },
  ];
  const { page, note, kept } = await open(t, notes);
  const before = kept.flow.nodes.find((n) => n.id === "found").position[0];
  await page.locator('[data-id="report.out>parse"]').click({ force: true });
  await page.getByTestId("wire-add-report.out>parse").click({ force: true });
  await page.getByTestId("add-core.set").click();
  await until("room", () => kept.flow.nodes.find((n) => n.id === "found").position[0] > before);
  const by = kept.flow.nodes.find((n) => n.id === "found").position[0] - before;
  assert.deepEqual(note("about").position, [520 + by, -90]);
  assert.deepEqual(note("far").position, [900, 300]);
});

test("a long note is scrolled by keys, also in the dark and in the view of a run", async (t) => {
  const notes = [{ id: "n1", text: `${RUNBOOK}\n\n${RUNBOOK}`, position: [600, 300], size: [260, 120] }];
  const { page } = await open(t, notes, { colorScheme: "dark" });
  const body = page.getByTestId("note-n1").getByRole("region");
  await body.waitFor();
  await body.focus();
  await page.keyboard.press("PageDown");
  await until("a scroll", () => body.evaluate((e) => e.scrollTop > 0));
  await check(page, "note-dark");
});

for (const colorScheme of ["light", "dark"]) {
  test(`a link says where it leads, in ${colorScheme}`, async (t) => {
    const text = [
      "Log in at [https://bank.example](https://evil.example/login) or [here](https://docs.example:8443/a).",
      "Plain: https://docs.example/runbook. Dressed: <https://bank.example@evil.example/>",
      "Or [write](mailto:soc@corp.example).",
    ].join("\n\n");
    const notes = [{ id: "n1", text, position: [560, 300], size: [320, 180] }];
    const { page } = await open(t, notes, { colorScheme });
    const body = page.getByTestId("note-n1");
    await body.getByRole("link").first().waitFor();
    const links = await body.getByRole("link").evaluateAll((all) => all.map((e) => e.innerText));
    assert.deepEqual(links, [
      "https://bank.example (evil.example)",
      "here (docs.example:8443)",
      "https://docs.example/runbook",
      "https://bank.example@evil.example/ (evil.example)",
      "write (soc@corp.example)",
    ]);
    // It is part of the link's name, so that it is heard, too.
    await body.getByRole("link", { name: "here (docs.example:8443)" }).waitFor();
    await check(page, `note-links-${colorScheme}`);
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`a note can be read from afar, in ${colorScheme}`, async (t) => {
    const text =
      "## Make it yours\n\nThe mailbox's server is set in the first step, log-ins are credentials.";
    const notes = [
      { id: "n1", text: `${text} ${"More of it. ".repeat(30)}`, position: [0, 600], size: [320, 140] },
    ];
    notes.push({ id: "n2", text: "The end.", position: [3400, 600], size: [220, 100] });
    const { page } = await open(t, notes, { colorScheme });
    const body = page.getByTestId("note-n1").locator(".note-body");
    const seen = () =>
      body.getByText("The mailbox's server").evaluate((e) => {
        const zoom = new DOMMatrix(getComputedStyle(e.closest(".react-flow__viewport")).transform).a;
        return { zoom, size: Number.parseFloat(getComputedStyle(e).fontSize) * zoom };
      });
    await until("the text from afar", async () => {
      const { zoom, size } = await seen();
      return zoom < 0.5 && size > 10 && size < 14;
    });
    // The wheel is the canvas's there, and the Tab key's next stop no text that is cut off.
    assert.equal(await body.getAttribute("tabindex"), null);
    await check(page, `note-afar-${colorScheme}`);
  });
}

test("a note that is near is as large as it is drawn", async (t) => {
  const { page } = await open(t, [{ id: "n1", text: "Ask the lead.", position: [0, 300], size: [320, 140] }]);
  const text = page.getByTestId("note-n1").getByText("Ask the lead.");
  // It may be drawn anew just then, and what is gone has no size.
  await until("its size", async () => (await text.evaluate((e) => getComputedStyle(e).fontSize)) === "12px");
});
