// What it costs one who knows the tool to build a triage flow from an empty canvas to its answer, in clicks and keys.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Effort } from "./effort.mjs";
import { api, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What may be spent. */
const MOST = { clicks: 20, drags: 0, characters: 55, keys: 20, panels: 1, deadEnds: 0, seconds: 70 };

test("a triage flow is built, published and tried within the effort that it may cost", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "Triage",
    nodes: [],
    edges: [],
  });
  await page.goto(`${server.base}/flows/${id}`);
  const by = new Effort(page);
  const pane = page.getByTestId("inspector");
  const focused = (selector) =>
    until(`the focus on ${selector}`, () =>
      page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector),
    ).catch(async (error) => {
      await shot(page, "effort-lost");
      throw error;
    });
  const next = async (typed) => {
    await by.press("Control+Shift+Enter");
    await focused('[data-testid="add-menu-search"]');
    await by.type(typed);
    await by.press("Enter");
  };
  const tick = (name) => by.click(pane.locator(".picker-line", { hasText: new RegExp(`^${name}`) }).first());
  const named = (name) => pane.locator(`.keys-row[data-pointer="${name}"]`);

  await focused('[data-testid="add-menu-search"]');
  await by.think("webhook");
  await by.type("we");
  await by.press("Enter");
  await focused('[data-testid="example-0"]');
  await by.think("sample");
  await by.press("Enter");
  await pane.getByRole("tree", { name: "Sample event" }).waitFor();

  await by.think("pick");
  await next("se");
  await focused(".picker-line input");
  await by.think("fields");
  for (const field of ["id", "rule", "severity", "host\\.name", "user\\.name", "indicators"])
    await tick(field);
  await by.think("rename");
  await by.click(named("/id").getByTestId("field-name"));
  await by.type("alert");
  await by.think("lower-case");
  await by.click(named("/rule").getByRole("button", { name: "Lower-case: rule" }));

  await by.think("score");
  await next("de");
  await by.think("severity");
  await by.click(pane.locator(".decision-fill").getByRole("button", { name: "severity" }));
  await focused("[data-value]");
  for (const [i, value] of ["10", "30", "60", "80"].entries()) {
    await by.type(value);
    if (i < 3) await by.press("Enter");
  }
  await by.think("indicators");
  await by.click(pane.locator(".decision-fill").getByRole("button", { name: "each of indicators" }));
  await until("the new row", () =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label") === "Value, row 5"),
  );
  await by.type("5");

  await by.think("branch");
  await next("if");
  await focused(".condition-value");
  await by.type("80");

  await by.think("escalate");
  await next("res");
  await by.think("answer");
  await by.click(pane.getByRole("checkbox", { name: "All of Set fields" }));
  await by.click(pane.locator(".picker-line", { hasText: /^value/ }).first());
  await by.think("verdict");
  await by.click(pane.getByRole("button", { name: "Add field" }));
  await by.type("verdict");
  await by.press("Enter");
  await by.type("escalate");

  await by.think("other");
  await by.click(page.getByTestId("port-if-false"));
  await focused('[data-testid="add-menu-search"]');
  await by.type("res");
  await by.press("Enter");
  await by.think("close");
  await by.click(pane.getByRole("button", { name: /^Same as/ }));
  await until("the text", () => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
  await by.type("close");

  await by.think("publish");
  await by.click(page.getByTestId("publish"));
  await focused('[data-testid="publish-message"]');
  await by.look("confirm");
  await by.press("Enter");
  const address = page.locator('[data-testid="hooks"] code, [data-testid="hooks"] input').first();
  await address.waitFor();
  await by.press("Escape");
  await page.getByTestId("hooks").waitFor({ state: "detached" });
  await by.think("send");
  await by.click(page.getByTestId("run"));
  await until(
    "the run",
    async () => (await api(page, "GET", `/runs?flow=${id}`)).items[0]?.state === "succeeded",
  );
  await by.think("look");
  await by.click(page.getByTestId("node-decision_table"));
  const output = pane.locator(".pane-output");
  await output.getByText("70").first().waitFor();
  await shot(page, "effort-end");

  await until("the draft that is live", async () => (await page.getByText("Draft: 1 change").count()) === 0);
  // What was built does what it should, for each of the events.
  const { flow } = await api(page, "GET", `/flows/${id}`);
  const { items } = await api(page, "GET", `/flows/${id}/samples`);
  const verdicts = {};
  for (const { name, input } of items) {
    const run = await api(page, "POST", `/flows/${id}/runs?wait=20s`, { input, version: "1" }).catch(
      () => undefined,
    );
    const answered = run?.steps?.respond?.state === "succeeded" ? "respond" : "respond_2";
    verdicts[name] = [run?.steps?.decision_table?.output?.value, answered];
  }
  assert.deepEqual(verdicts, {
    "Endpoint alert, high": [70, "respond_2"],
    "Endpoint alert, critical": [95, "respond"],
    "Endpoint alert, medium": [35, "respond_2"],
    "Endpoint alert, low": [10, "respond_2"],
  });
  const answer = flow.nodes.find((n) => n.id === "respond_2").with.body;
  assert.equal(answer.verdict, "close");
  assert.equal(
    flow.nodes.find((n) => n.id === "set_fields").with.rule,
    "{{ trigger.body.rule.lowerAscii() }}",
  );
  const boxes = await page.$$eval(".react-flow__node", (all) =>
    all.map((e) => e.getBoundingClientRect().toJSON()),
  );
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1))
      assert.ok(
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top,
        "two cards overlap",
      );

  const spent = {
    ...{ clicks: by.clicks, drags: by.drags, characters: by.characters, keys: by.keys },
    ...{ panels: by.panels.size, deadEnds: by.deadEnds, seconds: Math.round(by.seconds) },
  };
  t.diagnostic(
    `effort: ${JSON.stringify(spent)} of at most ${JSON.stringify(MOST)}; panels ${[...by.panels].join(", ")}`,
  );
  for (const [what, most] of Object.entries(MOST))
    assert.ok(spent[what] <= most, `${what}: ${spent[what]}, at most ${most}`);
  assert.deepEqual(page.faults, []);
});
