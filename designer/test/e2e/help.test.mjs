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

    // Its input is asked for by a form.
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
