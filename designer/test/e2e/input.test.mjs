// What a run begins with, in the editor with the real server behind: one's own mail, chosen, dropped or pasted.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const MAIL = "From: Ä <a@b.example>\r\nTo: c@d.example\r\nSubject: Mine\r\n\r\nhttp://203.0.113.7/pay\r\n";

async function open(t) {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await page.getByText("Phishing triage").first().click();
  await page.getByTestId("node-parse").waitFor();
  await page.getByTestId("edit-input").click();
  const json = page.getByTestId("run-input-json").locator(".cm-content");
  await json.waitFor();
  const said = () => page.getByTestId("input-taken").innerText();
  return { page, json, said };
}

test("a mail that is chosen becomes the input, and is run", async (t) => {
  const { page, json, said } = await open(t);
  const choose = (name, buffer) =>
    page.getByTestId("input-file").setInputFiles({ name, mimeType: "message/rfc822", buffer });
  await choose("mine.eml", Buffer.from(MAIL));
  await until("the text", async () => /mine\.eml: a mail, as text in raw/.test(await said()));
  assert.match(await json.innerText(), /"raw": "From: Ä/);
  await choose("latin.eml", Buffer.from(MAIL, "latin1"));
  await until("the bytes", async () => /bytes in rawBase64/.test(await said()));
  await shot(page, "input-mail");
  await page.getByTestId("run-input").click();
  await until(
    "the run's end",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  assert.equal(await page.getByTestId("sample").inputValue(), "latin");
  await until("the answer", async () => /Mine/.test(await page.getByTestId("run-output").innerText()));
  assert.deepEqual(page.faults, []);
});

test("a mail that is pasted or dropped is one too, and other files say what they lack", async (t) => {
  const { page, json, said } = await open(t);
  await json.evaluate((element, mail) => {
    const data = new DataTransfer();
    data.setData("text/plain", mail);
    element.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, MAIL);
  await until("the pasted mail", async () => /"raw": "From: Ä/.test(await json.innerText()));
  const drop = (name, text) =>
    json.evaluate(
      (element, [n, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], n));
        for (const type of ["dragenter", "dragover", "drop"])
          element.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [name, text],
    );
  await drop("other.json", '{"raw": "Subject: dropped\\n\\n"}');
  await until("the dropped file", async () => /Subject: dropped/.test(await json.innerText()));
  await drop("notes.txt", "nothing of the kind");
  await until("the reason", async () => /notes\.txt is neither JSON nor a mail/.test(await said()));
  assert.match(await json.innerText(), /Subject: dropped/);
  assert.deepEqual(page.faults, []);
});

/** A flow that says field by field what it takes. */
const ISOLATE = {
  format: "drawbridge.flow/1",
  name: "Isolate a host",
  input: {
    type: "object",
    required: ["host", "hours"],
    properties: {
      host: { type: "string", title: "Host", minLength: 3 },
      tags: { type: "array", title: "Tags", items: { type: "string", maxLength: 8 } },
      hours: { type: "integer", title: "Hours", minimum: 1, maximum: 72 },
      owner: { type: "object", title: "Owner", required: ["mail"], properties: { mail: { type: "string" } } },
    },
    additionalProperties: false,
  },
  nodes: [{ id: "start", type: "trigger.manual", position: [0, 0] }],
  edges: [],
};

test("an input that the flow refuses stays in its form, with each fault at its field", async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage(browser, server, { colorScheme });
    t.after(() => page.context().close());
    const { id } = await api(page, "POST", "/flows", ISOLATE);
    await page.goto(`${server.base}/flows/${id}`);
    // Nothing is chosen, so that it is asked for.
    await page.getByTestId("run").click();
    const form = page.getByTestId("run-input-form");
    const field = (name) => form.locator(`[data-pointer="/${name}"]`);
    await form.getByLabel("Tags").fill("far-too-long,");
    await form.getByLabel("Hours").fill("100");
    await page.getByTestId("run-input").click();
    await field("host").getByText("this is needed").waitFor();
    assert.match(await field("tags").textContent(), /maxLength/);
    assert.match(await field("hours").textContent(), /want 72/);
    await until("the first of them", () =>
      field("host").evaluate((e) => e.contains(document.activeElement) && document.activeElement.ariaInvalid),
    );
    const said = await form
      .getByLabel("Hours")
      .evaluate((e) => document.getElementById(e.getAttribute("aria-describedby"))?.textContent ?? "");
    assert.match(said, /want 72/);
    await check(page, `input-refused-${colorScheme}`);

    // What is mended is no longer held against it; the rest is told anew, and focused again.
    await page.keyboard.type("pc-0231");
    await page.getByTestId("run-input").click();
    await until("the next of them", () => field("hours").evaluate((e) => e.contains(document.activeElement)));
    assert.equal(await field("host").locator(".field-problems").count(), 0);

    // As JSON the same faults stand under the text, each with its place.
    await page.getByRole("radio", { name: "JSON" }).click();
    const json = page.getByTestId("run-input-json");
    await json.locator(".cm-content").fill('{"host": "pc-0231", "hours": 0, "colour": "red"}');
    await page.getByTestId("run-input").click();
    await json.getByText(/hours.*want 1/).waitFor();
    assert.match(await json.innerText(), /colour/);
    await until("the text", () => json.evaluate((e) => e.contains(document.activeElement)));
    await check(page, `input-refused-json-${colorScheme}`);
    await json.locator(".cm-content").fill('{"host": "pc-0231", "hours": 2}');
    await page.getByTestId("run-input").click();
    await page.getByTestId("run-input").waitFor({ state: "detached" });
    await until(
      "the run's end",
      async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
    );
    assert.deepEqual(page.faults, []);
  }
});

test("an input that was chosen and is refused opens where it can be mended", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", ISOLATE);
  await api(page, "PUT", `/flows/${id}/samples`, {
    items: [{ name: "Long ago", trigger: "start", input: { host: "pc-0231", hours: 1, owner: {} } }],
  });
  await page.goto(`${server.base}/flows/${id}`);
  await until("the sample", async () => (await page.getByTestId("sample").inputValue()) === "Long ago");
  await page.getByTestId("run").click();
  const mail = page.getByTestId("run-input-form").locator('[data-pointer="/owner/mail"]');
  await mail.getByText("this is needed").waitFor();
  await until("the field inside", () => mail.evaluate((e) => e.contains(document.activeElement)));
  await page.keyboard.type("a@b.example");
  await page.getByTestId("run-input").click();
  await page.getByTestId("run-input").waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
});
