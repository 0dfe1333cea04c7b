// How one begins: the first screen, templates with their pictures, a flow that is pasted. Against the real server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  browser = await startBrowser();
  server = await startServer();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(t, options) {
  const page = await openPage(browser, server, options);
  t.after(async () => {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
  return page;
}

for (const colorScheme of ["light", "dark"]) {
  test(`an empty server shows three templates, and more on their page, in ${colorScheme}`, async (t) => {
    const page = await open(t, { colorScheme });
    await page.getByRole("heading", { name: "No flows yet" }).waitFor();
    const three = page.getByTestId("templates").getByRole("button");
    await three.first().waitFor();
    assert.equal(await three.count(), 3);
    await check(page, `beginning-${colorScheme}`);
    await page.getByRole("link", { name: "All templates" }).click();
    await page.getByRole("heading", { name: "Templates" }).waitFor();
    await until("all of them", async () => (await three.count()) >= 10);
    const groups = page.getByTestId("templates").getByRole("heading");
    assert.deepEqual(await groups.allInnerTexts(), [
      ...["Alert triage", "Phishing", "Threat hunting", "Incident response", "Vulnerability correlation"],
      ...["Endpoints", "Cloud compliance", "Certificates", "Shared steps and others"],
    ]);
    await check(page, `templates-${colorScheme}`);
    await page.getByLabel("Search templates").fill("mailbox");
    await until("the found ones", async () => /Abuse mailbox/.test(await three.first().innerText()));
    await page.getByLabel("Search templates").fill("zzz");
    await page.getByText("No template matches").waitFor();
  });
}

test("a text that is pasted is read as strictly as a file, and nothing of it is lost", async (t) => {
  const page = await open(t);
  await page.getByTestId("paste-flow").click();
  const text = page.getByTestId("paste-text");
  const make = page.getByRole("button", { name: "Make the flow" });
  await text.fill('{"format": "drawbridge.flow/1", "name": "X", "nodes": [], "edges": [], "colour": 1}');
  await page.getByText("colour").last().waitFor();
  assert.ok(await make.isDisabled());
  const file = await readFile(
    new URL("../../../flows/library/score-alert.flow.json", import.meta.url),
    "utf8",
  );
  await text.fill(file);
  await make.click();
  await page.waitForURL(/\/flows\/[0-9a-f-]{36}/);
  await page.locator(".card-node").first().waitFor();
  assert.equal(await page.locator("h1").innerText(), "Score an alert");
  // It is a flow of its own: the file's id is another's.
  assert.ok(!page.url().includes(JSON.parse(file).id));
});

test("a template becomes a flow of one's own with a click", async (t) => {
  const page = await open(t);
  await page.goto(`${server.base}/templates`);
  await page.getByRole("button", { name: /Phishing triage Reads a reported/ }).click();
  await page.waitForURL(/\/flows\/[0-9a-f-]{36}/);
  await page.getByTestId("run").waitFor();
  await until("its nodes", async () => (await page.locator(".card-node").count()) > 3);
  // It can be tried at once.
  await until(
    "its samples",
    async () => (await page.getByTestId("sample").inputValue()) === "Account limited",
  );
});

test("a template that is taken again is told apart, and what its run begins with is said where it is run", async (t) => {
  const page = await open(t);
  await page.goto(`${server.base}/flows`);
  await page.getByTestId("new-flow").waitFor();
  const menu = async (query) => {
    await page.keyboard.press("Control+k");
    await page.getByTestId("command-search").fill(query);
    return page.getByTestId("command-menu").getByRole("option").first();
  };
  for (const name of ["Contain a host", "Contain a host (2)"]) {
    for (const asked of ["new flow from a template", "templates"]) {
      const first = await menu(asked);
      await until("the page", async () => (await first.innerText()).startsWith("Templates"));
      if (asked === "templates") await page.keyboard.press("Enter");
      else await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: /^Contain a host/ }).click();
    await page.waitForURL(/\/flows\/[0-9a-f-]{36}/);
    await page.getByTestId("run").waitFor();
    assert.equal(await page.locator("h1").innerText(), name);
  }
  const picked = await until("a sample", () => page.getByTestId("sample").inputValue());
  await page.getByRole("button", { name: `Run with “${picked}”`, exact: true }).waitFor();
  await page.getByRole("button", { name: `Dry run with “${picked}”`, exact: true }).waitFor();
  const first = await menu("run");
  assert.match(await first.innerText(), new RegExp(`^Run with “${picked}”`));
  await shot(page, "beginning-run-menu");
  await page.keyboard.press("Escape");
  await page.getByTestId("sample").selectOption("");
  await page.getByRole("button", { name: "Run (asks for the input)", exact: true }).waitFor();
});

test("a flow is duplicated with what lies beside it, as a draft of its own", async (t) => {
  const page = await open(t);
  const { items } = await api(page, "GET", "/library");
  const { flow } = items.find((f) => f.name === "score-alert");
  const { id } = await api(page, "POST", "/flows", flow);
  await api(page, "POST", `/flows/${id}/publish`, {});
  await api(page, "PUT", `/flows/${id}/samples`, {
    items: [{ name: "One", trigger: "", input: { n: 1 } }],
  });
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("run").waitFor();
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Duplicate" }).waitFor();
  await check(page, "flow-menu");
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await page.getByText("is a separate draft").waitFor();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  assert.equal(await page.getByTestId("flow-name").inputValue(), `${flow.name} (copy)`);
  await shot(page, "beginning-duplicate");
  const copy = await api(page, "GET", `/flows/${page.url().split("/").at(-1)}`);
  assert.deepEqual([copy.version, copy.flow.nodes.length], [0, flow.nodes.length]);
  const samples = await api(page, "GET", `/flows/${copy.id}/samples`);
  assert.deepEqual(
    samples.items.map((s) => s.name),
    ["One"],
  );
  // What is drawn in the copy stays there.
  assert.equal((await api(page, "GET", `/flows/${id}`)).flow.name, flow.name);
});

test("a template brings the flows that it calls, and leads to what is left to do", async (t) => {
  const page = await open(t);
  const { items } = await api(page, "GET", "/library");
  const { flow } = items.find((f) => f.name === "phishing-case");
  await page.goto(`${server.base}/templates`);
  await page.getByRole("button", { name: flow.name }).first().click();
  await page.getByTestId("added-flows").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await check(page, `added-${colorScheme}`);
  }
  await page.getByTestId("added-open").click();
  await page.getByTestId("problems-button").click();
  await page.getByTestId("problems").getByText("isn't published").first().waitFor();
  await check(page, "called-problems");
});

test("a step that calls a flow of the library which is not here names it, and adds it", async (t) => {
  const page = await open(t);
  const called = "0199f3a0-6d2b-7c11-8a53-3f7d20c9c700";
  const { id } = await api(page, "POST", "/flows", {
    ...{ format: "drawbridge.flow/1", name: "Caller" },
    nodes: [
      { id: "begin", type: "trigger.manual", position: [0, 0] },
      { id: "sub", type: "core.call", position: [240, 0], with: { flow: called } },
    ],
    edges: [{ from: "begin", to: "sub" }],
  });
  await page.goto(`${server.base}/flows/${id}?node=sub`);
  const add = page.getByTestId("add-shipped");
  await add.waitFor();
  await page.getByText("isn't on this server").first().waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await check(page, `missing-${colorScheme}`);
  }
  const card = page.getByTestId("node-sub");
  assert.match(await card.textContent(), /core\.call/);
  await add.click();
  await until("the flow", async () => (await api(page, "GET", `/flows/${called}`)).id === called);
  const { flow } = await api(page, "GET", `/flows/${called}`);
  await card.getByText(`calls ${flow.name}`).waitFor();
  await check(page, "called-by-name");
  await page.getByRole("link", { name: /Open the flow/ }).waitFor();
  await until("no word of it", async () => (await page.getByText("isn't on this server").count()) === 0);
});
