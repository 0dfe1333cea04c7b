// A connector from its file to a flow that uses it, with the real server behind; and credentials in the editor.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startFake } from "../fake/server.mjs";
import { api, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

const BINARY = new URL("../../../bin/drawbridge", import.meta.url).pathname;
const run = promisify(execFile);

let browser;
let folder;
before(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), "drawbridge-connector-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A connector as `plugin new` makes it, and its next version; undefined where this program can't build one. */
let built;
const demo = () => {
  built ??= build();
  return built;
};

async function build() {
  const target = join(folder, "demo");
  try {
    await run(BINARY, ["plugin", "new", "demo", "--lang", "js", "--out", target], { cwd: folder });
    await run(BINARY, ["plugin", "build", target], { cwd: folder });
    const file = join(target, "demo.wasm");
    await access(file);
    const newer = join(folder, "newer");
    await cp(target, newer, { recursive: true });
    const source = join(newer, "index.js");
    await writeFile(source, (await readFile(source, "utf8")).replace("0.1.0", "0.2.0"));
    await run(BINARY, ["plugin", "build", newer], { cwd: folder });
    return { file, next: join(newer, "demo.wasm") };
  } catch (error) {
    return { why: error.stderr || error.message };
  }
}

test("a connector is installed, consented to, placed, and removed", async (t) => {
  const { file, why } = await demo();
  if (file === undefined) return t.skip(`no connector could be built: ${why}`);
  const server = await startServer();
  const page = await openPage(browser, server);
  t.after(async () => {
    await page.context().close();
    await server.stop();
  });
  await page.getByRole("link", { name: "Connectors" }).click();
  await page.getByTestId("connector-file").setInputFiles({
    name: "broken.wasm",
    mimeType: "application/wasm",
    buffer: Buffer.from("no module"),
  });
  await page.getByRole("alert").first().waitFor();
  await shot(page, "connector-refused");
  await page.getByTestId("connector-file").setInputFiles(file);
  await page.waitForURL("**/connectors/demo?*");
  await page.getByRole("heading", { name: "It asks for your consent" }).waitFor();
  await shot(page, "connector-consent");
  await page.getByTestId("consent").click();
  await page.getByRole("button", { name: "Withdraw consent…" }).waitFor();
  await page.getByTestId("add-network").click();
  await page.getByLabel("Network", { exact: true }).fill("127.0.0.0/8");
  await page.getByText(/is this machine itself/).waitFor();
  await page.getByLabel("Network", { exact: true }).fill("10.20.0.0/16");
  await page.getByTestId("add-stream").click();
  await page.keyboard.type("log.corp.example");
  await page.keyboard.press("Tab");
  await page.keyboard.type("514");
  const streams = page.getByRole("group", { name: "Streams" });
  await streams.getByLabel("Encryption").selectOption("none");
  await streams.getByText(/whoever is on the way can read/).waitFor();
  await shot(page, "connector-streams");
  await page.getByTestId("save-grants").click();
  await page.getByText("Saved what it may reach.").waitFor();
  const kept = await page.request.get(`${server.base}/api/v1/connectors/demo/versions/0.1.0/grants`);
  const { grant } = await kept.json();
  assert.deepEqual(grant.networks, [{ cidr: "10.20.0.0/16" }]);
  assert.deepEqual(grant.net, [{ host: "log.corp.example", port: 514, tls: false }]);

  // Its action is in the palette, and while a flow uses it, it stays.
  const address = page.url();
  await page.goto(`${server.base}/flows`);
  await page.getByTestId("new-flow").click();
  const editor = new Editor(page);
  await page.getByText("An empty flow", { exact: true }).waitFor();
  const item = page.locator('[data-testid^="palette-demo."]').first();
  await item.click();
  await page.getByTestId("inspector").waitFor();
  await editor.saved();
  const flow = page.url().split("/").pop().split("?")[0];
  await page.goto(address);
  const remove = async () => {
    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByLabel(/Type “demo”/).fill("demo");
    await page.getByTestId("confirm-delete").click();
  };
  await page.getByTestId("uses").getByRole("link", { name: "Untitled flow" }).waitFor();
  await page.getByRole("button", { name: "Remove…" }).click();
  await page.getByText(/can't be removed: 1 flow uses/).waitFor();
  await shot(page, "connector-in-use");
  // The refusal leads to each flow that stands in the way, and so does the page.
  await page.getByRole("dialog").getByRole("link", { name: "Untitled flow" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("uses").getByText("draft").waitFor();
  await page.request.delete(`${server.base}/api/v1/flows/${flow}`, { headers: { Origin: server.base } });
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.reload();
  await page.getByTestId("uses").getByText("No flow uses it.").waitFor();
  await remove();
  await page.waitForURL("**/connectors");
  await page.getByTestId("connectors").waitFor();
  assert.equal(await page.locator('[data-testid^="connector-demo-"]').count(), 0);
  assert.deepEqual(page.faults, []);
});

test("a flow stays with its version of a connector until it is moved to a newer one", async (t) => {
  const { file, next, why } = await demo();
  if (file === undefined) return t.skip(`no connector could be built: ${why}`);
  const server = await startServer();
  const page = await openPage(browser, server);
  t.after(async () => {
    await page.context().close();
    await server.stop();
  });
  await page.getByRole("link", { name: "Connectors" }).click();
  const picker = page.getByTestId("connector-file");
  await picker.setInputFiles(file);
  await page.getByTestId("consent").click();
  await page.getByRole("button", { name: "Withdraw consent…" }).waitFor();
  await page.goto(`${server.base}/flows`);
  await page.getByTestId("new-flow").click();
  await page.getByText("An empty flow", { exact: true }).waitFor();
  await page.locator('[data-testid^="palette-demo."]').first().click();
  const version = page.getByTestId("node-version");
  await version.getByText("0.1.0", { exact: true }).waitFor();
  assert.equal(await page.getByTestId("move-version").count(), 0);
  const editor = new Editor(page);
  await editor.saved();
  const flow = page.url();

  // It asks for no more than the first, and so may run at once.
  await page.goto(`${server.base}/connectors`);
  await picker.setInputFiles(next);
  await page.waitForURL("**/connectors/demo?*0.2.0*");
  await page.getByTestId("uses-0.1.0").getByRole("link", { name: "Untitled flow" }).waitFor();
  await shot(page, "connector-uses-by-version");

  await page.goto(flow);
  await page.getByTestId("move-version").waitFor();
  await shot(page, "node-version");
  await page.getByTestId("move-version").click();
  await version.getByText("0.2.0", { exact: true }).waitFor();
  await editor.saved();
  const pins = async () => {
    const id = new URL(flow).pathname.split("/").pop();
    return (await (await page.request.get(`${server.base}/api/v1/flows/${id}`)).json()).flow.connectors;
  };
  assert.deepEqual(await pins(), { demo: "0.2.0" });
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("ControlOrMeta+z");
  await page.getByTestId("move-version").waitFor();

  // In the settings of the flow as well, by keyboard.
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: /Settings/ }).click();
  const row = page.getByTestId("pin-demo");
  await row.getByText("installed newer: 0.2.0").waitFor();
  await shot(page, "flow-pins");
  await row.getByLabel("Version of demo").selectOption("0.2.0");
  await row.getByText(/installed newer/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Done" }).click();
  await until("the move kept", async () => (await pins()).demo === "0.2.0");
  assert.deepEqual(page.faults, []);
});

test("a flow declares an alias, a node uses it, and it is bound to a credential of this server", async (t) => {
  const server = await startServer();
  const page = await openPage(browser, server);
  t.after(async () => {
    await page.context().close();
    await server.stop();
  });
  await page.getByTestId("new-flow").click();
  await page.getByText("An empty flow", { exact: true }).waitFor();
  await page.getByTestId("palette-trigger.manual").click();
  await page.getByTestId("palette-http.get").click();
  const inspector = page.getByTestId("inspector");
  await inspector.getByLabel("URL", { exact: true }).fill("https://api.example.com/me");
  await page.getByTestId("node-credential").selectOption({ label: "New alias for http.bearer" });
  await inspector.getByText("keep one of this type").waitFor();
  // Said in Problems, and where one publishes.
  await until("the warning", async () =>
    /1 problem/.test(await page.getByTestId("problems-button").innerText()),
  );
  await page.getByTestId("publish").click();
  await page
    .getByRole("dialog")
    .getByText(/means none on this server/)
    .waitFor();
  await shot(page, "publish-unbound");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const editor = new Editor(page);
  await editor.saved();
  const flow = page.url();

  await inspector.getByRole("link", { name: "keep one of this type" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Their API");
  await dialog.getByLabel("Token").fill("s3cret-token");
  await dialog.getByLabel("Hosts").fill("api.example.com");
  await shot(page, "credential-new");
  await page.getByTestId("save-credential").click();
  await page.getByTestId("credentials").getByText("Their API").waitFor();
  assert.doesNotMatch(await page.content(), /s3cret-token/);

  await page.goto(flow);
  await inspector.waitFor();
  await page.getByTestId("bind-http").selectOption({ label: "Their API" });
  await until("no problems", async () =>
    /No problems/.test(await page.getByTestId("problems-button").innerText()),
  );
  await shot(page, "node-credential");
  await page.getByTestId("publish").click();
  await page.getByTestId("publish-confirm").click();
  await page.getByText("Version 1 is live").first().waitFor();
  assert.deepEqual(page.faults, []);
});

test("requests that the server sent stand out in a step's log", async (t) => {
  const fake = await startFake();
  const page = await openPage(browser, { base: fake.address });
  t.after(async () => {
    await page.context().close();
    await fake.stop();
  });
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  await page.getByTestId("run").click();
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  await page.getByTestId("node-parse").click();
  await page.getByRole("radio", { name: "Log" }).click();
  const call = page.locator('.log li[data-level="call"]');
  await call.waitFor();
  assert.match(await call.innerText(), /sent/);
  const background = (level) =>
    page.locator(`.log li[data-level="${level}"]`).evaluate((e) => getComputedStyle(e).backgroundColor);
  assert.notEqual(await background("call"), await background("info"));
  await shot(page, "log-call");
});

/** An origin that only what is granted reaches. */
async function startOrigin() {
  const asked = [];
  const origin = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = request.url.startsWith("/broken") ? 500 : 200;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ seen: request.url }));
  });
  await new Promise((done) => origin.listen(0, "127.0.0.1", done));
  return { asked, port: origin.address().port, stop: () => new Promise((done) => origin.close(done)) };
}

test("an action is tried: in vain, for good, and with effects only once they are confirmed", async (t) => {
  const server = await startServer();
  const origin = await startOrigin();
  const page = await openPage(browser, server);
  t.after(async () => {
    await page.context().close();
    await server.stop();
    await origin.stop();
  });
  const address = `http://127.0.0.1:${origin.port}`;
  await page.goto(`${server.base}/connectors/http?version=1.0.0`);
  const health = page.getByTestId("health");
  await health.getByText(/No call yet/).waitFor();
  await shot(page, "health-empty");
  const actions = page.getByTestId("actions");
  await actions.locator("summary", { hasText: "http.get" }).click();
  await page.getByTestId("open-try-get").click();
  const trial = page.getByTestId("try-get");
  const result = trial.getByTestId("try-result");
  const ended = (state) =>
    until(`a result that ${state}`, async () => (await result.getAttribute("data-state")) === state);

  // What is missing stands at its field, and nothing ran.
  await trial.getByTestId("run-get").click();
  await trial.getByText(/needs "url"/).waitFor();
  assert.equal(await result.count(), 0);

  // One click fills in an example; without a grant it reaches nothing.
  await trial.getByRole("button", { name: "a host that isn't granted" }).click();
  assert.equal(
    await trial.getByLabel("URL", { exact: true }).inputValue(),
    "https://other.example.net/v1/status",
  );
  await trial.getByLabel("URL", { exact: true }).fill(`${address}/a?key=hush`);
  await trial.getByTestId("run-get").click();
  await ended("failed");
  await result
    .getByText(/denied/)
    .first()
    .waitFor();
  assert.deepEqual(origin.asked, []);
  await result.getByText("1 request refused, and not sent").waitFor();
  await page.getByTestId("logs").locator('[data-call="refused"]').first().waitFor();
  await shot(page, "try-denied");
  await until("the failure counted", async () => /Failed\s*1/.test(await health.innerText()));
  await health.getByText("denied × 1").waitFor();

  // Granted, it is sent, and told of without what may be secret.
  await page.getByTestId("add-host").click();
  await page.getByLabel("Scheme").selectOption("http");
  await page.getByLabel("Host", { exact: true }).fill("127.0.0.1");
  await page.getByLabel("Port", { exact: true }).fill(String(origin.port));
  await page.getByTestId("add-network").click();
  await page.getByLabel("Network", { exact: true }).fill("127.0.0.1/32");
  await page.getByTestId("save-grants").click();
  await page.getByText("Saved what it may reach.").waitFor();
  await trial.getByTestId("run-get").click();
  await ended("succeeded");
  const sent = await result.getByTestId("try-call").innerText();
  assert.match(sent, /GET/);
  assert.match(sent, /\/a\?…/);
  assert.doesNotMatch(sent, /hush/);
  assert.equal(origin.asked.length, 1);
  await shot(page, "try-succeeded");
  await trial.getByLabel("URL", { exact: true }).fill(`${address}/broken`);
  await trial.getByTestId("run-get").click();
  await ended("failed");
  await result.getByText(/500/).first().waitFor();

  // By keyboard: what changes things outside is asked about first, in words.
  await actions.locator("summary", { hasText: "http.request" }).focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("open-try-request").focus();
  await page.keyboard.press("Enter");
  const write = page.getByTestId("try-request");
  await write.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.insertText(`${address}/ticket`);
  await write.getByTestId("run-request").focus();
  await page.keyboard.press("Enter");
  await page
    .getByRole("dialog")
    .getByText(/changes things outside.*for real/)
    .waitFor();
  assert.equal(origin.asked.filter((a) => a.includes("ticket")).length, 0);
  await shot(page, "try-confirm");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(origin.asked.filter((a) => a.includes("ticket")).length, 0);
  await page.keyboard.press("Enter");
  await page.getByTestId("confirm-run").focus();
  await page.keyboard.press("Enter");
  await write.getByTestId("try-result").waitFor();
  await until("the request", async () => origin.asked.filter((a) => a === "POST /ticket").length === 1);

  // Health and log follow by themselves.
  await until("four calls", async () => /Calls\s*4/.test(await health.innerText()));
  const logs = page.getByTestId("logs");
  await logs.getByText(/POST http.*ticket -> 200/).waitFor();
  await logs.getByLabel("Failed calls alone").check();
  await until("failures alone", async () => (await logs.locator("li").count()) === 2);
  await shot(page, "health-full");
  assert.deepEqual(page.faults, []);
});

test("nodes are pasted on another server with what their credentials are for, and without any secret", async (t) => {
  const [from, to] = await Promise.all([startServer(), startServer()]);
  const page = await openPage(browser, from);
  const other = await openPage(browser, to);
  t.after(async () => {
    await Promise.all([page.context().close(), other.context().close()]);
    await Promise.all([from.stop(), to.stop()]);
  });
  const flow = (credentials, nodes) => ({ format: "drawbridge.flow/1", name: "Tickets", credentials, nodes });
  const ask = {
    id: "ask",
    type: "http.get",
    position: [0, 0],
    credential: "api",
    with: { url: "https://api.example.com" },
  };
  const { id } = await api(page, "POST", "/flows", flow({ api: { type: "http.bearer" } }, [ask]));
  const kept = {
    name: "Their API",
    type: "http.bearer",
    fields: { token: "s3cret-token" },
    hosts: ["api.example.com"],
  };
  const credential = await api(page, "POST", "/credentials", kept);
  await api(page, "PUT", `/flows/${id}/credentials`, { bindings: { api: credential.id } });
  await page.goto(`${from.base}/flows/${id}`);
  await new Editor(page).open("ask");
  await new Editor(page).close();
  for (const p of [page, other]) await p.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("ControlOrMeta+c");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.deepEqual(JSON.parse(text).credentials, { api: { type: "http.bearer" } });
  assert.doesNotMatch(text, new RegExp(`s3cret|${credential.id}`));

  // There the same alias is for something else.
  const there = await api(other, "POST", "/flows", flow({ api: { type: "http.basic" } }, [ask]));
  await other.goto(`${to.base}/flows/${there.id}`);
  await other.getByTestId("node-ask").waitFor();
  await other.evaluate((text) => navigator.clipboard.writeText(text), text);
  await other.getByTestId("canvas").focus();
  await other.keyboard.press("ControlOrMeta+v");
  await other.getByTestId("node-ask_2").waitFor();
  await new Editor(other).saved();
  const saved = (await api(other, "GET", `/flows/${there.id}`)).flow;
  assert.deepEqual(saved.credentials, { api: { type: "http.basic" }, http: { type: "http.bearer" } });
  assert.deepEqual(
    saved.nodes.map((n) => n.credential),
    ["api", "http"],
  );
  // It is said what is to be done.
  await until("the warning", async () =>
    /problem/.test(await other.getByTestId("problems-button").innerText()),
  );
  assert.deepEqual([...page.faults, ...other.faults], []);
});
