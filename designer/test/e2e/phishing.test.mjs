// The main job as a person does it: draw the phishing flow with the mouse, run it on a mail, read the verdict,
// take the file to a second server, change it there, and go back.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

const mail = await readFile(
  new URL("../../../flows/library/samples/phishing-triage/1-account-limited.eml", import.meta.url),
  "utf8",
);

let browser;
let first;
let second;
before(async () => {
  [browser, first, second] = await Promise.all([startBrowser(), startServer(), startServer()]);
});
after(async () => {
  await browser?.close();
  await Promise.all([first?.stop(), second?.stop()]);
});

let exported;
let flowId;

test("draw, run, watch, publish, export", async () => {
  const page = await openPage(browser, first);
  await page.getByTestId("new-flow").click();
  await page.waitForURL("**/flows/*");
  flowId = page.url().split("/").pop();
  await page.getByTestId("canvas").waitFor();
  const editor = new Editor(page);
  await page.getByTestId("flow-name").fill("Drawn by mouse");
  await page.getByTestId("flow-name").press("Enter");

  const hook = await editor.place("trigger.webhook", 380, 160);
  const parse = await editor.pull(hook, "out", 620, 160, "email.parse");
  await editor.open(parse);
  await editor.rename("Read the mail");
  await editor.expression("Mail", "{{ trigger.body.raw }}");
  await editor.close();
  const found = await editor.place("ioc.extract", 380, 320);
  await editor.close();
  await editor.connect(parse, "out", found);
  await editor.open(found);
  await editor.expression("Text", `{{ steps.${parse}.output.subject + "\\n" + steps.${parse}.output.text }}`);
  await editor.expression("URLs", `{{ steps.${parse}.output.links.map(l, l.url) }}`);
  await editor.close();
  const each = await editor.place("core.foreach", 700, 440);
  await editor.open(each);
  await editor.slowly("Items", `{{ steps.${found}.output.indicators }}`);
  await editor.close();
  const box = await page.getByTestId(`node-${each}`).boundingBox();
  const score = await editor.place("core.set", box.x + box.width / 2, box.y + box.height / 2 + 20);
  await editor.open(score);
  await editor.rename("Score it");
  await editor.field("points", "{{ item.type == 'url' && item.value.startsWith('http:') ? 40 : 0 }}");
  await editor.close();
  await editor.connect(found, "out", each);
  const verdict = await editor.place("core.set", 500, 640);
  await editor.close();
  await editor.connect(each, "out", verdict);
  await editor.open(verdict);
  await editor.rename("Verdict");
  await editor.field(
    "verdict",
    `{{ steps.${each}.output.exists(o, o.points > 0) || steps.${parse}.output.authentication.spf == 'fail' ? 'malicious' : 'benign' }}`,
  );
  await editor.close();
  const answer = await editor.place("core.respond", 780, 640);
  await editor.close();
  await editor.connect(verdict, "out", answer);
  await editor.open(answer);
  await editor.expression("Body", `{{ steps.${verdict}.output }}`);
  await editor.close();
  await editor.saved();
  await until("no problems", async () =>
    /No problems/.test(await page.getByTestId("problems-button").innerText()),
  );
  await shot(page, "drawn");

  await page.getByTestId("edit-input").click();
  await editor.type(page.getByTestId("run-input-json").locator(".cm-content"), JSON.stringify({ raw: mail }));
  await page.getByTestId("run-input").click();
  const seen = new Set();
  await until("the run's end", async () => {
    for (const node of [parse, found, each, verdict])
      seen.add(await page.getByTestId(`node-${node}`).getAttribute("data-state"));
    return (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded";
  });
  assert.ok(seen.has("running") || seen.has("succeeded"), `the nodes showed ${[...seen]}`);
  for (const node of [hook, parse, found, each, score, verdict, answer])
    await until(
      `the state of ${node}`,
      async () => (await page.getByTestId(`node-${node}`).getAttribute("data-state")) === "succeeded",
    );
  await editor.open(verdict);
  await until("the verdict", async () =>
    /malicious/.test(await page.getByRole("region", { name: "Output" }).innerText()),
  );
  await shot(page, "verdict");
  await editor.close();
  await editor.open(parse);
  await until("the input", async () =>
    /paypa1-secure/.test(await page.getByRole("region", { name: "Input" }).innerText()),
  );
  await editor.close();

  await page.getByTestId("publish").click();
  await page.getByTestId("publish-message").fill("first");
  await page.getByTestId("publish-confirm").click();
  const address = await page.getByTestId(`hook-${hook}`).getAttribute("title");
  await shot(page, "published");
  const answered = await fetch(new URL(address, first.base), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ raw: mail }),
  });
  assert.equal(answered.status, 200);
  assert.deepEqual(await answered.json(), { verdict: "malicious" });

  const file = await page.request.get(`${first.base}/api/v1/export?flows=${flowId}`);
  exported = await file.text();
  assert.match(exported, /"format": "drawbridge.flow\/1"/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

async function dropFile(page, name, content) {
  await page
    .getByTestId("import-files")
    .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
}

test("import into an empty server gives the same bytes", async () => {
  const page = await openPage(browser, second);
  await page.goto(`${second.base}/import`);
  await dropFile(page, "drawn.flow.json", exported);
  await page.getByTestId("import-plan").waitFor();
  await shot(page, "plan-new");
  await page.getByTestId("import-apply").click();
  await page.getByTestId("import-done").waitFor();
  const file = await page.request.get(`${second.base}/api/v1/export?flows=${flowId}`);
  assert.equal(await file.text(), exported);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a changed file shows a plan; theirs is taken, and rolled back by the versions", async () => {
  const page = await openPage(browser, second);
  await page.goto(`${second.base}/flows/${flowId}`);
  await page.getByTestId("publish").click();
  await page.getByTestId("publish-message").fill("as it came");
  await page.getByTestId("publish-confirm").click();
  await until("version 1", async () => /v1/.test(await page.getByTestId("live-version").innerText()));

  const changed = exported.replace("? 40 : 0", "? 90 : 5");
  assert.notEqual(changed, exported);
  await page.goto(`${second.base}/import`);
  await dropFile(page, "drawn.flow.json", changed);
  const item = page.getByTestId(`plan-${flowId}`);
  await item.waitFor();
  assert.match(await item.innerText(), /90/);
  await shot(page, "plan-changed");
  await item.getByText(/take theirs/i).click();
  await page.getByTestId("import-apply").click();
  await page.getByTestId("import-done").waitFor();
  const theirs = await (await page.request.get(`${second.base}/api/v1/export?flows=${flowId}`)).text();
  assert.equal(theirs, changed);

  await page.goto(`${second.base}/flows/${flowId}`);
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: /versions/i }).click();
  await page.getByTestId("versions").waitFor();
  await shot(page, "versions");
  await page.getByTestId("restore-1").click();
  const confirm = page.getByRole("dialog").getByRole("button", { name: /restore/i });
  if ((await confirm.count()) > 0) await confirm.click();
  await until("the restored draft", async () => {
    const now = await page.request.get(`${second.base}/api/v1/export?flows=${flowId}`);
    return (await now.text()) === exported;
  });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
