// Nothing that was drawn is lost: two who save, a server that is away, a network that is slow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  api,
  check,
  Editor,
  joined,
  openPage,
  PASSWORD,
  shot,
  startBrowser,
  startServer,
  until,
} from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

let people = 0;

/** A flow of its own that admin has open, and with `lead` a second person, in a browser of their own. */
async function open(t, { lead = false, options = {}, theme = "light" } = {}) {
  const page = await openPage(browser, server, options);
  t.after(() => page.context().close());
  const all = await api(page, "GET", "/flows");
  const { flow } = await api(page, "GET", `/flows/${all.items.find((f) => f.name === "Phishing triage").id}`);
  delete flow.id;
  const { id } = await api(page, "POST", "/flows", { ...flow, name: "Mine and yours" });
  const look = async (someone) => {
    await someone.goto(`${server.base}/flows/${id}`);
    await someone.getByTestId("node-parse").waitFor();
    return someone;
  };
  const saved = async () => (await api(page, "GET", `/flows/${id}`)).flow;
  const other = lead ? await joined(browser, server, page, `lead${++people}`, "author", theme) : undefined;
  if (other) t.after(() => other.context().close());
  await look(page);
  if (other) await look(other);
  return { id, page, other, saved, look, editor: new Editor(page), name: `lead${people}` };
}

const state = (page) => page.getByTestId("save-state").getAttribute("data-state");
const named = (flow, id) => flow.nodes.find((n) => n.id === id);

async function rename(page, id, name) {
  const editor = new Editor(page);
  await editor.open(id);
  await editor.rename(name);
  await editor.close();
}

/** No save of a page reaches the server until the returned function is called. */
async function holdSaves(page) {
  const hold = (route) => (route.request().method() === "PUT" ? route.abort() : route.fallback());
  await page.route("**/api/v1/flows/*", hold);
  return () => page.unroute("**/api/v1/flows/*", hold);
}

test("what two people change of one draft is joined by itself, as one step", async (t) => {
  const { page, other, saved } = await open(t, { lead: true });
  const release = await holdSaves(other);
  await rename(other, "found", "Find what matters");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await rename(page, "parse", "Read it first");
  await until("the first save", async () => named(await saved(), "parse").name === "Read it first");
  await release();
  await other.getByText("Took 1 change of admin.").waitFor();
  await new Editor(other).saved();
  const now = await saved();
  assert.deepEqual(
    [named(now, "found").name, named(now, "parse").name],
    ["Find what matters", "Read it first"],
  );
  // The first sees it, too; and for the second all of it is one step.
  await until("both names here", async () =>
    (await page.getByTestId("node-found").innerText()).includes("Find what matters"),
  );
  // By keys nobody takes away unseen what somebody else saved.
  await other.getByTestId("canvas").focus();
  await other.keyboard.press("Control+z");
  await other.getByText(/The newest step is not yours/).waitFor();
  await other.getByTestId("undo").click();
  await until("the draft before", async () => named(await saved(), "parse").name !== "Read it first");
  assert.equal(named(await saved(), "found").name, "Find what matters");
  assert.deepEqual([...page.faults, ...other.faults], []);
});

test("two who delete what the other edits are asked, and nothing is lost until they say", async (t) => {
  const { page, other, saved, name } = await open(t, { lead: true });
  const release = await holdSaves(other);
  // The lead removes what admin renames, and renames what admin removes.
  await other.getByTestId("node-found").click();
  await other.keyboard.press("Delete");
  await rename(other, "parse", "Take the mail apart");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await page.getByTestId("node-parse").click();
  await page.keyboard.press("Delete");
  await rename(page, "found", "Find what matters");
  await until("the first save", async () => named(await saved(), "found").name === "Find what matters");
  await release();
  const dialog = other.getByRole("dialog", { name: "This draft was changed elsewhere" });
  await dialog.waitFor();
  await dialog.getByText("2 things to choose.").waitFor();
  assert.match(await dialog.getByTestId("merge-node/found").innerText(), /You removed it; admin changed it/);
  assert.match(await dialog.getByTestId("merge-node/parse").innerText(), /admin removed it; you changed it/);
  assert.ok(await dialog.getByTestId("merge-save").isDisabled());
  await check(other, "merge-screen");
  // Not now: all stays here, and what one draws on is kept.
  await other.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await state(other), "conflict");
  assert.equal(named(await saved(), "found").name, "Find what matters");
  await other.getByTestId("flow-name").fill("Ours");
  await other.keyboard.press("Enter");
  await other.getByRole("button", { name: "Merge…" }).click();
  await dialog.waitFor();
  // By keys: the first of the lead, the second of admin.
  await dialog.getByTestId("merge-node/found").getByTestId("theirs").focus();
  await other.keyboard.press("Space");
  await dialog.getByText("1 thing to choose.").waitFor();
  await dialog.getByTestId("merge-node/parse").getByTestId("mine").check();
  await dialog.getByText("All is chosen.").waitFor();
  assert.match(await dialog.getByLabel("What the draft becomes").innerText(), /Find what matters/);
  await shot(other, "merge-chosen");
  await dialog.getByTestId("merge-save").click();
  await new Editor(other).saved();
  const now = await saved();
  assert.equal(now.name, "Ours");
  assert.equal(named(now, "found").name, "Find what matters");
  assert.equal(named(now, "parse").name, "Take the mail apart");
  assert.ok(now.edges.some((e) => e.from === "parse" && e.to === "found"));
  // One undo brings one's own back, as it was before.
  await other.getByTestId("undo").click();
  await until("mine again", async () => (await other.getByTestId("node-found").count()) === 0);
  assert.ok(name);
  assert.deepEqual([...page.faults, ...other.faults], []);
});

/** The page does not hear that its session ended. */
async function keepSocket(page) {
  await page.routeWebSocket(/live/, (socket) => socket.connectToServer().onClose(() => undefined));
  await page.reload();
  await page.getByTestId("node-parse").waitFor();
}

/** Somebody becomes a viewer, and logs in again in another tab. */
async function demote(page, other, name) {
  const { items } = await api(page, "GET", "/users");
  const { id } = items.find((u) => u.name === name);
  await api(page, "PUT", `/users/${id}`, { role: "viewer", disabled: false });
  await other.request.post(`${server.base}/api/v1/session`, {
    ...{ data: { name, password: PASSWORD }, headers: { origin: server.base } },
  });
}

test("who may not save is not offered it on the merge screen, and is told why", async (t) => {
  const { page, other, name, saved } = await open(t, { lead: true });
  await keepSocket(other);
  const release = await holdSaves(other);
  await rename(other, "found", "Mine");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await rename(page, "found", "Yours");
  await until("the first save", async () => named(await saved(), "found").name === "Yours");
  await release();
  const dialog = other.getByRole("dialog", { name: "This draft was changed elsewhere" });
  await dialog.waitFor();
  await dialog.getByTestId("merge-cancel").click();
  // Reading, because somebody else took it over, one is offered to take it back.
  await page.getByTestId("take-over").click();
  await other.getByText("admin took this flow over. You are reading").waitFor();
  await other.getByRole("button", { name: "Merge…" }).click();
  await dialog.getByText("You are reading: take the flow over to save in it.").waitFor();
  assert.equal(await dialog.getByTestId("merge-save").count(), 0);
  await check(other, "merge-reading");
  await dialog.getByTestId("merge-take").click();
  await dialog.getByTestId("merge-save").waitFor();
  await dialog.getByTestId("merge-cancel").click();
  // One who may not draw any more is offered nothing that the server refuses.
  await demote(page, other, name);
  await other.getByRole("button", { name: "Merge…" }).click();
  await dialog.getByText("Your role, viewer, does not allow to save this draft.").waitFor();
  for (const button of ["merge-save", "merge-copy", "merge-take"])
    assert.equal(await dialog.getByTestId(button).count(), 0, button);
  await check(other, "merge-viewer");
  const [file] = await Promise.all([
    other.waitForEvent("download"),
    dialog.getByText("Download mine").click(),
  ]);
  assert.match(file.suggestedFilename(), /Mine and yours/);
  await dialog.getByTestId("merge-cancel").click();
  await until("reading", async () => (await other.getByTestId("palette-core.set").count()) === 0);
  assert.equal(await other.getByTestId("take-over").count(), 0);
  assert.deepEqual(other.faults, []);
});

test("a save that is refused because one may only read now says so, and offers no other try", async (t) => {
  const { page, other, name } = await open(t, { lead: true });
  await keepSocket(other);
  await demote(page, other, name);
  await rename(other, "found", "Mine");
  await other.getByTestId("save-state").getByText("Not saved: read only").waitFor();
  assert.equal(await other.getByRole("button", { name: "Try again" }).count(), 0);
  await until("reading", async () => (await other.getByTestId("palette-core.set").count()) === 0);
  await other
    .getByText("Your role, viewer, does not allow to save this draft. What you drew is kept in this browser.")
    .waitFor();
  await check(other, "viewer-unsaved");
});

test("kept as a new flow, mine takes the samples and pinned outputs along", async (t) => {
  const { id, page, other, saved } = await open(t, { lead: true });
  const items = [{ name: "Seen", trigger: "", input: { raw: "x" } }];
  await api(page, "PUT", `/flows/${id}/samples`, { items });
  for (const node of ["parse", "found"])
    await api(page, "PUT", `/flows/${id}/pins/${node}`, { output: { node } });
  const release = await holdSaves(other);
  await other.getByTestId("node-found").click();
  await other.keyboard.press("Delete");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await rename(page, "found", "Find what matters");
  await until("the first save", async () => named(await saved(), "found").name === "Find what matters");
  await release();
  await other.getByTestId("merge-copy").click();
  await other.waitForURL((url) => !url.pathname.includes(id));
  const copy = new URL(other.url()).pathname;
  assert.deepEqual((await api(other, "GET", `${copy}/samples`)).items, items);
  // Of the node that mine has no more nothing is left.
  const pins = (await api(other, "GET", `${copy}/pins`)).items;
  assert.deepEqual(
    pins.map((p) => [p.node, p.output]),
    [["parse", { node: "parse" }]],
  );
  assert.deepEqual(other.faults, []);
});

test("a pinned output goes with its node's other id through a merge that asks", async (t) => {
  const { id, page, other, saved } = await open(t, { lead: true });
  await api(page, "PUT", `/flows/${id}/pins/found`, { output: { pinned: true } });
  const release = await holdSaves(other);
  const editor = new Editor(other);
  await editor.open("found");
  await other.getByTestId("node-id").click();
  await other.getByLabel("Id of the node").fill("matters");
  await other.getByLabel("Id of the node").press("Enter");
  await other.getByTestId("node-matters").waitFor();
  await editor.rename("Mine");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await rename(page, "found", "Yours");
  await until("the first save", async () => named(await saved(), "found").name === "Yours");
  await release();
  const dialog = other.getByRole("dialog", { name: "This draft was changed elsewhere" });
  await dialog.getByTestId("merge-all-mine").click();
  await dialog.getByTestId("merge-save").click();
  await until("the merged draft", async () => named(await saved(), "matters")?.name === "Mine");
  const pins = async () => (await api(other, "GET", `/flows/${id}/pins`)).items.map((p) => p.node);
  await until("the pin", async () => (await pins()).join() === "matters");
  assert.deepEqual(other.faults, []);
});

test("all of one side is one click, and the dark screen is as clean", async (t) => {
  const { page, other, saved } = await open(t, { lead: true, theme: "dark" });
  const release = await holdSaves(other);
  await rename(other, "parse", "Of the lead");
  await other.getByTestId("flow-name").fill("Of the lead");
  await other.keyboard.press("Enter");
  await until("the lead to be away", async () => (await state(other)) === "away");
  await rename(page, "parse", "Of admin");
  await page.getByTestId("flow-name").fill("Of admin");
  await page.keyboard.press("Enter");
  await until("the save", async () => (await saved()).name === "Of admin");
  await release();
  const dialog = other.getByRole("dialog");
  await dialog.getByText("2 things to choose.").waitFor();
  await check(other, "merge-dark");
  await dialog.getByTestId("merge-all-theirs").click();
  await dialog.getByText("All is chosen.").waitFor();
  // The picture is of what is chosen.
  const picture = dialog.getByTestId("merge-picture");
  await picture.getByText("Of admin").waitFor();
  await dialog.getByTestId("merge-all-mine").click();
  await picture.getByText("Of the lead").waitFor();
  await dialog.getByTestId("merge-save").click();
  await until("the save", async () => (await saved()).name === "Of the lead");
  assert.equal(named(await saved(), "parse").name, "Of the lead");
  assert.deepEqual([...page.faults, ...other.faults], []);
});

test("a server that crashes in the middle of a drag loses nothing", async (t) => {
  const { page, editor, saved } = await open(t);
  await rename(page, "parse", "Before the crash");
  await editor.saved();
  const before = named(await saved(), "found").position;
  const { x, y } = await editor.centre("node-found");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 90, { steps: 4 });
  await server.crash();
  await page.mouse.move(x + 80, y + 180, { steps: 4 });
  await page.mouse.up();
  await until("the notice", async () => (await state(page)) === "away");
  assert.match(await page.getByTestId("save-state").innerText(), /kept in this browser/);
  await rename(page, "report", "While it was away");
  await until("the notice again", async () => (await state(page)) === "away");
  await shot(page, "away");
  await server.start();
  await editor.saved();
  const now = await saved();
  assert.notDeepEqual(named(now, "found").position, before);
  assert.equal(named(now, "parse").name, "Before the crash");
  assert.equal(named(now, "report").name, "While it was away");
  assert.deepEqual(page.faults, []);
});

test("what a closed tab could not save is saved when the flow is opened again", async (t) => {
  const { id, page, look, editor } = await open(t);
  // What the editor fetches later is there.
  await editor.open("parse");
  await server.crash();
  await editor.rename("Drawn without a server");
  await until("the notice", async () => (await state(page)) === "away");
  // It is kept, so that nothing holds the tab.
  const context = page.context();
  await page.close({ runBeforeUnload: true });
  await until("the tab to be closed", () => page.isClosed());
  await server.start();
  // Meanwhile somebody else saves something, from what was there before.
  const again = await context.newPage();
  await again.goto(`${server.base}/flows`);
  const there = await api(again, "GET", `/flows/${id}`);
  there.flow.name = "Saved meanwhile";
  await api(again, "PUT", `/flows/${id}`, there.flow, { "If-Match": `"${there.revision}"` });
  await look(again);
  await new Editor(again).saved();
  await until("both", async () => {
    const now = (await api(again, "GET", `/flows/${id}`)).flow;
    return now.name === "Saved meanwhile" && named(now, "parse").name === "Drawn without a server";
  });
  await again.getByText("Took 1 change of admin.").waitFor();
  const left = await again.evaluate(() =>
    Object.keys(localStorage).filter((k) => k.startsWith("drawbridge.draft")),
  );
  assert.deepEqual(left, []);
});

test("a browser that keeps no copy says so, and holds the tab", async (t) => {
  const { page, editor } = await open(t);
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  const release = await holdSaves(page);
  await rename(page, "parse", "Kept nowhere");
  await until("the notice", async () => (await state(page)) === "away");
  await page.getByText("This browser keeps no copy of your changes").waitFor();
  assert.match(await page.getByTestId("save-state").innerText(), /kept in this tab only/);
  await check(page, "not-kept");
  const asked = page.waitForEvent("dialog");
  const closing = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  await closing;
  await release();
  await editor.saved();
  assert.deepEqual(page.faults, []);
});

test("on a slow network the state is true at every moment, and the last edit is the one that stays", async (t) => {
  const { page, editor, saved } = await open(t);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    ...{ offline: false, latency: 1500, downloadThroughput: 20_000, uploadThroughput: 20_000 },
  });
  const seen = await page.evaluateHandle(() => {
    const states = [];
    const node = document.querySelector('[data-testid="save-state"]');
    new MutationObserver(() => {
      if (states.at(-1) !== node.dataset.state) states.push(node.dataset.state);
    }).observe(node, { attributes: true });
    return states;
  });
  await rename(page, "parse", "First");
  await until("the first save under way", async () => (await state(page)) === "saving");
  await rename(page, "found", "While the first was under way");
  assert.notEqual(await state(page), "saved");
  await rename(page, "parse", "Last");
  await editor.saved();
  const now = await saved();
  assert.deepEqual(
    [named(now, "parse").name, named(now, "found").name],
    ["Last", "While the first was under way"],
  );
  const states = await seen.jsonValue();
  assert.deepEqual(states.slice(0, 2), ["unsaved", "saving"]);
  assert.equal(states.at(-1), "saved");
  // It never said "saved" while something was not.
  assert.equal(states.indexOf("saved"), states.length - 1, states.join(" "));
  assert.deepEqual(page.faults, []);
});
