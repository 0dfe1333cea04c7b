// The list of all runs: found by state, label, trigger, time and id, against the real server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openPage, shot, startBrowser, startServer } from "./harness.mjs";

const AXE = new URL("../../../node_modules/axe-core/axe.min.js", import.meta.url).pathname;

let server;
let browser;
let axe;
before(async () => {
  axe = await readFile(AXE, "utf8");
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends a request as the person who is logged in. */
async function api(page, path, data) {
  const answer = await page.request.fetch(`${server.base}/api/v1${path}`, {
    method: "POST",
    data,
    headers: { Origin: server.base },
  });
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

async function check(page, name) {
  await shot(page, name);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
  assert.deepEqual(found, [], name);
}

const draft = (name, labels, node) => ({
  format: "drawbridge.flow/1",
  name,
  labels,
  nodes: [{ id: "one", position: [0, 0], ...node }],
  edges: [],
});

test("runs are found by what they are like, and the address says what is shown", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.goto(`${server.base}/runs`);
  await page.getByText("No runs yet").waitFor();
  await check(page, "runs-empty");

  const good = await api(
    page,
    "/flows",
    draft("Mail triage", ["mail"], { type: "core.set", with: { seen: 1 } }),
  );
  const bad = await api(
    page,
    "/flows",
    draft("Host isolation", ["edr", "mail"], {
      type: "core.stop",
      with: { outcome: "failed", message: "the sensor is offline" },
    }),
  );
  const runs = [];
  for (const flow of [good, bad, good]) runs.push(await api(page, `/flows/${flow.id}/runs?wait=20s`, {}));
  await page.reload();
  const rows = page.locator("tbody tr");
  await rows.nth(2).waitFor();
  await check(page, "runs-full");

  await page.getByRole("button", { name: "Failures" }).click();
  await page.waitForURL("**/runs?state=failures");
  // Until they are there the list stays as it was.
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  await page.getByText("the sensor is offline").waitFor();
  await check(page, "runs-failures");

  // By the keyboard alone: back to all of them, and to those of a label.
  await page.getByRole("button", { name: "Failures" }).focus();
  await page.keyboard.press("Enter");
  await rows.nth(2).waitFor();
  await page.getByLabel("Label").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL("**/runs?label=edr");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);

  await page.goto(`${server.base}/runs?within=1h&trigger=manual`);
  await rows.nth(2).waitFor();
  await page.getByLabel("Time").selectOption("between");
  await page.getByLabel("Until").fill("2020-01-01T00:00");
  await page.getByText("No run fits").waitFor();
  await check(page, "runs-none");
  await page.getByLabel("From").fill("2021-01-01T00:00");
  await page.getByText("the end of the time must be later").waitFor();
  await check(page, "runs-error");

  await page.goto(`${server.base}/runs`);
  await page.getByLabel("Search runs").fill(runs[0].id.slice(-6));
  await page.getByTestId(`run-${runs[0].id}`).waitFor();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  await page.getByLabel("Search runs").fill("sensor is OFF");
  await page.getByTestId(`run-${runs[1].id}`).waitFor();

  // By the command menu, from anywhere.
  await page.goto(`${server.base}/flows`);
  await page.getByTestId("new-flow").waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type(runs[0].id.slice(-6));
  await page.getByRole("group", { name: "Runs" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/runs/${runs[0].id}`);
  assert.deepEqual(page.faults, []);
});

test("the list of runs is readable in the dark", async (t) => {
  const page = await openPage(browser, server, {
    colorScheme: "dark",
    viewport: { width: 1100, height: 800 },
  });
  t.after(() => page.context().close());
  await page.goto(`${server.base}/runs?state=failures&within=between`);
  await page.getByText("the sensor is offline").waitFor();
  await check(page, "runs-dark");
});
