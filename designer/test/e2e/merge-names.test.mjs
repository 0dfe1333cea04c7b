// What one takes away or calls otherwise while another begins to read it is asked, in words that no name turns round.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, joined, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const set = (id, fields, more = {}) => ({ id, type: "core.set", position: [0, 0], with: fields, ...more });
const FLOW = {
  ...{ format: "drawbridge.flow/1", name: "Names", vars: { limit: 1 } },
  nodes: [
    { id: "start", type: "trigger.manual", position: [0, 0] },
    set("mail", { subject: "x", body: "y" }, { name: "The mail", position: [240, 0] }),
    set("score", { n: 1 }, { name: "Its score", position: [480, 0] }),
    set("end", { done: true }, { name: "The end", position: [720, 0] }),
  ],
  edges: [
    { from: "start", to: "mail" },
    { from: "mail", to: "score" },
    { from: "score", to: "end" },
  ],
};

let people = 0;

/** The admin's page with a flow whose draft `mine` a tab left unsaved while somebody saved `theirs`. */
async function collide(t, { mine, theirs, name = "lead", theme = "light" }) {
  const page = await openPage(browser, server, { colorScheme: theme });
  t.after(() => page.context().close());
  const { id } = await api(page, "POST", "/flows", FLOW);
  const { flow, revision } = await api(page, "GET", `/flows/${id}`);
  const other = await joined(browser, server, page, `${name}${++people}`, "author", theme);
  t.after(() => other.context().close());
  const draft = (change) => {
    const drawn = structuredClone(flow);
    change(drawn, (node) => drawn.nodes.find((n) => n.id === node));
    return drawn;
  };
  const left = { flow: draft(mine), base: revision, saved: flow, at: 1 };
  const me = await api(page, "GET", "/me");
  await page.evaluate(
    ([key, text]) => localStorage.setItem(key, text),
    [`drawbridge.draft.${me.id}.${id}.gone`, JSON.stringify(left)],
  );
  await api(other, "PUT", `/flows/${id}`, draft(theirs), { "If-Match": `"${revision}"` });
  await page.goto(`${server.base}/flows/${id}`);
  const dialog = page.getByRole("dialog", { name: "This draft was changed elsewhere" });
  await dialog.waitFor();
  const saved = async () => (await api(page, "GET", `/flows/${id}`)).flow;
  const item = (conflict) => dialog.getByTestId(`merge-${conflict}`);
  return { page, dialog, saved, item, by: `${name}${people}` };
}

const ids = (flow) => flow.nodes.map((n) => n.id);
const rename = (from, to) => (flow) => {
  const text = JSON.stringify(flow)
    .replaceAll(`"${from}"`, `"${to}"`)
    .replaceAll(`steps.${from}.`, `steps.${to}.`);
  Object.assign(flow, JSON.parse(text));
};

test("a node that both call otherwise is one node, and its id is asked for", async (t) => {
  const { page, dialog, saved, item, by } = await collide(t, {
    mine: rename("mail", "message"),
    theirs: rename("mail", "letter"),
  });
  await dialog.getByText("1 thing to choose.").waitFor();
  const words = await item("node/mail/id").innerText();
  assert.match(words, new RegExp(`You and ${by} both gave it another id`));
  assert.match(words, /message/);
  assert.match(words, /letter/);
  await check(page, "merge-renamed");
  await item("node/mail/id").getByTestId("theirs").check();
  await dialog.getByTestId("merge-save").click();
  await until("the save", async () => ids(await saved()).join() === "start,letter,score,end");
  assert.equal((await saved()).edges.length, 3);
  assert.deepEqual(page.faults, []);
});

test("what one removed and the other begins to read is asked, with who reads it and where", async (t) => {
  const { page, dialog, saved, item, by } = await collide(t, {
    theme: "dark",
    mine: (flow, node) => {
      delete flow.vars;
      flow.nodes = flow.nodes.filter((n) => n.id !== "score");
      flow.edges = [{ from: "start", to: "mail" }];
      node("mail").with = { subject: "x" };
    },
    theirs: (_, node) => {
      node("end").with = {
        ...{
          done: "{{ vars.limit > 0 }}",
          n: "{{ steps.score.output.n }}",
          text: "{{ steps.mail.output.body }}",
        },
      };
    },
  });
  await dialog.getByText("3 things to choose.").waitFor();
  assert.match(
    await item("node/score").innerText(),
    new RegExp(`You removed it; ${by} reads it now in The end`),
  );
  for (const id of ["flow//vars", "node/mail/with/body"])
    assert.match(await item(id).innerText(), new RegExp(`You took it away; ${by} reads it now in The end`));
  await check(page, "merge-read-dark");
  await item("node/score").getByTestId("theirs").check();
  await item("flow//vars").getByTestId("theirs").check();
  await item("node/mail/with/body").getByTestId("mine").check();
  await dialog.getByTestId("merge-save").click();
  await until(
    "the save",
    async () => (await saved()).nodes.find((n) => n.id === "mail").with.body === undefined,
  );
  const now = await saved();
  assert.deepEqual([ids(now).includes("score"), now.vars], [true, { limit: 1 }]);
  assert.deepEqual(page.faults, []);
});

test("no name and no value of another's turns the screen round", async (t) => {
  const { page, dialog, item, by } = await collide(t, {
    name: "מורה",
    mine: (_, node) => {
      node("mail").with = { subject: "mine", body: "y" };
      node("end").name = "mine";
    },
    theirs: (flow, node) => {
      node("mail").with = { subject: "invoice\u202Efdp.exe", body: "y" };
      node("end").name = "תיק \u2067חקירה";
      flow.description = "\u202Eturned";
    },
  });
  await dialog.getByText("2 things to choose.").waitFor();
  assert.match(await item("node/mail/with/subject").innerText(), /invoice\[U\+202E\]fdp\.exe/);
  assert.match(await item("node/end/name").innerText(), /\[U\+2067\]/);
  // What the draft becomes tells it as well.
  await dialog.getByTestId("merge-all-theirs").click();
  await dialog.getByLabel("What the draft becomes").getByText("[U+202E]turned").waitFor();
  assert.doesNotMatch(await dialog.innerText(), /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/);
  // Wherever the name stands, it stands for itself: what is beside it keeps its place.
  const loose = await dialog.evaluate((root, name) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let at = texts.nextNode(); at; at = texts.nextNode())
      if (at.data.includes(name) && !at.parentElement.closest("bdi")) found.push(at.data);
    return found;
  }, by);
  assert.deepEqual(loose, []);
  await check(page, "merge-directions");
  assert.deepEqual(page.faults, []);
});
