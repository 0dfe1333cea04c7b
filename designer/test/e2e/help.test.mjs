// The help: each node type with a picture that is drawn from a flow of the library; light, dark, narrow, by the keyboard, through axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { check, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("every core type and trigger has its page, with a picture in which it is seen", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const types = await page.evaluate(async () => {
    const { items } = await (await fetch("/api/v1/catalog")).json();
    return items.filter((i) => i.kind !== "action").map((i) => [i.type, i.name]);
  });
  await page.goto(`${server.base}/help`);
  for (const [type, name] of types) {
    await page.getByRole("navigation", { name: "Topics" }).getByRole("link", { name, exact: true }).click();
    await page.getByTestId("topic").getByText(type, { exact: true }).first().waitFor();
    const picture = page.getByTestId("help-picture");
    await until(
      `the picture of ${type}`,
      async () =>
        (await picture
          .locator(
            ".react-flow__node.selected, .react-flow__node [aria-selected=true], .card[data-selected=true]",
          )
          .count()) > 0 || (await picture.locator(".react-flow__node").count()) > 0,
    );
    await shot(page, `help-${type}`);
  }
  assert.deepEqual(page.faults, []);
});

for (const theme of ["light", "dark"]) {
  test(`a picture is the beginning of a flow of one's own in ${theme}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme: theme });
    t.after(() => page.context().close());
    await page.goto(`${server.base}/help?type=core.approval`);
    await page.getByTestId("help-picture").locator(".react-flow__node").first().waitFor();
    await check(page, `help-${theme}`);
    await page.setViewportSize({ width: 420, height: 900 });
    await check(page, `help-narrow-${theme}`);
    await page.setViewportSize({ width: 1600, height: 1000 });
    await page.getByRole("button", { name: "Begin with a copy" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/flows/*");
    await page.getByText("Contain a host (copy)").first().waitFor();

    // The copy has samples; without one its input is asked for by a form.
    await page.getByTestId("sample").selectOption("");
    await page.getByTestId("run").click();
    const form = page.getByTestId("run-input-form");
    await form.getByRole("textbox", { name: "Host" }).fill("dc-1");
    await form.getByRole("textbox", { name: "Why" }).fill("A known bad tool");
    await check(page, `input-form-${theme}`);
    await page.getByText("JSON", { exact: true }).first().click();
    const json = await page.getByTestId("run-input-json").locator(".cm-content").innerText();
    assert.deepEqual(JSON.parse(json), { host: "dc-1", reason: "A known bad tool" });
    assert.deepEqual(page.faults, []);
  });
}

for (const theme of ["light", "dark"]) {
  test(`the inspector leads to what an action does, takes, gives and needs in ${theme}`, async (t) => {
    const sampled = await startServer({ sample: true });
    t.after(() => sampled.stop());
    const page = await openPage(browser, sampled, { colorScheme: theme });
    t.after(() => page.context().close());
    const { items } = await (await page.request.get(`${sampled.base}/api/v1/catalog`)).json();
    // What opens a stream gives something only where a server is: its examples are of what it refuses.
    const streams = /^(dns|imap|ldap|ping|smtp|ssh|syslog|tls)\./;
    const bare = items.filter(
      (i) => i.type !== "core.note" && !streams.test(i.type) && !i.examples.some((e) => "output" in e),
    );
    assert.deepEqual(
      bare.map((i) => i.type),
      [],
      "types without an example of what they give",
    );
    await page.getByText("Phishing triage").first().click();
    await page.locator('.react-flow__node[data-id="found"]').focus();
    await page.keyboard.press("Enter");
    const link = page.getByTestId("inspector").getByRole("link", { name: "Help on Extract indicators" });
    await link.waitFor();
    const opening = page.context().waitForEvent("page");
    await link.focus();
    await page.keyboard.press("Enter");
    const help = await opening;
    const topic = help.getByTestId("topic");
    await topic.getByText("ioc.extract", { exact: true }).first().waitFor();
    await topic.getByRole("region", { name: "Parameters" }).getByText("urls", { exact: true }).waitFor();
    await topic.getByRole("region", { name: "Ways out" }).getByText("error", { exact: true }).waitFor();
    await topic
      .getByRole("region", { name: "What it needs" })
      .getByText("It reaches nothing outside.")
      .waitFor();
    const example = topic.getByRole("region", { name: /^Example of .*: a report with harmless forms$/ });
    await example.getByRole("tree", { name: "Input" }).getByText("hxxps://cdn[.]evil").first().waitFor();
    await example.getByRole("tree", { name: "Output" }).getByText("counts").first().waitFor();
    await topic.getByTestId("help-picture").locator(".react-flow__node").first().waitFor();
    await check(help, `help-action-${theme}`, ["heading-order", "landmark-unique"]);
    // One that acts outside says by what powers.
    await help
      .getByRole("navigation", { name: "Topics" })
      .getByRole("link", { name: "Send a request" })
      .click();
    await topic
      .getByRole("region", { name: /: a ticket is opened$/ })
      .getByText("T-17")
      .first()
      .waitFor();
    await topic
      .getByTestId("help-powers")
      .getByText(/requests/)
      .first()
      .waitFor();
    await help.setViewportSize({ width: 420, height: 900 });
    await check(help, `help-action-narrow-${theme}`);
    assert.deepEqual(page.faults, []);
  });
}
