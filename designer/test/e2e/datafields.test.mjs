// A flow is drawn from its data: events are kept, fields are picked, compared, renamed and scored.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const NODES = [
  { id: "hook", type: "trigger.webhook", name: "Alert", position: [0, 0] },
  { id: "pick", type: "core.set", name: "Pick", position: [260, 0] },
  { id: "branch", type: "core.if", name: "Grave?", position: [520, 0] },
  { id: "wait", type: "core.wait", name: "Wait", position: [800, 0] },
];
const EDGES = [
  { from: "hook", to: "pick" },
  { from: "pick", to: "branch" },
  { from: "branch.true", to: "wait" },
];

async function drawn(t, { nodes = NODES, edges = EDGES, samples = [], ...context } = {}) {
  const page = await openPage(browser, server, context);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "Data",
    nodes,
    edges,
  });
  if (samples.length > 0) await api(page, "PUT", `/flows/${id}/samples`, { items: samples });
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("palette-core.set").waitFor();
  const editor = new Editor(page);
  const node = async (name) => {
    await editor.saved();
    const { flow } = await api(page, "GET", `/flows/${id}`);
    return flow.nodes.find((n) => n.id === name);
  };
  return { page, id, editor, node, pane: page.getByTestId("inspector") };
}

const ALERT = {
  severity: "high",
  score: 70,
  tags: ["edr", "vip"],
  host: { name: "ws-1" },
  test: false,
  مضيف: "خادم",
};
const SAMPLE = { name: "An alert", trigger: "hook", input: ALERT };

test("an event that is pasted is kept with its trigger, and what is none is said to be none", async (t) => {
  const { page, id, editor, pane } = await drawn(t);
  await editor.open("hook");
  const paste = pane.getByLabel("Paste an event");
  await paste.fill('{"severity": ');
  await pane.getByText(/not JSON/).waitFor();
  await paste.fill("");
  await page.evaluate(() => {
    const field = document.querySelector('[aria-label="Paste an event"]');
    const data = new DataTransfer();
    data.setData("text/plain", '{"severity": "high"}');
    field.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
    );
  });
  await pane.getByRole("tree", { name: "Sample event" }).getByText('"high"').waitFor();
  const { items } = await api(page, "GET", `/flows/${id}/samples`);
  assert.deepEqual(items, [{ name: "Pasted event", trigger: "hook", input: { severity: "high" } }]);
  await pane.getByRole("button", { name: "Add", exact: true }).click();
  await pane.getByTestId("example-1").click();
  await until("two more", async () => (await api(page, "GET", `/flows/${id}/samples`)).items.length === 3);
  await pane.getByRole("button", { name: /^Delete the sample/ }).click();
  await page.locator(".toast").getByRole("button", { name: "Undo", exact: true }).click();
  await until("all again", async () => (await api(page, "GET", `/flows/${id}/samples`)).items.length === 3);
  assert.deepEqual(page.faults, []);
});

test("fields are ticked, transformed and unticked", async (t) => {
  const { page, editor, node, pane } = await drawn(t, { samples: [SAMPLE] });
  await editor.open("pick");
  const line = (name) => pane.locator(".picker-line").filter({ has: page.getByText(name, { exact: true }) });
  await line("host.name").click();
  await line("tags").click();
  await line("مضيف").click();
  await pane.getByRole("button", { name: "Count: tags" }).click();
  await pane.getByRole("button", { name: "Transform host" }).click();
  await page.getByRole("menuitem", { name: "Upper-case" }).click();
  await until("the value", () => pane.getByText('"WS-1"').count());
  assert.deepEqual((await node("pick")).with, {
    host: "{{ trigger.body.host.name.upperAscii() }}",
    tags: "{{ size(trigger.body.tags) }}",
    مضيف: '{{ trigger.body["مضيف"] }}',
  });
  await shot(page, "fields-picked");
  // What a transform made of a field is that field still.
  await line("tags").click();
  assert.deepEqual(Object.keys((await node("pick")).with), ["host", "مضيف"]);
  await pane.getByRole("checkbox", { name: "All of Alert" }).click();
  assert.equal(Object.keys((await node("pick")).with).length, 6);
  await check(page, "fields-axe");
  assert.deepEqual(page.faults, []);
});

test("a condition compares a field, becomes an expression and comes back", async (t) => {
  const { page, editor, node, pane } = await drawn(t, { samples: [SAMPLE], colorScheme: "dark" });
  await editor.open("pick");
  await pane.getByRole("checkbox", { name: "All of Alert" }).click();
  await editor.open("branch");
  const field = pane.getByLabel("Condition: field");
  const condition = async () => (await node("branch")).with?.condition;
  await field.selectOption("steps.pick.output.score");
  await pane.getByLabel("Condition: value").fill("65");
  await pane.locator(".condition .preview", { hasText: "true" }).waitFor();
  assert.equal(await condition(), "{{ steps.pick.output.score >= 65 }}");
  await field.selectOption("steps.pick.output.severity");
  await pane.getByLabel("Condition: how it is compared").selectOption("is one of");
  await pane.getByLabel("Condition: value").fill("high, critical");
  assert.equal(await condition(), "{{ steps.pick.output.severity in ['high', 'critical'] }}");
  await field.selectOption("steps.pick.output.test");
  assert.equal(await condition(), "{{ steps.pick.output.test }}");
  await pane.getByRole("button", { name: "Condition: write an expression instead" }).click();
  await editor.type(pane.locator(".cm-content").first(), "steps.pick.output.score > 1 && true");
  assert.equal(await condition(), "{{ steps.pick.output.score > 1 && true }}");
  assert.equal(
    await pane.getByRole("button", { name: /compare a field instead/ }).count(),
    0,
    "it is more than one",
  );
  await editor.type(pane.locator(".cm-content").first(), "steps.pick.output.score > 1");
  await pane.getByRole("button", { name: "Condition: compare a field instead" }).click();
  assert.equal(await pane.getByLabel("Condition: value").inputValue(), "1");
  await check(page, "condition-dark-axe");
  assert.deepEqual(page.faults, []);
});

test("a decision table begins with the values seen, in the order that people rank them", async (t) => {
  const samples = ["critical", "low", "high"].map((severity, i) => ({
    ...{ name: `Alert ${i}`, trigger: "hook", input: { ...ALERT, severity } },
  }));
  const table = { id: "score", type: "core.table", name: "Score", position: [260, 0] };
  const { page, editor, node, pane } = await drawn(t, {
    nodes: [NODES[0], table],
    edges: [{ from: "hook", to: "score" }],
    samples,
  });
  await editor.open("score");
  await pane.locator(".decision-fill").getByRole("button", { name: "severity" }).click();
  await until("three rows", async () => (await pane.locator(".decision-row").count()) === 3);
  await page.keyboard.type("10");
  await page.keyboard.press("Enter");
  await page.keyboard.type("60");
  await page.keyboard.press("Enter");
  await page.keyboard.type("80");
  await pane.locator(".decision-fill").getByRole("button", { name: "each of tags" }).click();
  await pane.getByLabel("Value, row 4").fill("5");
  assert.deepEqual((await node("score")).with, {
    match: "sum",
    rows: [
      ["'low'", 10],
      ["'high'", 60],
      ["'critical'", 80],
    ]
      .map(([severity, value]) => ({ value, when: `{{ trigger.body.severity == ${severity} }}` }))
      .concat({ value: "{{ 5 * size(trigger.body.tags) }}", when: "{{ size(trigger.body.tags) >= 1 }}" }),
  });
  // Before any run the sample tells what it gives.
  await until("what it gives", () => pane.locator(".pane-output").getByText("90").count());
  await pane.getByRole("button", { name: "More for row 1" }).click();
  await page.getByRole("menuitem", { name: "Move down" }).click();
  assert.match((await node("score")).with.rows[1].when, /'low'/);
  await pane.getByRole("button", { name: "More for row 4" }).click();
  await page.getByRole("menuitem", { name: "Remove the row" }).click();
  assert.equal((await node("score")).with.rows.length, 3);
  await check(page, "decision-axe");
  assert.deepEqual(page.faults, []);
});

test("an id and a field are renamed, and who reads them follows", async (t) => {
  const nodes = structuredClone(NODES);
  nodes[1].with = { score: "{{ trigger.body.score }}" };
  nodes[2].with = { condition: "{{ steps.pick.output.score >= 65 }}" };
  const { page, editor, node, pane } = await drawn(t, { nodes, samples: [SAMPLE] });
  await editor.open("pick");
  await pane.getByTestId("field-name").fill("points");
  await pane.getByTestId("field-name").press("Enter");
  await page.getByText("1 expression that read “score” now read “points”.").waitFor();
  assert.equal((await node("branch")).with.condition, "{{ steps.pick.output.points >= 65 }}");
  await pane.getByTestId("node-id").click();
  await pane.getByLabel("Id of the node").fill("branch");
  await pane.getByText("“branch” is taken.").waitFor();
  await pane.getByLabel("Id of the node").fill("alert");
  await pane.getByLabel("Id of the node").press("Enter");
  await page.getByTestId("node-alert").waitFor();
  assert.equal((await node("branch")).with.condition, "{{ steps.alert.output.points >= 65 }}");
  // The key that ends the id is no key for the field that gets the focus.
  await until("the focus in a parameter", () =>
    page.evaluate(() => document.activeElement.closest(".pane-parameters") !== null),
  );
  assert.deepEqual((await node("alert")).with, { points: "{{ trigger.body.score }}" });
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await until(
    "both undone",
    async () => (await node("branch")).with.condition === "{{ steps.pick.output.score >= 65 }}",
  );
  assert.deepEqual(page.faults, []);
});

test("lengths and points of time have controls of their own", async (t) => {
  const { page, editor, node, pane } = await drawn(t, { timezoneId: "Europe/Berlin" });
  await editor.open("wait");
  await pane.getByLabel("For", { exact: true }).fill("90");
  await pane.getByLabel("Unit of For").selectOption("s");
  assert.equal((await node("wait")).with.for, "90s");
  await pane.getByLabel("For", { exact: true }).fill("1h30m");
  await pane.getByLabel("For", { exact: true }).blur();
  assert.equal((await node("wait")).with.for, "1h30m");
  assert.equal(await pane.getByLabel("Unit of For").inputValue(), "");
  await pane.getByLabel("For", { exact: true }).fill("");
  await page.locator('[data-testid$="-calendar"]').fill("2026-07-01T09:30");
  assert.equal((await node("wait")).with.until, "2026-07-01T09:30:00+02:00");
  await shot(page, "time-fields");
  assert.deepEqual(page.faults, []);
});

test("Tab on a chosen node and a click on its port add what follows; Escape lets the next Tab go on", async (t) => {
  const { page, id, editor } = await drawn(t, {
    nodes: [NODES[0], NODES[2]],
    edges: [{ from: "hook", to: "branch" }],
  });
  const flow = async () => {
    await editor.saved();
    return (await api(page, "GET", `/flows/${id}`)).flow;
  };
  await page.getByTestId("port-branch-false").click();
  await page.keyboard.type("stop");
  await page.keyboard.press("Enter");
  await page.getByTestId("node-stop").waitFor();
  await page.keyboard.press("Control+Enter");
  await page.getByTestId("inspector").waitFor({ state: "detached" });
  await page.getByTestId("node-branch").click();
  await page.keyboard.press("Control+Enter");
  await page.locator('.react-flow__node[data-id="branch"]').focus();
  await page.keyboard.press("Tab");
  await page.getByTestId("add-menu").waitFor();
  await shot(page, "add-next");
  await page.keyboard.press("Escape");
  await page.getByTestId("add-menu").waitFor({ state: "detached" });
  await page.keyboard.press("Tab");
  assert.equal(await page.getByTestId("add-menu").count(), 0, "Tab goes on from a card that was let go");
  await page.locator('.react-flow__node[data-id="branch"]').focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Shift+Enter");
  await page.keyboard.type("wait");
  await page.keyboard.press("Enter");
  await page.getByTestId("node-wait").waitFor();
  assert.deepEqual((await flow()).edges.map((e) => `${e.from}>${e.to}`).sort(), [
    "branch.false>stop",
    "branch.true>wait",
    "hook>branch",
  ]);
  assert.deepEqual(page.faults, []);
});

test("what fields are picked from stays within the inspector, however narrow that is", async (t) => {
  const long = "without-a-blank-".repeat(12);
  const input = { severity: "high", [`a_${"very_".repeat(12)}long_name`]: long, host: { name: long } };
  const { page, editor, pane } = await drawn(t, {
    nodes: [
      { ...NODES[0], name: `The alert ${long}` },
      { id: "answer", type: "core.respond", position: [260, 0], with: { body: { [long]: "{{ 1 }}" } } },
    ],
    edges: [{ from: "hook", to: "answer" }],
    samples: [{ name: "An alert", trigger: "hook", input }],
  });
  await editor.open("answer");
  const picker = pane.getByTestId("field-picker");
  await picker.getByText("Pick fields of earlier steps").click();
  await picker.getByRole("checkbox", { name: "severity" }).waitFor();
  // The widest, the usual one, that of 200 % zoom, and that of a small window.
  for (const [width, height] of [
    [2400, 1200],
    [1440, 900],
    [720, 450],
    [500, 700],
  ]) {
    await page.setViewportSize({ width, height });
    const wide = await pane.evaluate((e) => {
      const { right } = e.getBoundingClientRect();
      const beyond = (part) => part.getBoundingClientRect().right > right + 0.5;
      const parts = [...e.querySelectorAll(".pane-parameters *")];
      return parts.filter((p) => p.closest(".cm-editor") === null && beyond(p)).map((p) => p.className);
    });
    assert.deepEqual(wide, [], `at ${width}`);
    await shot(page, `respond-${width}`);
  }
  assert.deepEqual(page.faults, []);
});

test("an event with a long name is shown in all its lines", async (t) => {
  const name = `a_${"very_".repeat(12)}long_name`;
  const { page, editor, pane } = await drawn(t, {
    samples: [{ name: "An alert", trigger: "hook", input: { [name]: "value", host: "ws-1" } }],
  });
  await editor.open("hook");
  const tree = pane.getByRole("tree", { name: "Sample event" });
  const box = await tree.getByText('"value"').boundingBox();
  const frame = await pane.boundingBox();
  assert.ok(
    box.width > 20 && box.x + box.width < frame.x + frame.width,
    "the value lies beside its long name",
  );
  await shot(page, "long-name");
});

for (const [colorScheme, width] of [
  ["light", 1600],
  ["dark", 1280],
]) {
  test(`a decision table can be read, and objects that it gives stay objects, at ${width}`, async (t) => {
    const page = await openPage(browser, server, { colorScheme, viewport: { width, height: 900 } });
    t.after(() => page.context().close());
    const when =
      "{{ size(trigger.body.indicators) > 0 && trigger.body.severity == 'low' && trigger.body.rule in vars.quiet }}";
    const value = { reason: "false_positive", why: "it is low, and no source knows any of its indicators" };
    const made = await api(page, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: `Criteria ${width}`,
      vars: { quiet: [] },
      nodes: [
        { id: "go", type: "trigger.manual", position: [0, 0] },
        {
          id: "pick",
          type: "core.table",
          position: [240, 0],
          with: { match: "first", rows: [{ when, value }] },
        },
      ],
      edges: [{ from: "go", to: "pick" }],
    });
    await page.goto(`${server.base}/flows/${made.id}?node=pick`);
    const row = page.locator(".decision-row");
    const gives = row.getByLabel("Value, row 1");
    await gives.waitFor();
    // The condition and what it gives stand beside each other, neither over the other, and nothing is cut off.
    const places = await until("the row as it stands", async () => {
      const [left, right] = await Promise.all([
        row.locator(".expression-bare").boundingBox(),
        gives.boundingBox(),
      ]);
      return left.width > 200 && right.width > 150 && { left, right };
    });
    assert.ok(places.left.x + places.left.width <= places.right.x, JSON.stringify(places));
    assert.ok(
      await gives.evaluate((e) => e.scrollHeight <= e.clientHeight + 2 && e.scrollWidth <= e.clientWidth),
    );
    await check(page, `decision-${colorScheme}`);
    await gives.fill(JSON.stringify({ ...value, reason: "benign" }));
    await until("the object", async () => {
      const { flow } = await api(page, "GET", `/flows/${made.id}`);
      return flow.nodes[1].with.rows[0].value.reason === "benign";
    });
    assert.deepEqual(page.faults, []);
  });
}
