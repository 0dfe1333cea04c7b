// A connector's next version has other parameters: what a flow gives it is shown, kept, and mended where it stands.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { api, check, Editor, openPage, startBrowser, startServer, until } from "./harness.mjs";

const run = promisify(execFile);
const BINARY = new URL("../../../bin/drawbridge", import.meta.url).pathname;

const text = { type: "string" };
const VERSIONS = {
  "1.0.0": {
    required: ["queue"],
    properties: {
      ...{ queue: { ...text, title: "Queue" }, urgent: { type: "boolean" }, owner: text, level: text },
    },
  },
  // The queue is a project now, urgency a number, nobody owns a ticket, and a reason is needed.
  "2.0.0": {
    required: ["project", "reason"],
    properties: {
      ...{ project: { ...text, title: "Project" }, reason: { ...text, title: "Reason" } },
      ...{ urgent: { type: "integer", title: "Urgent" }, level: { ...text, enum: ["low", "high"] } },
      ...{ details: { type: "object", additionalProperties: false, properties: { team: text } } },
    },
  },
};

/** The connector `desk` as its author would write it, in a version. */
const source = (version) => `import { connector } from "drawbridge";
export default connector({
  id: "desk", version: "${version}", name: "Desk", description: "Opens tickets.",
  publisher: "Nobody", license: "Apache-2.0", icon: "ticket",
  actions: [{
    id: "open", name: "Open a ticket", description: "Opens a ticket.", effect: "none", idempotent: true,
    input: ${JSON.stringify({ type: "object", additionalProperties: false, ...VERSIONS[version] })},
    output: { type: "object" },
    run: (input) => ({ given: input }),
  }],
});
`;

let browser;
let server;
let folder;
before(async () => {
  [browser, server, folder] = await Promise.all([
    startBrowser(),
    startServer(),
    mkdtemp(join(tmpdir(), "drawbridge-upgrade-")),
  ]);
  const page = await openPage(browser, server);
  for (const version of Object.keys(VERSIONS)) await install(page, version);
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function install(page, version) {
  const at = join(folder, version);
  await mkdir(at);
  await writeFile(join(at, "index.js"), source(version));
  await run(BINARY, ["plugin", "build", at, "--out", join(at, "desk.wasm")]);
  const file = [...(await readFile(join(at, "desk.wasm")))];
  await page.evaluate(async (bytes) => {
    const headers = { "content-type": "application/wasm" };
    const body = new Uint8Array(bytes);
    await fetch("/api/v1/connectors?name=desk.wasm", { method: "POST", headers, body });
  }, file);
  await api(page, "PUT", `/connectors/desk/versions/${version}/grants`, { consent: true, grant: {} });
}

const OLD = {
  queue: "abuse \u202E",
  urgent: true,
  owner: { id: 7, deep: [1, null] },
  level: "{{ vars.level }}",
  details: { team: "a", desk: 3 },
};
const FLOW = {
  ...{ format: "drawbridge.flow/1", name: "Tickets", connectors: { desk: "2.0.0" }, vars: { level: "low" } },
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    { id: "ticket", type: "desk.open", name: "Open it", position: [240, 0], with: OLD },
    { id: "after", type: "core.set", position: [480, 0], with: { x: 1 } },
  ],
  edges: [
    { from: "go", to: "ticket" },
    { from: "ticket", to: "after" },
  ],
};

async function open(t, theme = "light", given = OLD, flow = FLOW) {
  const page = await openPage(browser, server, { colorScheme: theme });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    ...flow,
    nodes: flow.nodes.map((n) => (n.id === "ticket" ? { ...n, with: given } : n)),
  });
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("node-go").waitFor();
  const ticket = async () =>
    (await api(page, "GET", `/flows/${id}`)).flow.nodes.find((n) => n.id === "ticket").with;
  return { id, page, ticket, editor: new Editor(page) };
}

test("what the next version does not know is told, shown as it is, and kept by every save", async (t) => {
  const { page, ticket, editor } = await open(t);
  await page.getByTestId("problems-button").click();
  const problems = page.getByTestId("problems");
  for (const said of [
    /owner.*desk\.open 2\.0\.0 has no parameter "owner".*remove it, or move its value: known are details, level, project/s,
    /queue.*has no parameter "queue"/s,
    /Details › desk.*has no parameter "desk" in "details".*known are team/s,
    /Urgent.*"Urgent": this is a yes or no, and a whole number is wanted.*give a whole number/s,
    /Project.*"Open it" needs "Project".*fill it in/s,
    /Reason.*"Open it" needs "Reason"/s,
  ])
    await problems.locator("li", { hasText: said }).waitFor();
  assert.equal(
    (await page.getByTestId("node-ticket").locator(".card-marks, [aria-label*='problem' i]").count()) > 0,
    true,
  );
  // One leads to the value that is meant.
  await problems
    .locator("li", { hasText: /"queue"/ })
    .getByRole("button")
    .click();
  const pane = page.getByTestId("inspector");
  await pane.waitFor();
  await until("the focus", () =>
    pane.getByLabel("Move queue to").evaluate((e) => e === document.activeElement),
  );
  assert.match(await pane.getByTestId("kept-queue").innerText(), /abuse \[U\+202E\]/);
  assert.match(await pane.getByTestId("kept-owner").innerText(), /"id":7/);
  assert.match(await pane.getByTestId("kept-desk").innerText(), /3/);
  assert.match(await pane.locator('[data-pointer="/urgent"]').innerText(), /true/);
  await check(page, "upgrade-kept");
  // Another field is filled: nothing else changes.
  await pane.getByRole("textbox", { name: "Reason" }).fill("it must be");
  await editor.saved();
  await until("the reason", async () => (await ticket()).reason === "it must be");
  assert.deepEqual(await ticket(), { ...OLD, reason: "it must be" });
  assert.deepEqual(page.faults, []);
});

test("a kept value is moved, made what is wanted, or removed, each one step", async (t) => {
  const { page, ticket, editor } = await open(t, "dark");
  await editor.open("ticket");
  const pane = page.getByTestId("inspector");
  await pane.getByLabel("Move queue to").selectOption({ label: "Project" });
  await until("the move", async () => (await ticket()).project === OLD.queue);
  assert.equal((await ticket()).queue, undefined);
  await pane.getByTestId("kept-queue").waitFor({ state: "detached" });
  // What is moved and does not fit is shown there; what can be told is one click.
  await pane.getByLabel("Move desk to").count();
  await pane.getByRole("button", { name: "Remove the value of desk" }).click();
  await until("the removal", async () => (await ticket()).details.desk === undefined);
  assert.deepEqual((await ticket()).details, { team: "a" });
  await pane.getByLabel("Move owner to").selectOption({ label: "Reason" });
  const reason = pane.locator('[data-pointer="/reason"]');
  await reason.getByText(/this is an object, and a text is wanted/).waitFor();
  await check(page, "upgrade-moved-dark");
  await reason.getByRole("button", { name: "Remove the value of Reason" }).click();
  await reason.getByRole("textbox", { name: "Reason" }).fill("because");
  await pane
    .locator('[data-pointer="/urgent"]')
    .getByRole("button", { name: "Remove the value of Urgent" })
    .click();
  await pane.getByRole("spinbutton", { name: "Urgent" }).fill("2");
  await editor.saved();
  const { queue, owner: _, ...rest } = OLD;
  await until("all of it", async () => (await ticket()).urgent === 2);
  assert.deepEqual(await ticket(), {
    ...rest,
    project: queue,
    reason: "because",
    urgent: 2,
    details: { team: "a" },
  });
  await page.getByText("No problems").waitFor();
  assert.deepEqual(page.faults, []);
});

test("values that a control can't show are made what is wanted with one click", async (t) => {
  const { page, ticket, editor } = await open(t, "light", {
    project: 5,
    reason: "r",
    urgent: "7",
    level: "medium",
  });
  await editor.open("ticket");
  const pane = page.getByTestId("inspector");
  await pane
    .locator('[data-pointer="/level"]')
    .getByText(/"medium" is none of the values that are known — choose one of "low", "high"/)
    .waitFor();
  await pane.getByRole("button", { name: 'Make it "5"' }).click();
  await pane.getByRole("button", { name: "Make it 7" }).click();
  await pane.getByRole("button", { name: "Remove the value of Level" }).click();
  await pane.getByRole("combobox", { name: "Level" }).selectOption("high");
  await until("all of it", async () => (await ticket()).level === "high");
  assert.deepEqual(await ticket(), { project: "5", reason: "r", urgent: 7, level: "high" });
  assert.deepEqual(page.faults, []);
});

test("a flow whose connectors are all gone is shown, edited and saved as it is", async (t) => {
  const nodes = ["one.look_up", "two.block", "three.send"].map((type, i) => ({
    ...{
      id: `n${i}`,
      type,
      position: [240 * (i + 1), 0],
      with: { deep: { list: [1, null] }, text: `value ${i}` },
    },
    ...(i === 1 ? { credential: "key" } : {}),
  }));
  const flow = {
    ...{ ...FLOW, name: "Gone", connectors: { one: "1.2.3", two: "9.9.9", three: "0.0.1" } },
    credentials: { key: { type: "two.token" } },
    nodes: [FLOW.nodes[0], ...nodes],
    edges: [
      { from: "go", to: "n0" },
      { from: "n0", to: "n1" },
      { from: "n1.blocked", to: "n2" },
    ],
  };
  const { id, page, editor } = await open(t, "light", undefined, flow);
  for (const { id: node } of nodes) {
    await editor.open(node);
    const pane = page.getByTestId("inspector");
    await pane.getByText(/is not installed here/).waitFor();
    await pane
      .getByLabel("Kept parameters")
      .getByText(/value \d/)
      .waitFor();
    await editor.close();
  }
  await check(page, "upgrade-gone");
  await page.getByTestId("flow-name").fill("Gone, and kept");
  await page.keyboard.press("Enter");
  await editor.saved();
  await until(
    "the name",
    async () => (await api(page, "GET", `/flows/${id}`)).flow.name === "Gone, and kept",
  );
  const { flow: now } = await api(page, "GET", `/flows/${id}`);
  for (const key of ["nodes", "edges", "connectors", "credentials"])
    assert.deepEqual(now[key], flow[key], key);
  assert.deepEqual(page.faults, []);
});
