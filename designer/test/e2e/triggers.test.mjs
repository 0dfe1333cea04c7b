// Webhooks that believe only who signs, mailboxes, and the receipts of what came in, against the real server.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { check, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

const SECRET = "eight or more bytes";

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends a request as the person who is logged in. */
async function api(page, method, path, data) {
  const answer = await page.request.fetch(`${server.base}/api/v1${path}`, {
    method,
    data,
    headers: { Origin: server.base },
  });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

const draft = (name, id) => ({
  format: "drawbridge.flow/1",
  name,
  nodes: [{ id, type: "core.set", position: [420, 0], with: { seen: "{{ trigger.body }}" } }],
  edges: [],
});

test("a webhook is made to believe only who signs, and what comes in has receipts", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.goto(`${server.base}/receipts`);
  await page.getByText("Nothing came in yet").waitFor();
  await check(page, "receipts-empty");

  const flow = await api(page, "POST", "/flows", draft("Sensor alerts", "keep"));
  await api(page, "POST", "/credentials", {
    name: "Sensor",
    type: "trigger.signing",
    hosts: ["edr.example.com"],
    fields: { secret: SECRET },
  });
  await page.goto(`${server.base}/flows/${flow.id}`);
  const editor = new Editor(page);
  await page.getByTestId("node-keep").waitFor();
  const hook = await editor.place("trigger.webhook", 480, 300);
  await editor.connect(hook, "out", "keep");
  await editor.open(hook);
  const pane = page.getByTestId("inspector");
  const who = pane.getByLabel("Who may send");
  assert.deepEqual(await who.locator("option").allInnerTexts(), [
    "Default: Anybody who knows the address",
    "Anybody who knows the address",
    "Whoever signs as Standard Webhooks has it",
    "Whoever has a user and password (basic)",
    "Whoever has a token (bearer)",
    "Whoever signs in a header (hmac)",
  ]);
  await who.selectOption({ label: "Whoever signs in a header (hmac)" });
  await pane.getByText(/no credential is named/).waitFor();
  await pane.getByTestId("node-credential").selectOption("+trigger.signing");
  await page.getByTestId("bind-signing").selectOption({ label: "Sensor" });
  await editor.type(
    pane.locator(".cm-content").and(page.getByLabel("Key of the event", { exact: true })),
    "{{ trigger.body.id }}",
  );
  await shot(page, "hook-pane");
  await editor.type(
    pane.locator(".cm-content").and(page.getByLabel("Leave out when", { exact: true })),
    "{{ trigger.body.?test.orValue(false) }}",
  );
  await editor.saved();
  await page.getByText("No problems").waitFor();
  await check(page, "webhook-verified");
  await page.getByTestId("publish").click();
  await page.getByTestId("publish-confirm").click();
  const address = await until("the address", async () => {
    const { hooks } = await api(page, "GET", `/flows/${flow.id}`);
    return hooks?.[hook] ?? Object.values(hooks ?? {})[0];
  });

  const send = async (body, secret) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json" };
    if (secret)
      headers["X-Hub-Signature-256"] = `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
    return (await fetch(server.base + address, { method: "POST", headers, body: text })).status;
  };
  assert.equal(await send({ id: "a-1" }, SECRET), 202);
  assert.equal(await send({ id: "a-1", again: true }, SECRET), 202);
  assert.equal(await send({ id: "a-2", test: true }, SECRET), 202);
  assert.equal(await send({ noId: 1 }, SECRET), 400);
  assert.equal(await send({ id: "a-3" }, "another secret"), 404);
  assert.equal(await send({ id: "a-3" }), 404);

  await page.goto(`${server.base}/receipts?flow=${flow.id}`);
  await until("all receipts", async () => {
    await page.reload();
    await page.getByRole("row").nth(1).waitFor();
    return (await page.getByText("2 times").count()) === 1 && (await page.getByRole("row").count()) >= 6;
  });
  await page.getByRole("row", { name: /Closed.*a-1/ }).waitFor();
  await page.getByRole("row", { name: /Left out/ }).waitFor();
  assert.equal(await page.getByRole("row", { name: /Failed.*doesn't show whom it is from/ }).count(), 2);
  await check(page, "receipts");
  await page.getByLabel("State").selectOption({ label: "Left out" });
  await until("the filter", async () => (await page.getByRole("row").count()) === 2);
  await page.getByLabel("Search receipts").fill("nothing like it");
  await page.getByText("No receipt fits").waitFor();
  await check(page, "receipts-none-fits");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page
    .getByRole("row", { name: /Closed.*a-1/ })
    .getByRole("link")
    .last()
    .click();
  await page.waitForURL("**/runs/*");
  assert.deepEqual(page.faults, []);
});

test("a run that an event starts is shown, and only offered where somebody looks at a step of another", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const drawn = draft("Events", "keep");
  const hook = { id: "hook", type: "trigger.webhook", position: [0, 0] };
  const { id } = await api(page, "POST", "/flows", {
    ...drawn,
    nodes: [hook, ...drawn.nodes],
    edges: [{ from: "hook", to: "keep" }],
  });
  await api(page, "POST", `/flows/${id}/publish`, {});
  const { hooks } = await api(page, "GET", `/flows/${id}`);
  const headers = { "content-type": "application/json" };
  const send = async () =>
    assert.equal(
      (await fetch(server.base + hooks.hook, { method: "POST", headers, body: "{}" })).status,
      202,
    );
  const shown = () => new URL(page.url()).searchParams.get("run");
  const runs = async (count) =>
    until(`${count} runs`, async () => {
      const { items } = await api(page, "GET", `/runs?flow=${id}`);
      return items.length === count && items.every((r) => r.state === "succeeded") && items[0].id;
    });
  await send();
  const first = await runs(1);
  await page.goto(`${server.base}/flows/${id}`);
  await until("the first run", () => shown() === first);
  await send();
  const second = await runs(2);
  await until("the second run", () => shown() === second);
  await page.getByTestId("node-keep").click();
  await page.getByTestId("inspector").waitFor();
  await send();
  const third = await runs(3);
  await page.getByText("A new event came in.").waitFor();
  assert.equal(shown(), second);
  await page.getByRole("button", { name: "Show its run" }).click();
  await until("the third run", () => shown() === third);
  assert.deepEqual(page.faults, []);
});

test("a mailbox is watched, and says what is wrong", async (t) => {
  const page = await openPage(browser, server, { colorScheme: "dark" });
  t.after(() => page.context().close());
  const flow = await api(page, "POST", "/flows", draft("Abuse", "keep"));
  await api(page, "POST", "/credentials", {
    name: "Abuse mailbox",
    type: "trigger.imap",
    hosts: ["127.0.0.1:1"],
    fields: { username: "abuse", password: "secret", networks: "127.0.0.1/32" },
  });
  await page.goto(`${server.base}/flows/${flow.id}`);
  const editor = new Editor(page);
  await page.getByTestId("node-keep").waitFor();
  const mail = await editor.place("trigger.mailbox", 480, 300);
  await editor.connect(mail, "out", "keep");
  await editor.open(mail);
  const pane = page.getByTestId("inspector");
  await pane.getByLabel("Mail server").fill("127.0.0.1");
  await pane.getByLabel("Port", { exact: true }).fill("1");
  await pane.getByLabel("Afterwards").selectOption("move");
  await pane.getByText("mails are to be moved, and no folder is named").first().waitFor();
  await pane.getByLabel("Move to").fill("Done");
  await pane.getByTestId("node-credential").selectOption("+trigger.imap");
  await page.getByTestId("bind-imap").selectOption({ label: "Abuse mailbox" });
  await editor.saved();
  await page.getByText("No problems").waitFor();
  await page.getByTestId("publish").click();
  await page.getByTestId("publish-confirm").click();
  // The editor that is open learns of it by itself, and leads to the trigger.
  await page.getByTestId("published").getByText("Version 1 is live").waitFor();
  await page.keyboard.press("Enter");
  const failing = page.getByTestId("trigger-failing");
  await failing.waitFor();
  assert.match(await failing.innerText(), /^Trigger failing\s*: .*refused.*, since /s);
  await page.keyboard.press("Escape");
  await failing.focus();
  await page.keyboard.press("Enter");
  await until("what is wrong to be in sight", () =>
    page.getByTestId("trigger-health").evaluate((e) => {
      const pane = e.closest(".pane").getBoundingClientRect();
      return e.textContent.includes("It can't watch:") && e.getBoundingClientRect().top >= pane.top;
    }),
  );
  await page.getByTestId("problems-button").getByText("1 problem").waitFor();
  await check(page, "trigger-failing-dark");
  // So does the list.
  await page.goto(`${server.base}/flows`);
  const row = page.getByTestId(`flow-${flow.id}`);
  await row.getByText(/refused/).waitFor();
  await check(page, "flows-failing-dark");
  await row.getByRole("link", { name: "Trigger failing" }).press("Enter");
  await page.waitForURL(`**/flows/${flow.id}?node=${mail}`);
  // Publishing it anew warns, and isn't refused.
  await pane.getByTestId("node-name").fill("Abuse mails");
  await pane.getByTestId("node-name").press("Enter");
  await editor.saved();
  await page.getByTestId("publish").click();
  await page
    .getByRole("region", { name: "Warnings" })
    .getByText(/can't be watched/)
    .waitFor();
  await check(page, "publish-failing-dark");
  await page.getByTestId("publish-confirm").click();
  await page.getByRole("button", { name: "Done" }).click();
  await until("what is wrong with the mailbox", async () => {
    await page.goto(`${server.base}/flows/${flow.id}?node=${mail}`);
    await page.getByTestId("trigger-health").waitFor();
    return /It can't watch:.*refused/.test(await page.getByTestId("trigger-health").innerText());
  });
  await check(page, "mailbox-failing-dark");
  const { id } = await api(page, "POST", `/flows/${flow.id}/runs`, { input: { raw: "a mail" } });
  await page.goto(`${server.base}/receipts?q=${id}`);
  await page.getByRole("heading", { name: "Receipts" }).waitFor();
  await page.getByRole("row").nth(1).waitFor();
  await check(page, "receipts-dark");
  // By keys alone: from the search to the first receipt's run.
  await page.getByLabel("Search receipts").focus();
  await until("the link of a run", async () => {
    await page.keyboard.press("Tab");
    return page.evaluate(() => document.activeElement?.getAttribute("href")?.startsWith("/runs/"));
  });
  await page.keyboard.press("Enter");
  await page.waitForURL("**/runs/*");
  assert.deepEqual(page.faults, []);
});
