import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const flowOf = (name, nodes, edges, output) => ({
  format: "drawbridge.flow/1",
  name,
  nodes,
  edges: edges.map(([from, to]) => ({ from, to })),
  output,
});

test("a flow that repeats a call and waits is configured, watched and canceled", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const scored = await api(
    page,
    "POST",
    "/flows",
    flowOf(
      "Score an alert",
      [
        { id: "called", type: "trigger.flow", position: [0, 0] },
        {
          id: "score",
          type: "core.table",
          position: [280, 0],
          with: { match: "sum", rows: [{ when: "{{ trigger.body > 1 }}", value: 60 }] },
        },
      ],
      [["called", "score"]],
      "{{ steps.score.output.value }}",
    ),
  );
  await api(page, "POST", `/flows/${scored.id}/publish`, {});
  const watch = await api(
    page,
    "POST",
    "/flows",
    flowOf(
      "Watch a takedown",
      [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        {
          id: "again",
          type: "core.repeat",
          position: [280, 0],
          size: [420, 220],
          with: { until: "{{ steps.score.output >= 60 }}", every: "200ms", attempts: 5 },
        },
        {
          id: "score",
          type: "core.call",
          parent: "again",
          position: [40, 80],
          with: { input: "{{ attempt }}" },
        },
        { id: "grace", type: "core.wait", position: [780, 80], with: { for: "30d" } },
      ],
      [
        ["hand", "again"],
        ["again", "grace"],
      ],
      "{{ steps.again.output }}",
    ),
  );
  await page.goto(`${server.base}/flows/${watch.id}`);
  await page.getByText("at most 5 times, every 200ms").waitFor();

  // The flow that is called is chosen by its name; the draft says that it is missing.
  await page.locator('.react-flow__node[data-id="score"]').dblclick({ position: { x: 60, y: 14 } });
  const inspector = page.getByTestId("inspector");
  await inspector.getByLabel("Flow", { exact: true }).selectOption({ label: "Score an alert" });
  await page.getByText("No problems").waitFor();
  await shot(page, "call");
  assert.equal(await inspector.getByText("reaches nothing outside").count(), 0);

  await page.getByTestId("run").click();
  const id = await until("the run", async () => {
    const runs = await api(page, "GET", `/runs?flow=${watch.id}`);
    return runs.items[0]?.state === "waiting" && runs.items[0].id;
  });
  await page.goto(`${server.base}/runs/${id}`);
  await page.getByText("Waiting", { exact: true }).first().waitFor();
  await page.locator('.react-flow__node[data-id="grace"]').click({ position: { x: 60, y: 14 } });
  await page.getByText(/^It waits until /).waitFor();
  await shot(page, "waiting");
  const run = await api(page, "GET", `/runs/${id}`);
  assert.equal(run.steps.again.output, 60);
  assert.equal(run.steps["again.1.score"].output, 60);
  assert.equal(run.steps["again.2.score"], undefined);

  await page.getByRole("button", { name: "Cancel" }).click();
  const confirm = page.getByRole("dialog").getByRole("button", { name: /cancel/i });
  if (await confirm.count()) await confirm.first().click();
  await page.getByText("Canceled", { exact: true }).first().waitFor();

  // The called runs say by whom.
  const called = await api(page, "GET", `/runs?flow=${scored.id}`);
  assert.equal(called.items.length, 2);
  await page.goto(`${server.base}/runs/${called.items[0].id}`);
  await page.getByRole("link", { name: /^Called by .+ · .+ · item [12]$/ }).click();
  await page.waitForURL(`**/runs/${id}?node=score&step=again.*`);
  assert.deepEqual(page.faults, []);
});

test("a schedule is told what is wrong with it", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const flow = await api(
    page,
    "POST",
    "/flows",
    flowOf(
      "Daily",
      [
        {
          id: "clock",
          type: "trigger.schedule",
          position: [0, 0],
          with: { cron: "0 8 * * 1-5", zone: "Europe/Berlin" },
        },
        { id: "set", type: "core.set", position: [280, 0] },
      ],
      [["clock", "set"]],
    ),
  );
  await page.goto(`${server.base}/flows/${flow.id}`);
  await page.locator('.react-flow__node[data-id="clock"]').dblclick({ position: { x: 60, y: 14 } });
  const inspector = page.getByTestId("inspector");
  await inspector.getByLabel("When", { exact: true }).fill("0 0 30 2 *");
  await inspector.getByText(/never comes/).waitFor();
  await inspector.getByLabel("When", { exact: true }).fill("@daily");
  await page.getByText("No problems").waitFor();
  assert.equal(await inspector.getByRole("button", { name: /make it an expression/ }).count(), 0);
  assert.deepEqual(page.faults, []);
});
