// What a run begins with, in the editor with the real server behind: one's own mail, chosen, dropped or pasted.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

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
