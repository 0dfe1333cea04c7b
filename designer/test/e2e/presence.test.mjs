// Who else has a flow open: told calmly, taken over and back, and nobody is locked out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A flow of its own that admin has open, and a way for others to open it. */
async function open(t) {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const all = await api(page, "GET", "/flows");
  const { flow } = await api(page, "GET", `/flows/${all.items.find((f) => f.name === "Phishing triage").id}`);
  delete flow.id;
  const { id } = await api(page, "POST", "/flows", { ...flow, name: "Whose turn" });
  const look = async (someone) => {
    await someone.goto(`${server.base}/flows/${id}`);
    await someone.getByTestId("node-parse").waitFor();
    return someone;
  };
  const saved = async () => (await api(page, "GET", `/flows/${id}`)).flow;
  return { page: await look(page), look, saved };
}

const reads = (page) =>
  until("reading", async () => (await page.getByTestId("save-state").innerText()).trim() === "Read only");
const edits = (page) =>
  until("editing", async () => /^Saved/.test(await page.getByTestId("save-state").innerText()));
const people = (page) => page.getByTestId("people");

async function rename(page, id, name) {
  const editor = new Editor(page);
  await editor.open(id);
  await editor.rename(name);
  await editor.close();
}

const nameOf = (flow, id) => flow.nodes.find((n) => n.id === id).name;

test("who edits is not disturbed: a second person reads, takes over, and is taken back from", async (t) => {
  const { page, look, saved } = await open(t);
  await rename(page, "parse", "By the first");
  await edits(page);
  const lead = await joined(browser, server, page, "mara.lead", "author", "dark");
  t.after(() => lead.context().close());
  await look(lead);
  await reads(lead);
  await lead.getByText("admin is editing this flow. You are reading").waitFor();
  await people(lead).getByText("admin has this flow open").waitFor();
  await people(page).getByText("mara.lead reads this flow").waitFor();
  assert.equal(await page.getByTestId("elsewhere").count(), 0);
  assert.equal(await lead.getByTestId("palette-core.set").count(), 0);
  await check(lead, "reading-dark");
  // In a narrow window, too, all of it is there.
  await lead.setViewportSize({ width: 800, height: 800 });
  for (const id of ["publish", "take-over", "people"]) {
    const box = await lead.getByTestId(id).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 800, `${id} ends at ${box.x + box.width}`);
  }
  await check(lead, "reading-narrow");
  await lead.setViewportSize({ width: 1280, height: 900 });
  // What the first saves is seen at once.
  await rename(page, "found", "Seen at once");
  await lead.getByTestId("node-found").getByText("Seen at once").waitFor();
  // The first is in the middle of something: it is saved before the flow changes hands.
  await page.getByTestId("flow-name").fill("Not saved by itself");
  await page.keyboard.press("Enter");
  await lead.getByTestId("take-over").click();
  await reads(page);
  await page.getByText("mara.lead took this flow over. You are reading").waitFor();
  await edits(lead);
  await until(
    "what was not saved",
    async () => (await lead.getByTestId("flow-name").inputValue()) === "Not saved by itself",
  );
  assert.equal(await lead.getByTestId("elsewhere").count(), 0);
  await check(page, "taken-over");
  await rename(lead, "parse", "By the second");
  await page.getByTestId("node-parse").getByText("By the second").waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await edits(page);
  await reads(lead);
  await rename(page, "parse", "By the first again");
  await until("the save", async () => nameOf(await saved(), "parse") === "By the first again");
  // Who reads is locked out by nobody: as soon as the other is gone one edits.
  await page.goto(`${server.base}/flows`);
  await edits(lead);
  assert.equal(await people(lead).count(), 0);
  assert.deepEqual([...page.faults, ...lead.faults], []);
});

test("a flow is taken back at once from somebody who is not connected any more", async (t) => {
  const { page, look, saved } = await open(t);
  await rename(page, "parse", "By the first");
  await edits(page);
  const lead = await joined(browser, server, page, "noor.lead", "author", "light");
  t.after(() => lead.context().close());
  await look(lead);
  await reads(lead);
  await lead.getByTestId("take-over").click();
  await edits(lead);
  await reads(page);
  // Its connection is cut without a word: the server still takes it for one that is there.
  await lead.context().setOffline(true);
  await rename(lead, "found", "While away");
  // It is said at once, and for a moment only.
  await page.evaluate(() => {
    window.told = [];
    const line = document.querySelector(".elsewhere-status");
    new MutationObserver(() => window.told.push(line.innerText)).observe(line, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
  await page.getByTestId("take-over").click();
  await page.getByText("noor.lead did not answer, so you edit this flow now.").waitFor();
  const told = await page.evaluate(() => window.told);
  assert.match(
    told[0],
    /noor\.lead is asked to save what is unsaved there and to hand the flow over\.\s+Taking over…/,
  );
  await edits(page);
  await rename(page, "parse", "By the first again");
  await until("the save", async () => nameOf(await saved(), "parse") === "By the first again");
  // Back again, the other reads, and what was unsaved there is joined.
  await lead.context().setOffline(false);
  await until("what was unsaved", async () => nameOf(await saved(), "found") === "While away");
  assert.equal(nameOf(await saved(), "parse"), "By the first again");
});

test("a second tab of one's own is told, and a tab that dies holds nothing", async (t) => {
  const { page, look } = await open(t);
  await rename(page, "parse", "In the first tab");
  await edits(page);
  const tab = await look(await page.context().newPage());
  await reads(tab);
  await tab.getByText("You have this flow open in another tab").waitFor();
  await people(tab).getByText("Also open in another tab of yours").waitFor();
  await check(tab, "second-tab");
  // The first dies without a word.
  const cdp = await page.context().newCDPSession(page);
  cdp.send("Page.crash").catch(() => {});
  await edits(tab);
  await rename(tab, "found", "In the second tab");
  await new Editor(tab).saved();
});

test("two who merely have a flow open both edit, and what both change is joined", async (t) => {
  const { page, look, saved } = await open(t);
  const tab = await look(await page.context().newPage());
  await people(page).getByText("Also open in another tab of yours").waitFor();
  await edits(tab);
  assert.equal(await tab.getByTestId("elsewhere").count(), 0);
  await rename(tab, "found", "Of the second");
  await page.getByText("You edit this flow in another tab, too").waitFor();
  await page.getByTestId("elsewhere").getByRole("button", { name: "Hide" }).click();
  await rename(page, "parse", "Of the first");
  await until("both", async () => {
    const now = await saved();
    return nameOf(now, "found") === "Of the second" && nameOf(now, "parse") === "Of the first";
  });
  assert.deepEqual(page.faults, []);
});
