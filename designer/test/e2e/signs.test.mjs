// Names that turn their direction, or hold signs that nobody sees: wherever they stand, the signs are shown instead of obeyed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFake } from "../fake/server.mjs";
import { api, Editor, openPage, shot, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const ODD = (word) => `${word}\u202Efdp\u200B.exe`;

/** Where a raw sign stands in what is shown or read aloud; what is being written is its author's. */
const raw = (page) =>
  page.evaluate(() => {
    const sign = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF\u00AD]/;
    const mine = "textarea, input, [contenteditable=true], script, style";
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
      const at = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      const path = `${at.closest("[data-testid]")?.dataset.testid ?? ""} ${at.tagName} ${at.className}`;
      if (node.nodeType === Node.TEXT_NODE) {
        if (sign.test(node.data) && !at.closest(mine)) found.push(`${path}: ${node.data.trim()}`);
        continue;
      }
      for (const name of ["title", "aria-label", "aria-description", "placeholder", "alt"])
        if (sign.test(node.getAttribute(name) ?? ""))
          found.push(`${path}[${name}]: ${node.getAttribute(name)}`);
    }
    if (sign.test(document.title)) found.push(`the title: ${document.title}`);
    return [...new Set(found)].map((f) => f.replace(/[\u200B\u202E]/g, "¿"));
  });

const FLOW = (to) => ({
  format: "drawbridge.flow/1",
  name: ODD("flow"),
  description: ODD("about"),
  labels: [ODD("label")],
  nodes: [
    { id: "hand", type: "trigger.manual", name: ODD("hand"), position: [0, 0] },
    {
      ...{ id: "each", type: "core.foreach", name: ODD("each"), position: [280, 160], size: [480, 200] },
      with: { items: "{{ [1] }}" },
    },
    { id: "inner", type: "core.set", parent: "each", name: ODD("inner"), position: [40, 60], with: { n: 1 } },
    {
      ...{ id: "ask", type: "core.form", name: ODD("ask"), position: [280, 0] },
      with: {
        ...{ to: [to], title: ODD("title"), message: ODD("message"), show: { host: ODD("host") } },
        form: { type: "object", properties: { host: { type: "string", title: ODD("field") } } },
      },
    },
    { id: "call", type: "core.call", name: ODD("call"), position: [560, 0], with: { flow: "" } },
  ],
  edges: [
    { from: "hand", to: "ask" },
    { from: "hand", to: "each" },
    { from: "ask", to: "call" },
  ],
  notes: [{ id: "n", text: ODD("note"), position: [0, 400], size: [200, 80] }],
  groups: [{ id: "g", name: ODD("group"), nodes: ["hand", "ask"] }],
});

test("no name turns what stands beside it, on any screen", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  page.setDefaultTimeout(10_000);
  const found = {};
  const look = async (name) => {
    await page.waitForLoadState("networkidle");
    const here = await raw(page);
    if (here.length > 0) found[name] = here;
    await shot(page, `signs-${name.replaceAll(/\W+/g, "-")}`);
  };
  const callee = await api(page, "POST", "/flows", {
    ...{ format: "drawbridge.flow/1", name: ODD("callee"), edges: [] },
    nodes: [{ id: "called", type: "trigger.flow", name: ODD("called"), position: [0, 0] }],
  });
  await api(page, "POST", `/flows/${callee.id}/publish`, { message: ODD("first") });
  const flow = FLOW("admin");
  flow.nodes.find((n) => n.id === "call").with.flow = callee.id;
  const { id } = await api(page, "POST", "/flows", flow);
  await api(page, "POST", `/flows/${id}/publish`, { message: ODD("published") });
  await api(page, "POST", `/flows/${id}/samples`, { name: ODD("sample"), trigger: "hand", input: {} });
  await api(page, "POST", "/tokens", { name: ODD("token"), role: "viewer" });
  const run = await api(page, "POST", `/flows/${id}/runs`, { input: { odd: ODD("input") } });
  const question = await until("the question", async () => {
    const { items } = await api(page, "GET", `/approvals?run=${run.id}`);
    return items[0];
  });

  await page.goto(`${server.base}/flows`);
  await page.locator(`.flow-link[href$="${id}"]`).waitFor();
  await look("flows");
  await page.keyboard.press("ControlOrMeta+k");
  await page.locator(".command-item").first().waitFor();
  await page.keyboard.type("fl");
  await page.getByRole("group", { name: "Flows" }).waitFor();
  await look("commands");
  await page.keyboard.press("Escape");
  await page.locator(`[data-testid="flow-${id}"]`).getByRole("button").last().click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").waitFor();
  await look("deleting");

  const editor = new Editor(page);
  const open = async (node) => {
    await page.locator(`.react-flow__node[data-id="${node}"]`).focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("inspector").waitFor();
  };
  await page.goto(`${server.base}/flows/${id}`);
  await page.getByTestId("node-ask").waitFor();
  await look("editor");
  for (const node of ["hand", "each", "call"]) {
    await open(node);
    await look(`inspector of ${node}`);
    await editor.close();
  }
  await open("inner");
  await page.getByTestId("inspector").getByText("Incoming", { exact: true }).click();
  await look("incoming");
  await page.getByTestId("pin-data").click();
  await page.getByRole("dialog").waitFor();
  await look("pinning");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await editor.close();
  await page.getByTestId("node-ask").click();
  await page.getByTestId("run-part").click();
  await page.getByRole("menuitem", { name: /^Run to here/ }).waitFor();
  await look("the menu of parts");
  await page.getByRole("menuitem", { name: /^Run to here/ }).click();
  await page.getByTestId("part").waitFor();
  await page.getByTestId("part-plan").waitFor();
  await look("a part");
  await page.getByRole("button", { name: "Close, and run nothing" }).click();
  await page.locator(".left-tabs").getByText("Outline").click();
  await look("outline");
  await page.getByTestId("flow-menu").click();
  await page.getByRole("menuitem", { name: "Versions" }).click();
  await page.getByTestId("versions").waitFor();
  await look("versions");
  const second = structuredClone(flow);
  second.nodes[2].name = ODD("other");
  second.nodes[2].with = { n: ODD("value") };
  const { revision } = await api(page, "GET", `/flows/${id}`);
  await api(page, "PUT", `/flows/${id}`, { ...second, id }, { "If-Match": `"${revision}"` });
  await page.goto(`${server.base}/flows/${id}/diff`);
  await page.locator(".version-diff-list").getByText("other").first().waitFor();
  await look("difference");

  await page.goto(`${server.base}/runs`);
  await page.getByTestId(`run-${run.id}`).waitFor();
  await look("runs");
  await page.goto(`${server.base}/runs/${run.id}`);
  await page.getByTestId("node-ask").click();
  await page.getByTestId("inspector").waitFor();
  await look("run");
  await page.goto(`${server.base}/runs?flow=${id}`);
  await page.getByTestId(`run-${run.id}`).waitFor();
  await look("runs of a flow");
  await page.goto(`${server.base}/inbox`);
  await page.getByTestId("question").waitFor();
  await look("inbox");
  await page.goto(`${server.base}/inbox/${question.id}`);
  await page.getByTestId("question-view").waitFor();
  await look("question");
  for (const path of [
    "settings/tokens",
    "settings/audit",
    "settings/users",
    "import",
    "receipts",
    "templates",
  ]) {
    await page.goto(`${server.base}/${path}`);
    await look(path);
  }
  await page.goto(`${server.base}/settings/tokens`);
  await page.getByTestId("tokens").getByRole("button").first().click();
  await page.getByRole("dialog").waitFor();
  await look("revoking");
  await page.goto(`${server.base}/flows/${id}/replays`);
  await look("replays");
  assert.deepEqual(found, {});
  assert.deepEqual(page.faults, []);
});

test("names of credentials and connectors are shown plainly", async (t) => {
  const fake = await startFake();
  t.after(() => fake.stop());
  for (const c of fake.state.credentials) c.name = ODD(c.name);
  for (const c of fake.state.connectors) c.name = ODD(c.name ?? c.id);
  const page = await openPage(browser, { base: fake.address });
  t.after(() => page.context().close());
  for (const path of ["settings/credentials", "connectors", "connectors/urlscan?version=2.0.0"]) {
    await page.goto(`${fake.address}/${path}`);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(await raw(page), [], path);
  }
  await page.goto(`${fake.address}/settings/credentials`);
  await page
    .getByRole("button", { name: /^Change / })
    .first()
    .click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await raw(page), [], "a credential");
});
