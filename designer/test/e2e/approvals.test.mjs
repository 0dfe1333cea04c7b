// Approvals: drawn and configured on the canvas, waited for, answered by another person, by a link, and through axe in light and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, Editor, joined, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const contain = (title, to) => ({
  format: "drawbridge.flow/1",
  name: "Contain a host",
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    {
      id: "ok",
      type: "core.approval",
      position: [280, 0],
      with: {
        to,
        title,
        message: "The EDR saw a known bad tool on it.\nIt is a domain controller.",
        show: { host: "dc-1", action: "isolate", ticket: "{{ run.id }}" },
        form: {
          type: "object",
          required: ["ticket"],
          properties: { ticket: { type: "string", title: "Ticket", description: "Of the change." } },
        },
        deadline: "24h",
      },
    },
    {
      id: "told",
      type: "http.request",
      position: [560, 0],
      name: "Isolate it",
      with: { url: "https://edr.example/isolate", method: "POST" },
    },
  ],
  edges: [
    { from: "hand", to: "ok" },
    { from: "ok.approved", to: "told" },
  ],
});

for (const theme of ["light", "dark"]) {
  test(`a containment is asked for, handed on and approved in ${theme}`, async (t) => {
    const admin = await openPage(browser, server, { colorScheme: theme });
    t.after(() => admin.context().close());
    await admin.goto(`${server.base}/inbox`);
    await admin.getByText("Nothing waits for you").waitFor();
    await check(admin, `inbox-empty-${theme}`);
    const lead = await joined(browser, server, admin, `lead-${theme}`, "responder", theme);
    t.after(() => lead.context().close());
    const stand = await joined(browser, server, admin, `standin-${theme}`, "analyst", theme);
    t.after(() => stand.context().close());
    const { id } = await api(admin, "POST", "/flows", contain("Isolate dc-1?", [`lead-${theme}`]));
    await admin.goto(`${server.base}/flows/${id}`);
    await admin.getByTestId("run").click();
    const run = await until("the question", async () => {
      const { items } = await api(admin, "GET", `/runs?flow=${id}`);
      return items[0]?.state === "waiting" && items[0].id;
    });
    await admin.goto(`${server.base}/runs/${run}?node=ok`);
    await admin.getByText("It waits for people.").waitFor();
    await check(admin, `run-asks-${theme}`);
    await admin.getByTestId("open-question").click();
    await admin.getByTestId("not-mine").waitFor();
    await admin.getByRole("heading", { name: "Isolate dc-1?" }).waitFor();
    await check(admin, `question-of-others-${theme}`);

    // Whoever is asked sees it come, without reloading.
    await lead.goto(`${server.base}/flows`);
    await lead.getByRole("link", { name: "Inbox, 1 for you" }).click();
    await lead.getByTestId("question").getByText("Isolate dc-1?").waitFor();
    await check(lead, `inbox-${theme}`);
    await lead.getByRole("link", { name: "Isolate dc-1?" }).click();
    await lead.getByTestId("reject").click();
    await lead.getByText("Say why it is rejected.").waitFor();
    await lead.getByTestId("approve").click();
    await lead.getByText("this is needed").waitFor();
    await check(lead, `question-refused-${theme}`);
    await lead.getByTestId("delegate").click();
    await lead.getByRole("dialog").getByLabel("Person").selectOption(`standin-${theme}`);
    await lead.getByRole("dialog").getByLabel("Comment").fill("I am away.");
    await check(lead, `delegate-${theme}`);
    await lead.getByRole("dialog").getByRole("button", { name: "Delegate" }).click();
    await lead.getByTestId("not-mine").waitFor();

    // The keyboard alone: to the question, through the form, to the button.
    await stand.goto(`${server.base}/inbox`);
    await stand.getByRole("link", { name: "Isolate dc-1?" }).focus();
    await stand.keyboard.press("Enter");
    await stand.getByRole("textbox", { name: "Ticket" }).focus();
    await stand.keyboard.type("CHG-7");
    await stand.keyboard.press("Tab");
    await stand.keyboard.type("Agreed with the owner.");
    await stand.keyboard.press("Tab");
    await stand.keyboard.press("Enter");
    await stand.getByText("Approved", { exact: true }).waitFor();
    await stand.getByTestId("answer").getByText("CHG-7").waitFor();
    await check(stand, `question-approved-${theme}`);
    const { steps } = await until("the step", async () => {
      const now = await api(admin, "GET", `/runs/${run}`);
      return now.steps.told?.state !== "pending" && now;
    });
    assert.equal(steps.ok.output.by, `standin-${theme}`);
    assert.deepEqual(steps.ok.output.form, { ticket: "CHG-7" });
    await stand.goto(`${server.base}/inbox?show=closed`);
    await stand.getByTestId("question").first().waitFor();
    await check(stand, `inbox-closed-${theme}`);
    for (const page of [admin, lead, stand]) assert.deepEqual(page.faults, []);
  });
}

test("a link answers once, and opening it decides nothing", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  const lead = await joined(browser, server, admin, "oncall", "responder", "light");
  await lead.context().close();
  const { id } = await api(admin, "POST", "/flows", contain("Isolate dc-2?", ["oncall"]));
  // Whoever starts a run makes no link to approve it.
  const asker = await joined(browser, server, admin, "asker", "responder", "light");
  const run = await api(asker, "POST", `/flows/${id}/runs`, {});
  await asker.context().close();
  const asked = await until("the question", async () => {
    const { items } = await api(admin, "GET", `/approvals?run=${run.id}`);
    return items[0];
  });
  await admin.goto(`${server.base}/inbox/${asked.id}`);
  await admin.getByRole("button", { name: "Make a one-time link…" }).click();
  await admin.getByRole("dialog").getByLabel("Person").selectOption("oncall");
  await admin.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
  const link = await admin.getByTestId("answer-link").innerText();
  const context = await browser.newContext({ viewport: { width: 420, height: 900 } });
  t.after(() => context.close());
  const phone = await context.newPage();
  for (let i = 0; i < 2; i++) {
    await phone.goto("about:blank");
    await phone.goto(link);
    await phone.getByText("You answer as oncall").waitFor();
  }
  await check(phone, "answer-phone");
  await phone.getByLabel("Comment").fill("Not now: it is month end.");
  await phone.getByTestId("reject").click();
  await phone.getByTestId("answered").waitFor();
  await until("the thanks in focus", () =>
    phone.evaluate(() => document.activeElement?.dataset.testid === "answered"),
  );
  await phone.goto("about:blank");
  await phone.goto(link);
  await phone.getByText("This link was used").waitFor();
  await check(phone, "answer-used");
  const done = await until("the run", async () => {
    const now = await api(admin, "GET", `/runs/${run.id}`);
    return now.endedAt && now;
  });
  assert.equal(done.steps.ok.port, "rejected");
  assert.deepEqual(admin.faults, []);
});

test("approval, form and code are drawn on the canvas", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", {
    format: "drawbridge.flow/1",
    name: "Drawn",
    nodes: [{ id: "hand", type: "trigger.manual", position: [0, 0] }],
    edges: [],
  });
  await page.goto(`${server.base}/flows/${id}`);
  const editor = new Editor(page);
  await page.getByTestId("node-hand").waitFor();
  const ask = await editor.place("core.approval", 900, 420);
  await editor.connect("hand", "out", ask);
  await editor.open(ask);
  const pane = page.getByTestId("inspector");
  await pane.getByLabel("Title", { exact: true }).fill("Go on?");
  await pane.getByLabel("Deadline", { exact: true }).fill("2h");
  await shot(page, "approval-inspector");
  await editor.close();
  const code = await editor.pull(ask, "approved", 1250, 300, "core.code");
  await editor.open(code);
  await editor.type(
    pane.locator(".cm-content").and(page.getByLabel("Script", { exact: true })),
    "export default (input) => {\n  return { n: 1;\n};\n",
  );
  await page
    .getByText(/the script: line 2/)
    .first()
    .waitFor();
  await shot(page, "code-wrong");
  await editor.type(
    pane.locator(".cm-content").and(page.getByLabel("Script", { exact: true })),
    "export default (input) => ({ n: input });\n",
  );
  await page
    .getByText(/the script: line 2/)
    .first()
    .waitFor({ state: "detached" });
  await shot(page, "code");
  await editor.saved();
  const { flow } = await api(page, "GET", `/flows/${id}`);
  const types = flow.nodes.map((n) => n.type).sort();
  assert.deepEqual(types, ["core.approval", "core.code", "trigger.manual"]);
  assert.equal(flow.nodes.find((n) => n.id === ask).with.title, "Go on?");
  assert.deepEqual(page.faults, []);
});

test("a question says that a dry run asks it", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  const lead = await joined(browser, server, admin, "lead-dry", "responder", "light");
  t.after(() => lead.context().close());
  const { id } = await api(admin, "POST", "/flows", contain("Isolate it for practice?", ["role:viewer"]));
  for (const dryRun of [false, true]) {
    const run = await api(admin, "POST", `/flows/${id}/runs`, { dryRun });
    const question = await until("the question", async () => {
      const { items } = await api(admin, "GET", `/approvals?run=${run.id}`);
      return items[0];
    });
    await admin.goto(`${server.base}/inbox/${question.id}`);
    const view = admin.getByTestId("question-view");
    await view.getByRole("heading", { name: "Isolate it for practice?" }).waitFor();
    assert.equal(await view.getByText("Dry run", { exact: true }).count(), dryRun ? 1 : 0);
    assert.equal(
      await view.getByText("If it is approved, these have effects outside").count(),
      dryRun ? 0 : 1,
    );
  }
  assert.deepEqual(admin.faults, []);
});

for (const theme of ["light", "dark"]) {
  test(`an approval whose author shows nothing names on what it decides in ${theme}`, async (t) => {
    const admin = await openPage(browser, server, { colorScheme: theme });
    t.after(() => admin.context().close());
    const lead = await joined(browser, server, admin, `lead-what-${theme}`, "responder", theme);
    t.after(() => lead.context().close());
    const { id } = await api(admin, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: "Contain by name",
      vars: { blockSeconds: 600 },
      nodes: [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        { id: "find", type: "core.set", position: [280, 0], with: { host: "{{ trigger.body.host }}" } },
        {
          ...{ id: "ok", type: "core.approval", position: [560, 0] },
          with: { to: [`lead-what-${theme}`], title: "May it be done?" },
        },
        {
          ...{ id: "cut", type: "http.request", position: [840, 0], name: "Isolate it" },
          with: {
            url: "https://edr.example/isolate",
            method: "POST",
            body: { host: "{{ steps.find.output.host }}", why: "{{ steps.ok.output.comment }}" },
          },
        },
        {
          ...{ id: "each", type: "core.foreach", position: [840, 200], size: [420, 200] },
          with: { items: ["10.0.0.1"] },
        },
        {
          ...{ id: "block", type: "http.request", parent: "each", position: [40, 60], name: "Block it" },
          with: {
            url: "https://edr.example/block",
            method: "POST",
            body: { ip: "{{ item }}", seconds: "{{ vars.blockSeconds }}" },
          },
        },
      ],
      edges: [
        { from: "hand", to: "find" },
        { from: "find", to: "ok" },
        { from: "ok.approved", to: "cut" },
        { from: "ok.approved", to: "each" },
      ],
    });
    const run = await api(admin, "POST", `/flows/${id}/runs`, { input: { host: `dc-1-${theme}` } });
    await until("the question", async () => {
      const { items } = await api(admin, "GET", `/approvals?run=${run.id}`);
      return items[0];
    });
    await lead.goto(`${server.base}/inbox`);
    const row = lead.getByTestId("question").filter({ hasText: "May it be done?" });
    await row.getByText(`body.host: "dc-1-${theme}"`).waitFor();
    await check(lead, `inbox-what-${theme}`);
    await row.getByRole("link", { name: "May it be done?" }).click();
    const then = lead.getByRole("region", { name: "What then happens" });
    await then.getByText("Isolate it").waitFor();
    for (const text of [
      `"dc-1-${theme}"`,
      '"https://edr.example/isolate"',
      "known only then, from “ok”",
      "600",
    ])
      await then.getByText(text, { exact: true }).waitFor();
    await check(lead, `question-what-${theme}`);
    assert.deepEqual(lead.faults, []);
  });
}

for (const theme of ["light", "dark"]) {
  test(`an approval tells what is long within bounds in ${theme}`, async (t) => {
    const admin = await openPage(browser, server);
    t.after(() => admin.context().close());
    const lead = await joined(browser, server, admin, `lead-long-${theme}`, "responder", theme);
    t.after(() => lead.context().close());
    const action = (n, body) => ({
      ...{ id: `act${n}`, type: "http.request", position: [560, n * 120], name: `Block ${n}` },
      with: { url: "https://edr.example/block", method: "POST", body },
    });
    const bodies = [{ why: "{{ trigger.body.why }}", host: "{{ trigger.body.host }}" }, "{{ trigger.body }}"];
    const actions = Array.from({ length: 23 }, (_, n) => action(n, bodies[n] ?? { n }));
    const { id } = await api(admin, "POST", "/flows", {
      format: "drawbridge.flow/1",
      name: "Block many",
      nodes: [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        {
          ...{ id: "ok", type: "core.approval", position: [280, 0] },
          with: {
            to: [`lead-long-${theme}`],
            title: "May all be blocked?",
            show: { hosts: "{{ trigger.body.hosts.size() }}" },
          },
        },
        ...actions,
      ],
      edges: [{ from: "hand", to: "ok" }, ...actions.map((a) => ({ from: "ok.approved", to: a.id }))],
    });
    const input = {
      host: "{{ steps.dc1 }}",
      why: "It spreads. ".repeat(5000),
      hosts: Array.from({ length: 300 }, (_, i) => `10.0.0.${i}`),
    };
    const run = await api(admin, "POST", `/flows/${id}/runs`, { input });
    const asked = await until("the question", async () => {
      const { items } = await api(admin, "GET", `/approvals?run=${run.id}`);
      return items[0];
    });
    await lead.goto(`${server.base}/inbox/${asked.id}`);
    const then = lead.getByRole("region", { name: "What then happens" });
    await then.getByText('"{{ steps.dc1 }}"', { exact: true }).first().waitFor();
    await then.getByText(/cut: .* more characters/).waitFor();
    await then.getByText("[300]", { exact: true }).waitFor();
    await check(lead, `question-long-${theme}`);
    await then.getByText("3 more actions; what they are given is not told here").click();
    await then.getByText("Block 20, Block 21, Block 22").waitFor();
    assert.equal(await then.getByText("known only then").count(), 0);
    await check(lead, `question-long-end-${theme}`);
    assert.deepEqual(lead.faults, []);
  });
}

test("questions that ask the same are told apart by the case and by the flow that began them", async (t) => {
  const admin = await openPage(browser, server);
  t.after(() => admin.context().close());
  const lead = await joined(browser, server, admin, "lead-alike", "responder", "light");
  t.after(() => lead.context().close());
  const made = await api(admin, "POST", "/flows", {
    ...{ format: "drawbridge.flow/1", name: "Isolate a host" },
    nodes: [
      { id: "call", type: "trigger.flow", position: [0, 0] },
      {
        ...{ id: "ok", type: "core.approval", position: [280, 0] },
        with: {
          to: ["lead-alike"],
          title: "Isolate it?",
          show: { case: "{{ trigger.body.case }}", host: "dc-1" },
        },
      },
    ],
    edges: [{ from: "call", to: "ok" }],
  });
  await api(admin, "POST", `/flows/${made.id}/publish`, {});
  const titles = ["Beacon on dc-1", "Ransom note on dc-1"];
  for (const title of titles) {
    const about = await api(admin, "POST", "/cases", { title });
    const { id } = await api(admin, "POST", "/flows", {
      ...{ format: "drawbridge.flow/1", name: `Works ${title}` },
      nodes: [
        { id: "hand", type: "trigger.manual", position: [0, 0] },
        {
          ...{ id: "sub", type: "core.call", position: [280, 0] },
          with: { flow: made.id, input: { case: about.id } },
        },
      ],
      edges: [{ from: "hand", to: "sub" }],
    });
    await api(admin, "POST", `/flows/${id}/runs`, { input: {} });
  }
  await admin.goto(`${server.base}/inbox?show=open`);
  for (const title of titles) {
    const row = admin.getByTestId("question").filter({ hasText: `from Works ${title}` });
    await row.getByRole("link", { name: title }).waitFor();
    await row.getByText(new RegExp(`case: #\\d+ ${title}`)).waitFor();
  }
  for (const colorScheme of ["light", "dark"]) {
    await admin.emulateMedia({ colorScheme });
    await check(admin, `inbox-alike-${colorScheme}`);
  }
  await admin.getByRole("link", { name: "Isolate it?" }).first().click();
  const view = admin.getByTestId("question-view");
  await view.getByText("Called by").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await admin.emulateMedia({ colorScheme });
    await check(admin, `question-named-${colorScheme}`);
  }
  await view.getByRole("link", { name: /#\d+ / }).click();
  await admin.getByRole("heading", { name: /on dc-1/ }).waitFor();
});
