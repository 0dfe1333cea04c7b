// Cases: opened, worked by two people at once, related, merged and closed, by mouse and by keys, through axe in light and dark.
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

const ARTIFACTS = [{ value: "evil[.]example", score: 820 }, { value: "198.51.100.7" }];

for (const theme of ["light", "dark"]) {
  test(`a case is opened, filled and closed in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    await page.goto(`${server.base}/cases?q=nothing-is-called-${theme}`);
    await page.getByText("No case fits").waitFor();
    await check(page, `cases-empty-${theme}`);
    await page.getByRole("button", { name: "Open a case" }).click();
    await page.getByRole("button", { name: "Open the case" }).click();
    await page.getByText("a case needs a title").waitFor();
    await page.getByLabel("Title").fill("Phishing: your invoice");
    await page.getByLabel("Severity", { exact: true }).last().selectOption("high");
    await page
      .getByLabel("Artifacts")
      .fill("hxxps://evil[.]example/login\nno such thing at 300.1\nsrv-1.corp.example");
    await page.getByRole("dialog").getByLabel("Tags").fill("Invoices");
    await page.getByRole("dialog").getByLabel("Tags").press("Enter");
    await page.getByRole("button", { name: "Take the tag Invoices away" }).waitFor();
    await page.getByRole("dialog").getByLabel("Tags").fill("mail");
    await check(page, `cases-open-${theme}`);
    await page.getByRole("button", { name: "Open the case" }).click();
    await page.getByRole("heading", { name: "Phishing: your invoice" }).waitFor();
    await page.getByText("hxxps://evil[.]example/login").first().waitFor();
    for (const tag of ["invoices", "mail"])
      await page.getByRole("button", { name: `Take the tag ${tag} away` }).waitFor();
    const number = Number(new URL(page.url()).pathname.split("/").pop());
    // A script elsewhere opens another about the same.
    await api(page, "POST", "/cases", {
      title: "Beacon on srv-1",
      severity: "critical",
      artifacts: [...ARTIFACTS, { value: "srv-1.corp.example" }],
    });
    await api(page, "POST", `/cases/${number}/artifacts`, { artifacts: ARTIFACTS });
    await page.getByText("198[.]51[.]100[.]7").first().waitFor();
    await page.getByText("820").first().waitFor();
    await page.getByRole("region", { name: "Related cases" }).getByText("Beacon on srv-1").first().waitFor();
    await page.getByLabel("Comment, in Markdown").fill("It **spreads**, see <img src=x onerror=alert(1)>");
    await page.getByRole("button", { name: "Comment" }).click();
    await page.locator(".case-comment strong", { hasText: "spreads" }).waitFor();
    await page.getByRole("button", { name: "Edit the description" }).click();
    await page.getByRole("textbox", { name: "Description" }).fill("Three people **reported** it.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".case-editable strong", { hasText: "reported" }).waitFor();
    await page.getByLabel("Severity", { exact: true }).selectOption("critical");
    await page.getByText("set the severity to critical").waitFor();
    await page.getByLabel("Tags").fill("Phishing");
    await page.getByLabel("Tags").press("Enter");
    await page.getByText("tagged it phishing").waitFor();
    await check(page, `case-full-${theme}`);
    await page.getByRole("button", { name: "Close…" }).click();
    await page.getByRole("button", { name: "Close the case" }).click();
    await page.getByText("Say how it ended.").waitFor();
    await page.getByLabel("How it ended").selectOption("true_positive");
    await page.getByLabel("Why").fill("The sender is blocked.");
    await check(page, `case-close-${theme}`);
    await page.getByRole("button", { name: "Close the case" }).click();
    await page.getByText("closed it as true positive").waitFor();
    await page.getByText("The sender is blocked.").waitFor();
    await page.goto(`${server.base}/cases?view=all`);
    await page.getByTestId(`case-${number}`).getByText("True positive").waitFor();
    await check(page, `cases-full-${theme}`);
    assert.deepEqual(page.faults, []);
  });
}

test("two people on one case see each other within a second, and overwrite nothing", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { number } = await api(page, "POST", "/cases", { title: "Worked by two" });
  const other = await joined(browser, server, page, "second-analyst", "analyst", "light");
  t.after(() => other.context().close());
  for (const p of [page, other]) {
    await p.goto(`${server.base}/cases/${number}`);
    await p.getByRole("heading", { name: "Worked by two" }).waitFor();
    await p.getByText("opened the case").waitFor();
  }
  await other.getByLabel("Comment, in Markdown").fill("I look at the mails.");
  await other.getByRole("button", { name: "Comment" }).click();
  await page.getByText("I look at the mails.").waitFor({ timeout: 5000 });
  // What somebody types stays, whatever the other does meanwhile; the same field is refused and said.
  await page.getByRole("button", { name: "Edit the title" }).click();
  await page.getByLabel("Title", { exact: true }).fill("Mine");
  await api(other, "PUT", `/cases/${number}`, { title: "Theirs", severity: "low" });
  await page.getByText("set the severity to low").waitFor();
  assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Mine");
  await page.route(`**/api/v1/cases/*`, async (r) => {
    if (r.request().method() !== "PUT") return r.continue();
    // Somebody else is just a moment faster.
    await api(other, "PUT", `/cases/${number}`, { title: "Theirs again" });
    return r.continue();
  });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/second-analyst changed title first, to Theirs again/).waitFor();
  assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Mine", "what was typed stays");
  assert.equal((await api(page, "GET", `/cases/${number}`)).title, "Theirs again");
  await page.unroute(`**/api/v1/cases/*`);
  await page.getByRole("button", { name: "Save" }).click();
  await other.getByRole("heading", { name: "Mine" }).waitFor();
  // A list that is open shows a case that is opened elsewhere.
  await other.goto(`${server.base}/cases?sort=created`);
  await other.getByTestId(`case-${number}`).waitFor();
  await api(page, "POST", "/cases", { title: "New while one looks" });
  await other.getByText("New while one looks").waitFor({ timeout: 5000 });
});

test("a case is merged into another by the keyboard alone", async (t) => {
  const admin = await openPage(browser, server);
  const into = await api(admin, "POST", "/cases", {
    title: "The campaign",
    artifacts: [{ value: "bad.example" }],
  });
  const from = await api(admin, "POST", "/cases", {
    title: "One more mail",
    artifacts: [{ value: "bad.example" }, { value: "203.0.113.9" }],
  });
  const { page, press, to } = await byKeys(browser, server, t, admin);
  await page.goto(`${server.base}/cases?q=mail`);
  await page.getByTestId(`case-${from.number}`).waitFor();
  await to(`[data-testid="case-${from.number}"] .flow-link`);
  await press("Enter");
  await page.getByRole("heading", { name: "One more mail" }).waitFor();
  await press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("merge this");
  await press("Enter");
  await page.getByLabel("Number of the case").waitFor();
  await page.keyboard.type(String(into.number));
  await press("Enter");
  await page.getByRole("heading", { name: "The campaign" }).waitFor();
  await page.getByText("203[.]0[.]113[.]9").first().waitFor();
  await page.getByText("merged into it").waitFor();
  await page.goto(`${server.base}/cases/${from.number}`);
  await page.getByText("This case goes on in").waitFor();
  await until(
    "nothing to change",
    async () => (await page.getByRole("button", { name: "Close…" }).count()) === 0,
  );
});

test("a viewer reads and changes nothing", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  const { number } = await api(admin, "POST", "/cases", { title: "Only to look at" });
  const viewer = await joined(browser, server, admin, "onlooker", "viewer", "light");
  t.after(() => viewer.context().close());
  await viewer.goto(`${server.base}/cases/${number}`);
  await viewer.getByRole("heading", { name: "Only to look at" }).waitFor();
  assert.equal(await viewer.getByLabel("Severity", { exact: true }).isDisabled(), true);
  assert.equal(await viewer.getByLabel("Comment, in Markdown").count(), 0);
  await viewer.goto(`${server.base}/cases`);
  assert.equal(await viewer.getByRole("button", { name: "Open a case" }).isDisabled(), true);
  await viewer.goto(`${server.base}/cases/98765`);
  await viewer.getByText("There is no such case").waitFor();
  await check(viewer, "case-missing");
});

test("hosts are added by hand: by a kind that is chosen, by a name that is known, and corrected afterwards", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await api(page, "POST", "/assets", { assets: [{ name: "NB-017" }] });
  await page.goto(`${server.base}/cases`);
  await page.getByRole("button", { name: "Open a case" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Hosts by hand");
  await dialog.getByLabel("Artifacts").fill("NB-018");
  await dialog.getByLabel("Kind").selectOption("Host");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await check(page, `kind-open-${colorScheme}`);
  }
  await page.getByRole("button", { name: "Open the case" }).click();
  const artifacts = page.getByRole("region", { name: "Artifacts" });
  const kind = (shown) => artifacts.getByLabel(`Kind of ${shown}`);
  await until("a host", async () => (await kind("nb-018").inputValue()) === "host");
  await artifacts.getByRole("button", { name: "Add" }).click();
  await artifacts.getByLabel("New artifacts").fill("NB-017\nNB-020.corp.example");
  await artifacts.getByRole("button", { name: "Add them" }).click();
  await until("the known one is a host", async () => (await kind("nb-017").inputValue()) === "host");
  const other = kind("nb-020[.]corp[.]example");
  assert.equal(await other.inputValue(), "domain");
  await other.selectOption("Host");
  await until("it is a host", async () => (await other.inputValue()) === "host");
  await artifacts.getByRole("button", { name: "Add" }).click();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await check(page, `kinds-${colorScheme}`);
  }
});
