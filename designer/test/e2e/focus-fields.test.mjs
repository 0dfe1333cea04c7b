// What opens over a field, over the run's pins and over a draft that somebody else saved gives the focus back.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { api, Editor, installConnector, openPage, startBrowser, startServer, until } from "./harness.mjs";
import { at, card, closes, DIALOG, label, MENU, testid, wait } from "./overlays.mjs";

const SOURCE = join(new URL("../../../", import.meta.url).pathname, "server/app/testdata/boards");

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const node = (id, type, x, given) => ({ id, type, position: [x, 0], with: given });
const FLOW = {
  format: "drawbridge.flow/1",
  name: "Fields",
  connectors: { boards: "1.0.0" },
  nodes: [
    { id: "go", type: "trigger.manual", position: [0, 0] },
    node("rank", "core.table", 240, { rows: [{ when: "{{ true }}", value: 1 }] }),
    node("add", "boards.add", 480, { project: "blue" }),
  ],
  edges: [
    { from: "go", to: "rank" },
    { from: "rank", to: "add" },
  ],
};

test("over fields, and over the pins of a run", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  await installConnector(page, SOURCE, "boards");
  const { id } = await api(page, "POST", "/flows", FLOW);
  await api(page, "PUT", `/flows/${id}/pins/rank`, { output: { value: 1 } });
  const row = label("More for row 1");
  await at(page, server.base, `flows/${id}?node=rank`, row);
  await closes(page, [{ name: "a row of a decision", from: row, keys: ["Enter"], overlay: MENU }]);
  const board = `input${label("Board")}`;
  await at(page, server.base, `flows/${id}?node=add`, board);
  await closes(page, [
    {
      name: "the values of a field",
      from: board,
      keys: ["ArrowDown", wait(".choices-option")],
      overlay: ".choices:has(.choices-pop)",
    },
  ]);
  await at(page, server.base, `flows/${id}`, testid("pins"));
  await closes(page, [{ name: "the pins", from: testid("pins"), keys: ["Enter"], overlay: MENU }]);
  assert.deepEqual(page.faults, []);
});

test("over a draft that somebody else saved", async (t) => {
  const page = await openPage(browser, server);
  t.after(() => page.context().close());
  const { connectors: _, ...bare } = FLOW;
  const two = { ...bare, nodes: FLOW.nodes.slice(0, 2), edges: [] };
  const { id } = await api(page, "POST", "/flows", two);
  const { flow, revision } = await api(page, "GET", `/flows/${id}`);
  await at(page, server.base, `flows/${id}`, card("rank"));
  const saves = (route) => (route.request().method() === "PUT" ? route.abort() : route.fallback());
  await page.route("**/api/v1/flows/*", saves);
  const editor = new Editor(page);
  await editor.open("rank");
  await editor.rename("Mine");
  await editor.close();
  await until("the server to be away", async () =>
    /away/.test(await page.getByTestId("save-state").innerText()),
  );
  const answer = await fetch(`${server.base}/api/v1/flows/${id}`, {
    method: "PUT",
    headers: {
      ...{ "content-type": "application/json", "if-match": `"${revision}"`, origin: server.base },
      cookie: (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; "),
    },
    body: JSON.stringify({
      ...flow,
      nodes: flow.nodes.map((n) => (n.id === "rank" ? { ...n, name: "Theirs" } : n)),
    }),
  });
  assert.equal(answer.status, 200);
  await page.unroute("**/api/v1/flows/*", saves);
  const dialog = page.getByRole("dialog", { name: "This draft was changed elsewhere" });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await closes(page, [
    { name: "joining two drafts", from: `${testid("save-state")} .btn`, keys: ["Enter"], overlay: DIALOG },
  ]);
  assert.deepEqual(page.faults, []);
});
