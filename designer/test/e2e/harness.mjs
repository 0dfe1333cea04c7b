// Starts the real server on an empty folder and a browser that acts as a person does.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const BINARY = new URL("../../../bin/drawbridge", import.meta.url).pathname;
// Where the program's own tests of flows leave compiled connectors: compiling them anew
// for each server would take most of the time.
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "drawbridge", "compiled");
export const PASSWORD = "correct-horse-battery";
export const SHOTS = process.env.SHOTS ?? "";

export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Asks until the answer is good, for at most half a minute. */
export async function until(what, ask) {
  const end = Date.now() + 30_000;
  let last;
  while (Date.now() < end) {
    try {
      const value = await ask();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error(`${what} did not come about: ${last?.message ?? "no"}`);
}

/** A server of its own; with sample, the library's flow is installed. */
export async function startServer({ sample = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-e2e-"));
  const base = `http://127.0.0.1:${await freePort()}`;
  const args = ["serve", "--data", folder, "--listen", base.slice("http://".length)];
  if (sample) args.push("--sample");
  let log = "";
  let child;
  let exit;
  const start = async () => {
    child = spawn(BINARY, args, {
      env: { ...process.env, DRAWBRIDGE_ADMIN_PASSWORD: PASSWORD, DRAWBRIDGE_CACHE: CACHE },
    });
    child.stderr.on("data", (data) => {
      log += data;
    });
    exit = new Promise((done) => child.on("exit", done));
    await until("the server", async () => (await fetch(`${base}/readyz`)).ok).catch((error) => {
      child.kill();
      throw new Error(`${error.message}\n${log}`);
    });
  };
  await start();
  return {
    base,
    /** Starts it again on the same folder and address. */
    start,
    /** Ends it as a crash does. */
    async crash() {
      child.kill("SIGKILL");
      await exit;
    },
    async stop() {
      child.kill("SIGTERM");
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// Without a window around each page, the same engine takes half the processor's time.
const SHELL = "/usr/bin/chromium-headless-shell";

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : "/usr/bin/chromium"),
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A busy machine, made: what a test only reaches in time on an idle one fails by it. */
async function slowed(page) {
  if (!process.env.SLOW) return;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: Number(process.env.SLOW) });
}

/** Opens a page that is logged in; a fault in the page's script, or of its policy, fails the test. */
export async function openPage(browser, server, { name = "admin", password = PASSWORD, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, ...options });
  const page = await context.newPage();
  await slowed(page);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => {
      // Chromium styles text that is inserted into an editable element at once; the editor draws it anew anyway.
      if (e.violatedDirective === "style-src-attr" && e.target?.closest?.(".cm-content")) return;
      console.error(
        `policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}:${e.columnNumber}`,
        e.target?.outerHTML?.slice(0, 300),
      );
    });
  });
  page.on("console", (message) => {
    if (message.text().startsWith("policy: ")) page.faults.push(message.text());
  });
  // Tests of people and of accounts use the form; all others need only what it leaves behind.
  const answer = await context.request.post(`${server.base}/api/v1/session`, {
    headers: { origin: server.base },
    data: { name, password },
  });
  assert.equal(answer.status(), 200, await answer.text());
  await page.goto(`${server.base}/flows`);
  return page;
}

/** Somebody with a role, in a browser of their own. */
export async function joined(browser, server, admin, name, role, theme) {
  const { link } = await api(admin, "POST", "/users", { name, role });
  const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await slowed(page);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  await page.goto(server.base + link.path);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password again").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/flows");
  return page;
}

/** A page that is never touched by the mouse: a new one, or one that is open. */
export async function byKeys(browser, server, t, page) {
  page ??= await openPage(browser, server, { acceptDownloads: true });
  t.after(() => page.context().close());
  const press = (keys) => page.keyboard.press(keys);
  const here = (selector) =>
    page.evaluate((s) => Boolean(document.activeElement?.closest(s)), selector).catch(() => false);
  /** Presses a key until the focus is where it should be; what has the focus must be seen to have it. */
  const to = async (selector, key = "Tab", most = 60) => {
    for (let i = 0; i < most; i++) {
      if (await here(selector)) return;
      await press(key);
    }
    const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    throw new Error(`${key} does not lead to ${selector}; it stands at ${at}`);
  };
  return { page, press, here, to };
}

export async function shot(page, name) {
  if (SHOTS !== "") await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Looks whether a screen can be used by all: nothing serious, and nothing of the rules that are named. */
export async function check(page, name, rules = []) {
  // What still fades has colours in between, and fading may begin only in the frame after this one, as when the
  // scheme was just changed. What spins never ends.
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 50; i++) {
      await frame();
      await frame();
      const fading = document
        .getAnimations()
        .filter((a) => a.playState === "running" && a.effect?.getTiming().iterations !== Infinity);
      if (fading.length === 0) return;
      await Promise.all(fading.map((a) => a.finished.catch(() => {})));
    }
    throw new Error("something never stops fading");
  });
  await shot(page, name);
  await page.evaluate(axe);
  const found = await page.evaluate(async (named) => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical" || named.includes(v.id))
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  }, rules);
  assert.deepEqual(found, [], name);
}

/** Sends a request as the person who is logged in, and gives the answer. */
export function api(page, method, path, body, headers = {}) {
  return page.evaluate(
    async ([method, path, body, headers]) => {
      const all = { "content-type": "application/json", ...headers };
      const answer = await fetch(`/api/v1${path}`, { method, headers: all, body: JSON.stringify(body) });
      return answer.json();
    },
    [method, path, body, headers],
  );
}

/** Builds a connector from its source, installs it, and consents to what it asks for. */
export async function installConnector(page, source, name, version = "1.0.0") {
  const folder = await mkdtemp(join(tmpdir(), `drawbridge-${name}-`));
  const target = join(folder, `${name}.wasm`);
  try {
    await promisify(execFile)(BINARY, ["plugin", "build", source, "--out", target]);
    const bytes = (await readFile(target)).toString("base64");
    const answer = await page.evaluate(
      async ([bytes, name]) => {
        const body = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
        const headers = { "content-type": "application/wasm" };
        const said = await fetch(`/api/v1/connectors?name=${name}.wasm`, { method: "POST", headers, body });
        return said.ok ? "" : said.text();
      },
      [bytes, name],
    );
    assert.equal(answer, "");
    await api(page, "PUT", `/connectors/${name}/versions/${version}/grants`, { consent: true, grant: {} });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The editor as one works it with the mouse. */
export class Editor {
  constructor(page) {
    this.page = page;
  }

  async ids() {
    return this.page.$$eval('.react-flow__node [data-testid^="node-"]', (all) =>
      all.map((e) => e.dataset.testid.slice("node-".length)),
    );
  }

  async drag(from, to) {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x, to.y, { steps: 4 });
    await mouse.up();
  }

  /** The middle of a part, once the camera stands still. */
  async centre(testid) {
    let box;
    await until(`a still ${testid}`, async () => {
      const before = box;
      box = await this.page.getByTestId(testid).boundingBox();
      return before && box && before.x === box.x && before.y === box.y;
    });
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** Drags an action from the palette onto the canvas; answers the new node's id. */
  async place(type, x, y) {
    const before = new Set(await this.ids());
    // The list is longer than what is seen of it.
    await this.page.getByTestId(`palette-${type}`).scrollIntoViewIfNeeded();
    await this.drag(await this.centre(`palette-${type}`), { x, y });
    const id = await until(`a node of ${type}`, async () => (await this.ids()).find((i) => !before.has(i)));
    return id;
  }

  async connect(from, port, to) {
    await this.drag(await this.centre(`port-${from}-${port}`), await this.centre(`in-${to}`));
  }

  /** Pulls a wire onto the empty canvas and picks what is to follow; answers its id. */
  async pull(from, port, x, y, type) {
    const before = new Set(await this.ids());
    await this.drag(await this.centre(`port-${from}-${port}`), { x, y });
    await this.page.getByTestId(`add-${type}`).click();
    return until(`a node of ${type}`, async () => (await this.ids()).find((i) => !before.has(i)));
  }

  async open(id) {
    await this.page.getByTestId(`node-${id}`).click();
    await this.page.getByTestId("inspector").waitFor();
  }

  async close() {
    await this.page.getByTestId("inspector").getByRole("button", { name: "Close" }).click();
    await this.page.getByTestId("inspector").waitFor({ state: "detached" });
  }

  async rename(name) {
    const field = this.page.getByTestId("inspector").getByTestId("node-name");
    await field.fill(name);
    await field.press("Enter");
  }

  /** Makes a field an expression where it is not one, and types it. */
  async expression(label, text) {
    const pane = this.page.getByTestId("inspector");
    const toggle = pane.getByRole("button", { name: `${label} is fixed; make it an expression` });
    if ((await toggle.count()) > 0) await toggle.click();
    // A condition is first of all a comparison.
    const compared = pane.getByLabel(`${label}: field`, { exact: true });
    if ((await compared.count()) > 0)
      await pane.locator(".condition", { has: compared }).locator(".condition-mode").click();
    await this.type(pane.locator(".cm-content").and(this.page.getByLabel(label, { exact: true })), text);
  }

  /** Types key by key, braces and spaces too, as a person does. */
  async slowly(label, text) {
    const pane = this.page.getByTestId("inspector");
    await pane
      .locator(".cm-content")
      .and(this.page.getByLabel(label, { exact: true }))
      .click();
    await this.page.keyboard.type(text, { delay: 15 });
  }

  async type(field, text) {
    await field.click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(text);
  }

  /** Adds a field to a table of names and values. */
  async field(name, text) {
    const pane = this.page.getByTestId("inspector");
    await pane.getByTestId("add-field").click();
    const names = pane.getByTestId("field-name");
    await names.last().fill(name);
    await names.last().press("Enter");
    await this.type(pane.locator(".cm-content").and(this.page.getByLabel(name, { exact: true })), text);
  }

  async saved() {
    await until("the save", async () => /^Saved/.test(await this.page.getByTestId("save-state").innerText()));
  }
}
