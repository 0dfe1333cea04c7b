// A mail of a real mailbox becomes a case: with artifacts, scores, related cases and the mail itself, seen in the browser.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { api, check, freePort, openPage, startBrowser, until } from "./harness.mjs";

const ROOT = new URL("../../..", import.meta.url).pathname;
const PASSWORD = "lab-of-the-company";

let browser;
let lab;
before(async () => {
  [browser, lab] = await Promise.all([startBrowser(), startLab()]);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
});

/** Waits for what a whole company does, connectors compiled for the first time among it. */
async function eventually(what, ask) {
  for (let tries = 5; tries > 0; tries--) {
    const done = await until(what, ask).catch(() => undefined);
    if (done) return done;
  }
  return until(what, ask);
}

/** A small company with a mailbox, a directory and a server with the library's flows; one mail is reported at once. */
async function startLab() {
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-lab-"));
  const program = join(folder, "lab");
  await promisify(execFile)("go", ["build", "-o", program, "./server/cmd/lab"], { cwd: ROOT });
  const [port, guide] = [await freePort(), await freePort()];
  const child = spawn(program, [
    "--listen",
    `127.0.0.1:${port}`,
    "--page",
    `127.0.0.1:${guide}`,
    "--every",
    "24h",
  ]);
  let log = "";
  let ready = false;
  child.stderr.on("data", (data) => {
    log += data;
  });
  child.stdout.on("data", (data) => {
    ready ||= String(data).includes("The lab is ready");
  });
  const exit = new Promise((done) => child.on("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 4; !ready; tries--) {
    await until("the lab", async () => ready || child.exitCode !== null).catch(() => {});
    if (child.exitCode !== null || tries === 0) {
      await stop();
      throw new Error(`the lab did not start\n${log}`);
    }
  }
  return { base: `http://127.0.0.1:${port}`, stop };
}

test("a mail becomes a case with artifacts, scores, related cases and the mail", async (t) => {
  const page = await openPage(browser, lab, { password: PASSWORD, acceptDownloads: true });
  t.after(() => page.context().close());
  const earlier = await api(page, "POST", "/cases", {
    title: "Seen earlier: a beacon",
    artifacts: [{ value: "pay@evil.example" }],
  });
  assert.equal(typeof earlier.number, "number", JSON.stringify(earlier));

  await page.goto(`${lab.base}/cases?view=all`);
  const found = await eventually("a case of the mail", async () => {
    const { items } = await api(page, "GET", "/cases?q=Phishing");
    return items.find((c) => c.title === "Phishing: Invoice");
  });
  // The list shows it without being loaded anew.
  await page.getByTestId(`case-${found.number}`).getByText("Phishing: Invoice").waitFor();
  await page
    .getByTestId(`case-${found.number}`)
    .getByRole("link", { name: /Phishing: Invoice/ })
    .click();
  await page.getByRole("heading", { name: "Phishing: Invoice" }).waitFor();

  const artifacts = page.getByRole("region", { name: "Artifacts" });
  await artifacts.getByText("hxxp://evil[.]example/login").waitFor();
  await artifacts.getByText("pay[@]evil[.]example").waitFor();
  const related = page
    .getByRole("region", { name: "Related cases" })
    .locator("li", { hasText: "Seen earlier: a beacon" });
  await related.getByText(/shares .*pay\[@\]evil\[\.\]example/).waitFor();

  const files = page.getByRole("region", { name: "Attachments" });
  await files.getByText("reported mail.eml").waitFor();
  await files.getByText("message/rfc822").waitFor();
  const saving = page.waitForEvent("download");
  await files.getByRole("button", { name: /^Save reported mail\.eml/ }).click();
  const mail = await readFile(await (await saving).path(), "utf8");
  assert.match(mail, /Subject: FW: is this real\?/);
  assert.match(mail, /TVqQAAMAAAA=/);

  const timeline = page.getByRole("region", { name: "Timeline" });
  await timeline.getByText("attached “reported mail.eml”").waitFor();
  // Copies are pulled from other mailboxes once a person says so; then the case is closed, with a score.
  const lead = await openPage(browser, lab, { name: "responder", password: PASSWORD });
  t.after(() => lead.context().close());
  const question = await eventually("the question", async () => {
    const { items } = await api(lead, "GET", "/approvals");
    return items.find((q) => q.title.startsWith("Pull 1 copy"));
  });
  await lead.goto(`${lab.base}/inbox`);
  await lead.getByRole("link", { name: question.title }).click();
  await lead.getByRole("button", { name: "Approve" }).click();
  await eventually("the case to be closed", async () => {
    const now = await api(page, "GET", `/cases/${found.number}`);
    return now.status === "closed" && now.score > 0;
  });
  await timeline.getByText("closed it as true positive").waitFor();
  await timeline.getByRole("link", { name: "its run" }).first().waitFor();
  await check(page, "mail-case");
  assert.deepEqual(page.faults, []);
});
