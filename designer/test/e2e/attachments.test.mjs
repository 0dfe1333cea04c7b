// Attachments of a case: chosen, dropped and pasted, saved and never shown, removed; seen by another browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, byKeys, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const PAGE = "<!DOCTYPE html><script>document.title = 'it ran'</script>";
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const region = (page) => page.getByRole("region", { name: "Attachments" });

for (const theme of ["light", "dark"]) {
  test(`files are attached, saved and removed in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme, acceptDownloads: true });
    t.after(() => page.context().close());
    const { number } = await api(page, "POST", "/cases", { title: `Files in ${theme}`, tlp: "red" });
    const other = await joined(browser, server, page, `viewer-${theme}`, "viewer", theme);
    t.after(() => other.context().close());
    await Promise.all([page, other].map((p) => p.goto(`${server.base}/cases/${number}`)));
    await region(page).getByText("No files yet: drop or paste them").waitFor();
    await region(other).getByText("No files.").waitFor();
    await check(page, `attachments-empty-${theme}`);

    await page.getByTestId("attach-files").setInputFiles([
      { name: "invoice.html", mimeType: "text/html", buffer: Buffer.from(PAGE) },
      {
        name: "notes about what the sender wrote to each of the three people.txt",
        mimeType: "text/plain",
        buffer: Buffer.from(`notes ${theme}`),
      },
    ]);
    await region(page).getByText("notes about what the sender").waitFor();
    // The other browser sees them, with their types, and their hashes as artifacts.
    await region(other).getByText("invoice.html").waitFor();
    await region(other).getByText("text/html").waitFor();
    await region(other).getByText(sha256(PAGE)).waitFor();
    await other.getByRole("region", { name: "Artifacts" }).getByText(sha256(PAGE)).waitFor();
    await other.getByText("attached “invoice.html”, 57 bytes").waitFor();
    assert.equal(await region(other).getByRole("button", { name: "Add files" }).count(), 0);

    // What is saved is what was attached; no page shows it.
    const saving = page.waitForEvent("download");
    await region(page).getByRole("button", { name: "Save invoice.html, TLP:RED" }).click();
    const saved = await saving;
    assert.equal(saved.suggestedFilename(), "invoice.html");
    assert.equal(await readFile(await saved.path(), "utf8"), PAGE);
    const visit = page.context().waitForEvent("page");
    const { items } = await api(page, "GET", `/cases/${number}/attachments`);
    const again = page.waitForEvent("download").catch(() => undefined);
    await page.evaluate((to) => window.open(to), `/api/v1/cases/${number}/attachments/${items[0].id}`);
    const tab = await visit;
    await Promise.race([
      again,
      tab.waitForEvent("download").catch(() => undefined),
      tab.waitForEvent("close").catch(() => undefined),
    ]);
    // A tab that only saves a file is closed by the browser, at a time of its own.
    assert.notEqual(await tab.title().catch(() => ""), "it ran");

    // Dropped anywhere on the page, and pasted.
    const hand = (type, name, content) =>
      page.evaluate(
        ([type, name, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([content], name, { type: "image/png" }));
          const init = { bubbles: true, cancelable: true };
          if (type === "paste")
            document.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: data }));
          else {
            const onto = document.querySelector("#case-timeline");
            for (const step of ["dragenter", "dragover", "drop"])
              onto.dispatchEvent(new DragEvent(step, { ...init, dataTransfer: data }));
          }
        },
        [type, name, content],
      );
    await hand("drop", "dropped.png", `\u0089PNG ${theme}`);
    await region(page).getByText("dropped.png").waitFor();
    await hand("paste", "pasted.png", `pasted ${theme}`);
    await region(page).getByText("pasted.png").waitFor();

    // A server that refuses says why, and the file stays in sight until it is dismissed.
    await page.route("**/attachments?name=huge.bin", (route) =>
      route.fulfill({
        status: 413,
        contentType: "application/problem+json",
        body: JSON.stringify({
          title: "Request Entity Too Large",
          status: 413,
          detail: "the file has more than 100 MiB, which is the most that is taken here",
          problems: [],
        }),
      }),
    );
    await page
      .getByTestId("attach-files")
      .setInputFiles([{ name: "huge.bin", mimeType: "x/y", buffer: Buffer.from("huge") }]);
    await region(page).getByText("the file has more than 100 MiB").waitFor();
    await check(page, `attachments-full-${theme}`);
    await region(page).getByRole("button", { name: "Forget huge.bin" }).click();
    await region(page).getByText("huge.bin").waitFor({ state: "detached" });

    await region(page).getByRole("button", { name: "Remove invoice.html" }).click();
    await page.getByText("The timeline keeps who removed it").waitFor();
    await check(page, `attachments-remove-${theme}`);
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.getByText("removed “invoice.html”, 57 bytes").waitFor();
    await region(other).getByText("invoice.html").waitFor({ state: "detached" });
    await region(other).getByText("pasted.png").waitFor();
    assert.deepEqual([...page.faults, ...other.faults], []);
  });
}

test("cases with the same file find each other, and a merge carries files over", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const numbers = [];
  for (const title of ["First with the file", "Second with the file"]) {
    const { number } = await api(page, "POST", "/cases", { title });
    numbers.push(number);
    await page.goto(`${server.base}/cases/${number}`);
    await page
      .getByTestId("attach-files")
      .setInputFiles([{ name: `${title}.bin`, mimeType: "x/y", buffer: Buffer.from("the same") }]);
    await region(page).getByText(`${title}.bin`).waitFor();
  }
  const related = page.getByRole("region", { name: "Related cases" });
  await related.getByText("First with the file").waitFor();
  await related.getByText(sha256("the same")).waitFor();
  await api(page, "POST", `/cases/${numbers[0]}/merge`, { into: String(numbers[1]) });
  await region(page).getByText("First with the file.bin").waitFor();
  await region(page).getByText("Second with the file.bin").waitFor();
});

test("a file is removed by the keyboard alone", async (t) => {
  const { page, press, to } = await byKeys(browser, server, t);
  const { number } = await api(page, "POST", "/cases", { title: "By keys" });
  await page.goto(`${server.base}/cases/${number}`);
  await region(page).getByText("No files yet").waitFor();
  // Before the keys: the browser learns of it on a way of its own, and Enter may overtake it.
  const chooser = page.waitForEvent("filechooser");
  await to("section[aria-labelledby=case-attachments] .case-part-head button", "Tab", 80);
  await press("Enter");
  await (await chooser).setFiles([
    { name: "by-keys.txt", mimeType: "text/plain", buffer: Buffer.from("keys") },
  ]);
  await region(page).getByText("by-keys.txt").waitFor();
  await to('[aria-label="Remove by-keys.txt"]');
  await press("Enter");
  await page.getByText("Remove by-keys.txt?").waitFor();
  await until("the answer by keys", async () => {
    await press("Tab");
    return page.evaluate(() => document.activeElement?.textContent === "Remove it");
  });
  await press("Enter");
  await page.getByText("removed “by-keys.txt”").waitFor();
});
