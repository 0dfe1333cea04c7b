// People: an admin invites, the invited person sets a password, both see their screens; light and dark through axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, PASSWORD, startBrowser, startServer, until } from "./harness.mjs";

const THEIRS = "another-horse-battery";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function act(page, name, entry) {
  await page.getByRole("button", { name: `What to do with ${name}` }).click();
  await page.getByRole("menuitem", { name: entry }).click();
  await page.getByRole("dialog").waitFor();
}

async function gone(page) {
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

for (const theme of ["light", "dark"]) {
  test(`somebody is invited, comes, is changed and shut out in ${theme}`, async () => {
    const name = `author-${theme}`;
    const admin = await openPage(browser, server, { colorScheme: theme });
    await admin.goto(`${server.base}/settings/users`);
    await admin.getByTestId("user-admin").waitFor();
    await check(admin, `people-${theme}`);
    await admin.getByTestId("invite").click();
    await admin.getByLabel("Name").fill("Admin");
    await admin.keyboard.press("Enter");
    await admin.getByText("there is a user called admin").waitFor();
    await check(admin, `people-invite-refused-${theme}`);
    await admin.getByLabel("Name").fill(name);
    await admin.getByLabel("Role").selectOption("author");
    await admin.getByRole("button", { name: "Invite", exact: true }).last().click();
    const link = await admin.getByTestId("fresh-link").innerText();
    await check(admin, `people-link-${theme}`);
    await admin.getByRole("button", { name: "Done" }).click();
    await gone(admin);
    await admin.getByTestId(`user-${name}`).getByText("Invited").waitFor();

    const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1280, height: 900 } });
    const person = await context.newPage();
    await person.goto(link);
    await person.goto(link); // looking again uses nothing up
    await person.getByText(name).waitFor();
    await person.getByLabel("Password", { exact: true }).fill(`${name}-1`);
    await person.getByLabel("Password again").fill(`${name}-1`);
    await person.keyboard.press("Enter");
    await person.getByText(/the password is the name/).waitFor();
    await check(person, `setup-invited-${theme}`);
    await person.getByLabel("Password", { exact: true }).fill(THEIRS);
    await person.getByLabel("Password again").fill(THEIRS);
    await person.keyboard.press("Enter");
    await person.waitForURL("**/flows");
    await person.goto(`${server.base}/settings/users`);
    await person.getByText("You may not see the users").waitFor();
    await person.goto(link);
    await person.getByText("This link is no longer good").waitFor();
    await check(person, `setup-used-${theme}`);

    // A second browser of theirs, ended from the first.
    const other = await (await browser.newContext()).newPage();
    await other.goto(`${server.base}/login`);
    await other.getByLabel("Name").fill(name.toUpperCase());
    await other.getByLabel("Password").fill(THEIRS);
    await other.keyboard.press("Enter");
    await other.waitForURL("**/flows");
    await person.goto(`${server.base}/settings/profile`);
    await person.getByTestId("sessions").getByText("this one").waitFor();
    await person.getByLabel("Current password").fill("not-this-one");
    await person.getByLabel("New password", { exact: true }).fill(PASSWORD);
    await person.getByLabel("New password again").fill(PASSWORD);
    await person.keyboard.press("Enter");
    await person.getByText("this isn't your password").waitFor();
    await check(person, `account-${theme}`);
    await person.getByLabel("Current password").fill(THEIRS);
    await person.keyboard.press("Enter");
    await person.getByText(/Your password is changed/).waitFor();
    await other.goto(`${server.base}/flows`);
    await other.waitForURL("**/login**");
    await other.context().close();

    // They watch a flow, by a socket, when they are shut out: it tells them at once.
    const socket = person.waitForEvent("websocket");
    await person.goto(`${server.base}/flows`);
    await person.getByText("Phishing triage").first().click();
    await person.getByTestId("run").click();
    await socket;
    await person.getByText("Succeeded").first().waitFor();
    await admin.reload();
    await act(admin, name, "Change role…");
    await admin.getByLabel("Role", { exact: true }).selectOption("viewer");
    await admin.getByText(/they are logged out/).waitFor();
    await check(admin, `people-role-${theme}`);
    await admin.keyboard.press("Escape");
    await gone(admin);
    await act(admin, name, "New link…");
    await check(admin, `people-new-link-${theme}`);
    await admin.keyboard.press("Escape");
    await gone(admin);
    await act(admin, name, "Disable…");
    await check(admin, `people-disable-${theme}`);
    await admin.getByRole("button", { name: `Disable ${name}` }).click();
    await gone(admin);
    await admin.getByTestId(`user-${name}`).getByText("Disabled").waitFor();
    await person.waitForURL("**/login**");
    await person.getByLabel("Password").fill(PASSWORD);
    await person.keyboard.press("Enter");
    await person.getByText("Name or password is wrong").waitFor();
    await admin.getByRole("button", { name: `What to do with ${name}` }).click();
    await admin.getByRole("menuitem", { name: "Enable…" }).waitFor();
    await check(admin, `people-menu-${theme}`);
    assert.deepEqual(admin.faults, []);
    await Promise.all([context.close(), admin.context().close()]);
  });
}

test("by the keyboard alone: invite, change a role, remove", async () => {
  const page = await openPage(browser, server);
  await page.goto(`${server.base}/settings/users`);
  await page.getByTestId("user-admin").waitFor();
  const { keyboard } = page;
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
    );
  const tabTo = async (wanted) => {
    for (let i = 0; i < 40; i++) {
      if ((await focused()) === wanted) return;
      await keyboard.press("Tab");
    }
    assert.fail(`Tab doesn't come to ${wanted}`);
  };
  await tabTo("Invite");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await keyboard.type("by-keys");
  await keyboard.press("Enter");
  await page.getByTestId("fresh-link").waitFor();
  await until("the focus on Done", async () => (await focused()) === "Done");
  await keyboard.press("Enter");
  await gone(page);
  await until("the focus back", async () => (await focused()) === "Invite");
  await page.getByTestId("user-by-keys").waitFor();
  await tabTo("What to do with by-keys");
  await keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await until("the first entry", async () => (await focused()) === "Change role…");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until("the dialog's focus", async () =>
    page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null),
  );
  for (let i = 0; i < 6 && (await page.evaluate(() => document.activeElement?.tagName)) !== "SELECT"; i++)
    await keyboard.press("Tab");
  await keyboard.press("ArrowDown");
  await keyboard.press("Tab");
  await tabTo("Change role");
  await keyboard.press("Enter");
  await gone(page);
  await page.getByTestId("user-by-keys").getByText("analyst").waitFor();
  await tabTo("What to do with by-keys");
  await keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await keyboard.press("End");
  await until("the last entry", async () => (await focused()) === "Remove…");
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo("Remove by-keys");
  await keyboard.press("Enter");
  await gone(page);
  await page.getByTestId("user-by-keys").waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
