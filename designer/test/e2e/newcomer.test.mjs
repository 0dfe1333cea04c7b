// One who has never seen the tool: from the log-in of an empty server to a live flow that answers a real event.
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

/** What may be spent, in seconds of the model. */
const MOST = 180;

const EVENT = {
  id: "alert-1",
  rule: "LSASS Memory Read",
  severity: "critical",
  host: { name: "ws-0231" },
  user: { name: "svc-backup" },
};

test("a newcomer gets from the first screen to a run that a real event started", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const by = new Effort(page);
  const pane = page.getByTestId("inspector");
  // The log-in, as it is typed.
  by.seconds += 2 * 1.35 + 0.2 * ("admin".length + "correct-horse-battery".length + 2);

  await by.think("first-screen");
  await by.think("choose-empty");
  await by.click(page.getByTestId("empty-flow"));
  await page.getByTestId("add-menu-search").waitFor();
  // Reads what stands there, and types the word that it names.
  await by.think("what-starts-it");
  await by.think("read-the-list");
  await by.type("webhook");
  await by.press("Enter");
  await pane.waitFor();
  await by.think("no-event-yet");
  await by.click(pane.getByTestId("example-0"));
  await pane.getByRole("tree", { name: "Sample event" }).waitFor();
  await by.think("look-at-the-event");

  // The dot of the card says what it is for.
  await by.think("what-follows");
  await by.click(page.getByTestId("port-webhook-out"));
  await page.getByTestId("add-menu-search").waitFor();
  await by.think("read-what-there-is");
  await by.type("set");
  await by.press("Enter");
  await pane.locator(".picker-line input").first().waitFor();
  await by.think("pick-fields");
  for (const field of ["rule", "severity"])
    await by.click(pane.locator(".picker-line", { hasText: new RegExp(`^${field}`) }).first());
  await by.think("what-follows-again");
  await by.click(page.getByTestId("port-set_fields-out"));
  await by.think("answer-the-sender");
  await by.type("respond");
  await by.press("Enter");
  await by.think("what-to-answer");
  await by.click(pane.getByRole("checkbox", { name: "All of Set fields" }));

  await by.think("try");
  await by.click(page.getByTestId("run"));
  await until(
    "the run",
    async () => (await page.getByTestId("run-pill").getAttribute("data-state")) === "succeeded",
  );
  await by.think("what-came-out");
  const first = await page.getByTestId("run-pill").getAttribute("data-run");

  await by.think("make-it-live");
  await by.click(page.getByTestId("publish"));
  await page.getByTestId("publish-confirm").waitFor();
  await by.think("say-what-it-is-for");
  await by.click(page.getByTestId("publish-confirm"));
  const address = page.locator('[data-testid="hooks"] code').first();
  await address.waitFor();
  await by.think("where-it-listens");
  await by.click(page.getByRole("button", { name: /^Copy the address/ }).first());

  // The event comes from elsewhere, to the address that is shown.
  const listens = await address.getAttribute("title");
  const sent = await fetch(listens, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(EVENT),
  });
  assert.equal(sent.status, 200);
  assert.deepEqual(await sent.json(), { rule: EVENT.rule, severity: "critical" });
  // It is told of: the run that was tried is not taken away.
  await by.think("an-event-came");
  await by.click(page.getByRole("button", { name: "Show its run" }));
  await until("the run of the event", async () => {
    const pill = page.getByTestId("run-pill");
    return (
      (await pill.getAttribute("data-run")) !== first &&
      (await pill.getAttribute("data-state")) === "succeeded"
    );
  });
  await by.think("it-came");
  await by.click(page.getByTestId("node-webhook"));
  await pane.locator(".pane-output").getByText("LSASS Memory Read").first().waitFor();
  await by.think("see-the-event");
  // Where it listens is found again at its node.
  assert.equal(await pane.getByTestId("hook-webhook").getAttribute("title"), listens);
  await shot(page, "newcomer-end");

  const id = page.url().split("/").pop().split("?")[0];
  const { items } = await api(page, "GET", `/runs?flow=${id}`);
  assert.equal(items.length, 2);
  assert.equal(items[0].version, 1);
  t.diagnostic(
    `newcomer: ${Math.round(by.seconds)} s of at most ${MOST}, ${by.clicks} clicks, ${by.keys} keys`,
  );
  assert.ok(by.seconds < MOST, `${by.seconds} s`);
  assert.deepEqual(page.faults, []);
});
