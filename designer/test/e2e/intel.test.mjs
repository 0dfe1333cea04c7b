// Intelligence: indicators are added, imported, judged, allowed and seen in cases, by mouse and by keys, through axe in light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, byKeys, check, joined, openPage, startBrowser, startServer } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const id = (n) => `4a5b6c7d-0000-4000-8000-00000000000${n}`;
const at = { created: "2026-01-05T08:00:00.000Z", modified: "2026-01-05T08:00:00.000Z", spec_version: "2.1" };
const bundle = (domain) =>
  JSON.stringify({
    type: "bundle",
    id: `bundle--${id(0)}`,
    objects: [
      {
        ...at,
        type: "indicator",
        id: `indicator--${id(1)}`,
        pattern: `[domain-name:value = '${domain}']`,
        pattern_type: "stix",
        valid_from: at.created,
        confidence: 90,
      },
      { ...at, type: "malware", id: `malware--${id(2)}`, name: "Ripplebot", is_family: true },
      {
        ...at,
        type: "relationship",
        id: `relationship--${id(3)}`,
        relationship_type: "indicates",
        source_ref: `indicator--${id(1)}`,
        target_ref: `malware--${id(2)}`,
      },
      { type: "x-thing", id: `x-thing--${id(4)}`, any: 1 },
      { type: "x-thing" },
    ],
  });

for (const theme of ["light", "dark"]) {
  test(`indicators are imported, judged and seen in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    const domain = `c2-${theme}.evil.example`;
    await page.goto(`${server.base}/intelligence${theme === "dark" ? "?q=nothing-is-called-so" : ""}`);
    await page.getByText(theme === "dark" ? "No indicator fits" : "No indicator yet").waitFor();
    await check(page, `intel-empty-${theme}`);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page
      .getByTestId("intel-file")
      .setInputFiles({ name: "b.json", mimeType: "", buffer: Buffer.from("{}") });
    await page.getByText("this is no STIX bundle").first().waitFor();
    await page.getByTestId("intel-file").setInputFiles({
      name: "bundle.json",
      mimeType: "application/json",
      buffer: Buffer.from(bundle(domain)),
    });
    await page
      .getByRole("region", { name: "What the file holds" })
      .getByText("its id is none of STIX")
      .waitFor();
    await check(page, `intel-import-${theme}`);
    assert.equal(
      (await api(page, "GET", `/indicators?q=${domain}`)).items.length,
      0,
      "looking changes nothing",
    );
    await page.getByRole("button", { name: "Import", exact: true }).last().click();
    await page.goto(`${server.base}/intelligence`);
    await page.getByTestId(`indicator-${domain}`).getByText("Ripplebot").waitFor();
    // What a case has is a sighting, with the way there and back.
    const { number } = await api(page, "POST", "/cases", {
      title: `Beacon ${theme}`,
      artifacts: [{ value: `www.${domain}` }],
    });
    await page.goto(`${server.base}/cases/${number}`);
    const badge = page.getByRole("link", { name: /^Intelligence scores/ });
    await badge.waitFor();
    await check(page, `intel-case-${theme}`);
    await badge.click();
    await page.getByRole("link", { name: new RegExp(`#${number} Beacon ${theme}`) }).waitFor();
    await page.getByText("STIX import says malicious, with a confidence of 90").waitFor();
    await check(page, `intel-indicator-${theme}`);
    await page.getByRole("button", { name: "Set the score…" }).click();
    await page.getByRole("button", { name: "Set it" }).click();
    await page.getByText("Say why.").waitFor();
    await page.getByRole("spinbutton", { name: "Score" }).fill("950");
    await page.getByLabel("Reason").fill("Seen at a customer.");
    await page.getByRole("button", { name: "Set it" }).click();
    await page.getByText("set the score to 950: Seen at a customer.").waitFor();
    await page.getByRole("button", { name: "Edit…" }).click();
    await page.getByLabel("Threat actors").fill("Storm 1, Storm 2");
    await page.getByLabel("Vulnerabilities").fill("no CVE");
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByText(/is no CVE id/)
      .first()
      .waitFor();
    await page.getByLabel("Vulnerabilities").fill("CVE-2026-12345");
    await check(page, `intel-edit-${theme}`);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "CVE-2026-12345" }).waitFor();
    await page.getByRole("button", { name: "False positive…" }).click();
    await page.getByLabel("Reason").fill("A sinkhole of our own.");
    await page.getByRole("button", { name: "Mark it" }).click();
    await page.getByText("marked it a false positive: A sinkhole of our own.").waitFor();
    await page.getByRole("button", { name: "Not a false positive" }).click();
    await page.getByRole("heading", { name: "Why it scores 950" }).waitFor();
    await page.goto(`${server.base}/intelligence/allow-list`);
    await page.getByLabel("Value").fill(domain);
    await page.getByLabel("Reason").fill("Ours.");
    await page.getByRole("button", { name: "Allow it" }).click();
    await page.getByRole("button", { name: /Take c2.* away/ }).waitFor();
    await check(page, `intel-allow-${theme}`);
    await page.goto(`${server.base}/intelligence?q=${domain}`);
    await page.getByTestId(`indicator-${domain}`).getByText("Allowed").waitFor();
    await check(page, `intel-full-${theme}`);
    await page.goto(`${server.base}/intelligence/allow-list`);
    await page.getByRole("button", { name: /Take c2.* away/ }).click();
    await page.getByText("Nothing is allowed yet").waitFor();
    assert.deepEqual(page.faults, []);
  });
}

test("an indicator is added and found by the keyboard alone, and a viewer changes nothing", async (t) => {
  const admin = await openPage(browser, server);
  const { page, press } = await byKeys(browser, server, t, admin);
  await page.goto(`${server.base}/intelligence`);
  await page.getByRole("heading", { name: "Intelligence" }).waitFor();
  await press("Control+k");
  await page.getByTestId("command-search").waitFor();
  await page.keyboard.type("add an indicator");
  await press("Enter");
  await page.getByLabel("Value").waitFor();
  await page.keyboard.type("hxxp://drop[.]evil[.]example/x");
  await press("Enter");
  await page.getByRole("heading", { name: "hxxp://drop[.]evil[.]example/x" }).waitFor();
  const viewer = await joined(browser, server, admin, "onlooker", "viewer", "light");
  t.after(() => viewer.context().close());
  await viewer.goto(page.url());
  await viewer.getByRole("heading", { name: "hxxp://drop[.]evil[.]example/x" }).waitFor();
  assert.equal(await viewer.getByRole("button", { name: "Edit…" }).count(), 0);
  await viewer.goto(`${server.base}/intelligence`);
  assert.equal(await viewer.getByRole("button", { name: "Add an indicator" }).isDisabled(), true);
});

test("an indicator is related to another, and back to nothing", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const made = await api(page, "POST", "/indicators", { value: "one.evil.example" });
  const other = await api(page, "POST", "/indicators", { value: "198.51.100.77" });
  await page.goto(`${server.base}/intelligence/${made.id}`);
  await page.getByLabel("Relate to").fill("nobody.example");
  await page.getByRole("button", { name: "Relate", exact: true }).click();
  await page.getByText("There is no indicator of this value").waitFor();
  await page.getByLabel("Relate to").fill("198[.]51[.]100[.]77");
  await page.getByRole("button", { name: "Relate", exact: true }).click();
  await page.getByRole("link", { name: "198[.]51[.]100[.]77" }).waitFor();
  assert.equal((await api(page, "GET", `/indicators/${made.id}`)).relations[0].to, other.id);
  await check(page, "intel-related");
  await page.getByRole("button", { name: /Take the relation to/ }).click();
  await page.getByRole("link", { name: "198[.]51[.]100[.]77" }).waitFor({ state: "detached" });
});

test("what somebody else changed first is shown, and nothing is overwritten", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const made = await api(page, "POST", "/indicators", { value: "shared.evil.example" });
  await page.goto(`${server.base}/intelligence/${made.id}`);
  await page.getByRole("button", { name: "Edit…" }).click();
  await page.getByLabel("Tags").fill("mine");
  await api(page, "POST", "/indicators", { value: "shared.evil.example", tags: ["theirs"] });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody changed it first").waitFor();
  assert.equal(await page.getByLabel("Tags").inputValue(), "mine", "what was typed stays");
  assert.deepEqual((await api(page, "GET", `/indicators/${made.id}`)).tags, ["theirs"]);
});
