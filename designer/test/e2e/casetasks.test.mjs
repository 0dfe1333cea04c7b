// Templates of cases: a senior makes one, a junior works it, with a form, and a flow that asks the senior.
import assert from "node:assert/strict";
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

const isolate = (to) => ({
  format: "drawbridge.flow/1",
  name: "Isolate a host",
  nodes: [
    { id: "called", type: "trigger.flow", position: [0, 0] },
    {
      id: "ok",
      type: "core.approval",
      position: [280, 0],
      with: { to: [to], title: "Isolate the host?", show: { case: "{{ trigger.body.case.title }}" } },
    },
    {
      id: "say",
      type: "case.comment",
      position: [560, 0],
      with: { case: "{{ trigger.body.case }}", text: "The host is **isolated**." },
    },
  ],
  edges: [
    { from: "called", to: "ok" },
    { from: "ok.approved", to: "say" },
  ],
});

for (const theme of ["light", "dark"]) {
  test(`a template is made, applied and worked in ${theme}`, async (t) => {
    const admin = await openPage(browser, server, { colorScheme: theme });
    t.after(() => admin.context().close());
    const senior = await joined(browser, server, admin, `senior-${theme}`, "responder", theme);
    t.after(() => senior.context().close());
    const junior = await joined(browser, server, admin, `junior-${theme}`, "analyst", theme);
    t.after(() => junior.context().close());
    const { id } = await api(admin, "POST", "/flows", {
      ...isolate(`senior-${theme}`),
      name: `Isolate a host ${theme}`,
    });
    await api(admin, "POST", `/flows/${id}/publish`, { message: "" });

    await senior.goto(`${server.base}/cases/templates`);
    await senior.getByText(theme === "light" ? "No template yet" : "Malware light").waitFor();
    await check(senior, `templates-${theme}`);
    await senior.getByRole("button", { name: "New template" }).first().click();
    await senior.getByLabel("Name").fill(`Malware ${theme}`);
    await senior.getByRole("button", { name: "Save" }).click();
    await senior.getByTestId("step-1").getByText("a task's title has").waitFor();
    const step = (n) => senior.getByTestId(`step-${n}`);
    await step(1).getByLabel("Title").fill("Count the hosts");
    await step(1).getByLabel("Phase").fill("Scope");
    await step(1).getByLabel("Instructions").fill("Ask the **EDR** for the hash.");
    await step(1).getByLabel("Fields to fill in").fill("hosts");
    await senior.getByRole("button", { name: "Add a task" }).click();
    await step(2).getByLabel("Title").fill("Isolate it");
    await step(2).getByLabel("Phase").fill("Contain");
    await step(2).getByLabel("Done by").selectOption(id);
    await step(2).getByLabel("After Count the hosts").check();
    await step(2).getByLabel("Required").check();
    await senior.getByRole("button", { name: "Add a task" }).click();
    await step(3).getByLabel("Title").fill("Write it up");
    await step(3).getByLabel("Within").fill("soon");
    await senior.getByRole("button", { name: "Save" }).click();
    await step(3).getByText("write it as 90m, 36h or 7d").waitFor();
    await check(senior, `template-wrong-${theme}`);
    await step(3).getByLabel("Within").fill("4 hours");
    await senior.getByRole("button", { name: "Save" }).click();
    await senior.getByRole("link", { name: `Malware ${theme}` }).click();
    assert.equal(await step(3).getByLabel("Within").inputValue(), "4 h");
    await check(senior, `template-${theme}`);
    const saved = (await api(senior, "GET", "/templates")).items.find((t) => t.name === `Malware ${theme}`);
    assert.equal(saved.steps[2].within, "4h");

    // A case begins with it, by keys.
    await junior.goto(`${server.base}/cases`);
    await junior.getByRole("button", { name: "Open a case" }).first().click();
    const dialog = junior.getByRole("dialog");
    await dialog.getByLabel("Template").waitFor();
    await junior.keyboard.press("Enter");
    await dialog.getByText(/needs a title/).waitFor();
    await check(junior, `open-case-wrong-${theme}`);
    await junior.keyboard.type("A worm");
    assert.equal(await dialog.getByText(/needs a title/).count(), 0);
    await junior.keyboard.press("Tab");
    await junior.keyboard.type(`Malware ${theme}`);
    await dialog.getByText(/^3 tasks in /).waitFor();
    await check(junior, `open-case-template-${theme}`);
    await dialog.getByLabel("Title").press("Enter");
    await junior.getByTestId("task-Count the hosts").waitFor();
    await check(junior, `case-begun-${theme}`);

    const { number } = await api(junior, "POST", "/cases", { title: `A trojan, ${theme}` });
    await junior.goto(`${server.base}/cases/${number}`);
    await junior.getByRole("button", { name: "Apply a template…" }).click();
    await junior
      .getByLabel("Template", { exact: true })
      .selectOption({ label: `Malware ${theme} (version 1)` });
    await junior.getByText("Adds 3 tasks").waitFor();
    await check(junior, `template-plan-${theme}`);
    await junior.getByRole("button", { name: "Apply it" }).click();
    const task = (title) => junior.getByTestId(`task-${title}`);
    await task("Isolate it").getByText("after Count the hosts").waitFor();
    assert.equal(await task("Isolate it").getByRole("checkbox").isDisabled(), true);
    await task("Count the hosts").getByRole("checkbox").click();
    await task("Count the hosts").getByText("Ask the EDR for the hash").waitFor();
    await task("Count the hosts").getByRole("button", { name: "Done" }).click();
    await task("Count the hosts").getByText("this is needed").waitFor();
    await task("Count the hosts").getByRole("textbox", { name: "hosts" }).fill("three");
    await task("Count the hosts").getByRole("button", { name: "Done" }).click();
    await task("Count the hosts").locator(".case-task-state[data-state=done]").waitFor();
    await task("Isolate it").getByRole("button", { name: "Isolate it" }).click();
    await task("Isolate it").getByRole("button", { name: "Run it" }).click();
    await task("Isolate it").locator(".case-task-state[data-state=running]").waitFor();
    await check(junior, `case-tasks-${theme}`);

    await senior.goto(`${server.base}/inbox`);
    await senior.getByRole("link", { name: /Isolate the host\?/ }).click();
    await senior.getByRole("button", { name: "Approve" }).click();
    await task("Isolate it").locator(".case-task-state[data-state=done]").waitFor();
    await junior.getByText("The host is isolated.").first().waitFor();
    await junior.getByText("2 of 3 · 66 %").waitFor();
    assert.deepEqual([...admin.faults, ...senior.faults, ...junior.faults], []);
  });
}

test("a task is added, done and skipped by the keyboard alone", async (t) => {
  const admin = await openPage(browser, server);
  const { number } = await api(admin, "POST", "/cases", { title: "By keys" });
  const { page, press, to } = await byKeys(browser, server, t, admin);
  await page.goto(`${server.base}/cases/${number}`);
  await page.getByRole("heading", { name: "By keys" }).waitFor();
  for (const title of ["First", "Second"]) {
    await to('[aria-label="New task"]');
    await page.keyboard.type(title);
    await press("Enter");
    await page.getByTestId(`task-${title}`).waitFor();
  }
  await to('[aria-label="First"]', "Shift+Tab");
  await press("Space");
  await page.getByTestId("task-First").locator(".case-task-state[data-state=done]").waitFor();
  await to('[data-testid="task-Second"] .case-task-title');
  await press("Enter");
  await page.getByTestId("task-Second").getByRole("button", { name: "Skip" }).waitFor();
  await page.getByTestId("task-Second").getByRole("button", { name: "Skip" }).focus();
  await press("Enter");
  await until("two of two", async () => (await api(page, "GET", `/cases/${number}`)).tasksDone === 2);
});
