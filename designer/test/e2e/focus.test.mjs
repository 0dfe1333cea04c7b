// What lies over a page gives the focus back: opened by keys, closed by Escape, it leaves the focus on what it was opened from.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { api, joined, openPage, startBrowser, startServer } from "./harness.mjs";
import {
  at,
  COMMANDS,
  card,
  closes,
  DIALOG,
  item,
  KEYS,
  label,
  MENU,
  testid,
  type,
  wait,
} from "./overlays.mjs";

const PHISHING = "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e4";

let browser;
let server;
let fake;
before(async () => {
  [browser, server, fake] = await Promise.all([startBrowser(), startServer({ sample: true }), startFake()]);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), fake?.stop()]);
});

test("over the lists and settings", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const link = `.flow-link[href$="${PHISHING}"]`;
  const more = label("More for Phishing triage");
  await at(page, server.base, "flows", link);
  await closes(page, [
    { name: "commands, by keys", from: link, keys: ["ControlOrMeta+k"], overlay: COMMANDS },
    { name: "commands, by their button", from: testid("command-button"), keys: ["Enter"], overlay: COMMANDS },
    { name: "the keys", from: link, keys: ["?"], overlay: `${DIALOG}:has(${KEYS})` },
    {
      ...{ name: "the keys, by the commands", from: link, overlay: `${DIALOG}:has(${KEYS})` },
      keys: ["ControlOrMeta+k", wait(".command-item"), type("show all keys"), "Enter"],
    },
    { name: "a flow's menu", from: more, keys: ["Enter"], overlay: MENU },
    {
      name: "the question before a flow is deleted",
      from: more,
      keys: ["Enter", item("Delete…")],
      overlay: DIALOG,
    },
  ]);
  await at(page, server.base, "templates", testid("paste-flow"));
  await closes(page, [
    { name: "a pasted flow", from: testid("paste-flow"), keys: ["Enter"], overlay: DIALOG },
  ]);
  await api(page, "POST", "/tokens", { name: "ci", role: "viewer" });
  await at(page, server.base, "settings/tokens", label("Revoke ci"));
  await closes(page, [
    { name: "a new token", from: ".card-head .btn-primary", keys: ["Enter"], overlay: DIALOG },
    {
      name: "the question before a token is revoked",
      from: label("Revoke ci"),
      keys: ["Enter"],
      overlay: DIALOG,
    },
  ]);
  const other = await joined(browser, server, page, "analyst-a", "analyst", "light");
  await other.context().close();
  await at(page, server.base, "settings/users", testid("invite"));
  const user = label("What to do with analyst-a");
  await closes(page, [
    { name: "an invitation", from: testid("invite"), keys: ["Enter"], overlay: DIALOG },
    { name: "a person's menu", from: user, keys: ["Enter"], overlay: MENU },
    { name: "a person's role", from: user, keys: ["Enter", item("Change role…")], overlay: DIALOG },
    { name: "a person's new link", from: user, keys: ["Enter", item("New link…")], overlay: DIALOG },
    { name: "disabling a person", from: user, keys: ["Enter", item("Disable…")], overlay: DIALOG },
  ]);
  assert.deepEqual(page.faults, []);
});

test("over connectors and credentials", async (t) => {
  const page = await openPage(browser, { base: fake.address });
  t.after(() => page.context().close());
  await at(page, fake.address, "settings/credentials", testid("new-credential"));
  await closes(page, [
    { name: "a new credential", from: testid("new-credential"), keys: ["Enter"], overlay: DIALOG },
    { name: "a credential", from: label("Change Scanner of the SOC"), keys: ["Enter"], overlay: DIALOG },
    { name: "deleting it", from: label("Delete Scanner of the SOC"), keys: ["Enter"], overlay: DIALOG },
  ]);
  await at(page, fake.address, "connectors/urlscan?version=2.0.0", testid("powers"));
  await closes(page, [
    { name: "withdrawing powers", from: `${testid("powers")} .btn-danger`, keys: ["Enter"], overlay: DIALOG },
    {
      ...{ name: "trying what has effects", from: testid("run-scan"), keys: ["Enter"], overlay: DIALOG },
      first: async () => {
        await page.getByText("Scan a URL").click();
        await page.getByTestId("open-try-scan").click();
        await page.getByRole("textbox", { name: /^URL/ }).fill("https://a.example");
      },
    },
  ]);
  assert.deepEqual(page.faults, []);
});

test("over the editor", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await api(page, "POST", `/flows/${PHISHING}/runs?wait=20s`, {
    input: { raw: "From: a@b.example\n\nhttps://c.example" },
  });
  await at(page, server.base, `flows/${PHISHING}`, card("found"));
  const menu = testid("flow-menu");
  const inspector = testid("inspector");
  const parameter = `${inspector} .pane-parameters .cm-content`;
  const open = ["Enter", wait(inspector)];
  const chosen = [...open, "Escape"];
  await closes(page, [
    { name: "commands", from: card("found"), keys: ["ControlOrMeta+k"], overlay: COMMANDS },
    { name: "the keys", from: card("found"), keys: ["?"], overlay: `${DIALOG}:has(${KEYS})` },
    { name: "the inspector", from: card("found"), keys: ["Enter"], overlay: inspector },
    {
      name: "the inspector, left by Ctrl Enter",
      from: card("found"),
      keys: open,
      overlay: inspector,
      closing: "ControlOrMeta+Enter",
    },
    {
      name: "what follows",
      from: card("found"),
      keys: [...chosen, "Tab"],
      overlay: testid("add-menu"),
    },
    { name: "the problems", from: testid("problems-button"), keys: ["Enter"], overlay: testid("problems") },
    { name: "the flow's menu", from: menu, keys: ["Enter"], overlay: MENU },
    { name: "the versions", from: menu, keys: ["Enter", item("Versions")], overlay: testid("versions") },
    { name: "the settings", from: menu, keys: ["Enter", item("Settings of the flow")], overlay: DIALOG },
    {
      name: "the question before it is deleted",
      from: menu,
      keys: ["Enter", item("Delete the flow…")],
      overlay: DIALOG,
    },
    {
      ...{ name: "the settings, by the commands", from: card("found"), overlay: DIALOG },
      keys: ["ControlOrMeta+k", wait(".command-item"), type("settings of the flow"), "Enter"],
    },
    {
      ...{ name: "the problems, by the commands", from: card("found"), overlay: testid("problems") },
      keys: ["ControlOrMeta+k", wait(".command-item"), type("problems"), "Enter"],
    },
    {
      ...{ name: "the versions, by the commands", from: card("found"), overlay: testid("versions") },
      keys: ["ControlOrMeta+k", wait(".command-item"), type("versions"), "Enter"],
    },
    { name: "publishing", from: testid("publish"), keys: ["Enter"], overlay: DIALOG },
    { name: "the input", from: testid("edit-input"), keys: ["Enter"], overlay: DIALOG },
    { name: "the menu of parts", from: testid("run-part"), keys: ["Enter"], overlay: MENU },
    {
      name: "a part, from its card",
      from: card("found"),
      keys: [...chosen, "Shift+S"],
      overlay: testid("part"),
    },
    {
      ...{
        name: "a part, from the menu",
        from: testid("run-part"),
        overlay: testid("part"),
        back: card("found"),
      },
      keys: ["Enter", item(/^Run this step/)],
      first: () => page.getByTestId("node-found").click(),
    },
    { name: "pinned data", from: card("found"), keys: [...chosen, "Shift+P"], overlay: DIALOG },
  ]);
  // In the inspector.
  const into = async () => {
    if ((await page.locator(inspector).count()) > 0) return;
    await page.locator(card("found")).focus();
    await page.keyboard.press("Enter");
    await page.locator(parameter).first().waitFor();
  };
  await closes(page, [
    {
      name: "what follows, from a parameter",
      from: parameter,
      keys: ["ControlOrMeta+Shift+Enter"],
      overlay: testid("add-menu"),
      first: into,
    },
    {
      name: "commands, from a parameter",
      from: parameter,
      keys: ["ControlOrMeta+k"],
      overlay: COMMANDS,
      first: into,
    },
    { name: "a transformation", from: label("Transform Text"), keys: ["Enter"], overlay: MENU, first: into },
    {
      name: "pinned data, from its button",
      from: testid("pin-data"),
      keys: ["Enter"],
      overlay: DIALOG,
      first: into,
    },
    { name: "another id", from: testid("node-id"), keys: ["Enter"], overlay: ".rename-id", first: into },
  ]);
  assert.deepEqual(page.faults, []);
});

const NOTED = {
  format: "drawbridge.flow/1",
  name: "Notes and groups",
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    { id: "a", type: "core.set", position: [280, 0] },
    { id: "each", type: "core.foreach", position: [560, 0], size: [480, 200], with: { items: "{{ [1] }}" } },
    { id: "inner", type: "core.set", parent: "each", position: [40, 60] },
  ],
  edges: [
    { from: "hand", to: "a" },
    { from: "a", to: "each" },
  ],
  notes: [{ id: "n", text: "Why.", position: [0, 160], size: [200, 80] }],
  groups: [{ id: "g", name: "First", nodes: ["hand", "a"] }],
};

test("on the canvas itself, and a first version", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", NOTED);
  await at(page, server.base, `flows/${id}`, card("a"));
  await closes(page, [
    { name: "a note that is written", from: card("n"), keys: ["Enter"], overlay: ".note-text" },
    { name: "a group's name", from: testid("group-head-g"), keys: ["F2"], overlay: testid("group-field-g") },
  ]);
  const { id: first } = await api(page, "POST", "/flows", {
    ...{ format: "drawbridge.flow/1", name: "Never live", edges: [] },
    nodes: [{ id: "hand", type: "trigger.manual", position: [0, 0] }],
  });
  await at(page, server.base, `flows/${first}`, card("hand"));
  await closes(page, [
    { name: "publishing in the bar", from: testid("publish"), keys: ["Enter"], overlay: ".publish-line" },
  ]);
  await at(page, server.base, `flows/${id}`, card("a"));
  // Inside of a container Escape leads out, to the container.
  await closes(page, [
    {
      ...{ name: "the inside of a container", from: card("each"), overlay: ".canvas:has(.inside-crumbs)" },
      keys: ["Enter", wait(testid("inspector")), "Escape", "Shift+Enter", wait(".inside-crumbs")],
    },
  ]);
  // Without room the palette is a sheet.
  await page.setViewportSize({ width: 880, height: 720 });
  await closes(page, [
    {
      name: "the sheet of the palette",
      from: testid("left-toggle"),
      keys: ["Enter"],
      overlay: ".palette[data-sheet]",
    },
    {
      name: "the outline, by its key",
      from: card("a"),
      keys: ["ControlOrMeta+f"],
      overlay: ".palette[data-sheet]",
    },
  ]);
  assert.deepEqual(page.faults, []);
});

const ASKING = (to) => ({
  format: "drawbridge.flow/1",
  name: "Ask",
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    {
      id: "ask",
      type: "core.form",
      position: [280, 0],
      with: {
        to: [to],
        title: "Was it you?",
        form: { type: "object", properties: { yes: { type: "boolean" } } },
      },
    },
  ],
  edges: [{ from: "hand", to: "ask" }],
});

test("over runs and questions", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const run = await api(page, "POST", `/flows/${PHISHING}/runs?wait=20s`, {
    input: { raw: "From: a@b.example\n\nhttps://c.example" },
  });
  await at(page, server.base, `runs/${run.id}`, card("found"));
  const again = testid("run-again");
  await closes(page, [
    { name: "a step", from: card("found"), keys: ["Enter"], overlay: testid("inspector") },
    { name: "running again", from: again, keys: ["Enter"], overlay: MENU },
    {
      name: "what it is compared with",
      from: again,
      keys: ["Enter", item("Compare with another run…")],
      overlay: DIALOG,
    },
    {
      ...{ name: "going on from a step", from: testid("retry-from"), keys: ["Enter"], overlay: DIALOG },
      first: async () => {
        await page.locator(card("found")).focus();
        await page.keyboard.press("Enter");
      },
    },
  ]);
  const lead = await joined(browser, server, page, "lead-f", "responder", "light");
  t.after(() => lead.context().close());
  const { id } = await api(page, "POST", "/flows", ASKING("admin"));
  await api(page, "POST", `/flows/${id}/publish`, {});
  await api(lead, "POST", `/flows/${id}/runs`, { input: {} });
  await at(page, server.base, "inbox", testid("question"));
  await page.getByRole("link", { name: "Was it you?" }).click();
  await page.getByTestId("delegate").waitFor();
  await closes(page, [
    { name: "handing on", from: testid("delegate"), keys: ["Enter"], overlay: DIALOG },
    {
      name: "a link for one answer",
      from: ".question-view .btn-small, article .btn-small",
      keys: ["Enter"],
      overlay: DIALOG,
    },
  ]);
  assert.deepEqual(page.faults, []);
});
