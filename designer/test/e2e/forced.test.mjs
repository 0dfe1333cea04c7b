// Forced colours, as in Windows' high contrast: what is told by colour elsewhere is seen here, too, and told apart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, check, openPage, startBrowser, startServer, until } from "./harness.mjs";

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer({ sample: true })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** How much of a picture is of another colour than most of it, from 0 to 1, and the picture itself. */
async function picture(page, locator) {
  await locator.scrollIntoViewIfNeeded();
  const image = await locator.screenshot();
  const drawn = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    const pixels = new Uint32Array(pen.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
    const counts = new Map();
    for (const p of pixels) counts.set(p, (counts.get(p) ?? 0) + 1);
    return 1 - Math.max(...counts.values()) / pixels.length;
  }, image.toString("base64"));
  return { drawn, image: image.toString("base64") };
}

/** Each is seen: part of it has another colour than its ground. */
async function seen(page, parts) {
  for (const [name, locator] of Object.entries(parts)) {
    const { drawn } = await picture(page, locator);
    assert.ok(drawn > 0.03, `${name} can't be seen: ${drawn}`);
  }
}

/** No two look alike. */
async function apart(page, parts, least = 0.03) {
  const all = new Map();
  for (const [name, locator] of Object.entries(parts)) {
    const { image, drawn } = await picture(page, locator);
    assert.ok(drawn > least, `${name} can't be seen: ${drawn}`);
    assert.equal(all.get(image), undefined, `${name} looks like ${all.get(image)}`);
    all.set(image, name);
  }
}

/** What of an element says its state without any colour. */
const lines = (locator, pseudo = null) =>
  locator.evaluate((e, p) => {
    const s = getComputedStyle(e, p);
    const drawn = (...all) => all.join(" ");
    return drawn(
      ...(p === null ? [] : [s.content]),
      ...[
        s.borderTopStyle,
        s.borderTopWidth,
        s.outlineStyle,
        s.outlineStyle === "none" ? "" : s.outlineWidth,
      ],
      ...[s.stroke === "none" ? "" : s.strokeWidth, s.strokeDasharray, s.borderRadius],
    );
  }, pseudo);

/** The focus has a ring of its own, that is not of the colour behind it. */
async function ringed(page, name) {
  const ring = await page.evaluate(() => {
    const s = getComputedStyle(document.activeElement);
    return [s.outlineStyle, Number.parseFloat(s.outlineWidth), s.outlineColor !== s.backgroundColor];
  });
  assert.ok(ring[0] !== "none" && ring[1] >= 2 && ring[2], `${name}: ${ring}`);
}

const CARDS = ["pending", "running", "waiting", "succeeded", "failed", "skipped", "chosen", "wrong"];

const question = (flow) => ({
  format: "drawbridge.flow/1",
  name: flow,
  nodes: [
    { id: "hand", type: "trigger.manual", position: [0, 0] },
    {
      ...{ id: "ok", type: "core.form", position: [280, 0] },
      with: {
        ...{ to: ["admin"], title: "Isolate dc-1?" },
        form: { type: "object", properties: { sure: { type: "boolean", title: "Sure" } } },
      },
    },
  ],
  edges: [{ from: "hand", to: "ok" }],
});

for (const colorScheme of ["light", "dark"]) {
  const forced = { colorScheme, forcedColors: "active" };

  test(`the design system's parts are told apart in forced colours on ${colorScheme}`, async (t) => {
    const page = await openPage(browser, server, forced);
    t.after(() => page.context().close());
    await page.goto(`${server.base}/design`);
    await page.getByTestId("node-failed").first().waitFor();
    const height = await page.evaluate(() => document.querySelector("main").scrollHeight);
    await page.setViewportSize({ width: 1600, height: height + 20 });
    const [inputs, cards] = [page.locator("#inputs"), page.locator("#cards")];
    // Their knobs are a good part of them.
    const switches = {
      "a switch that is on": inputs.getByRole("switch", { name: "A switch" }).first(),
      "one that is off": inputs.getByRole("switch", { name: "Off" }).first(),
    };
    await apart(page, switches, 0.33);
    await seen(page, {
      "a tile's picture": page.locator("#tiles .tile-picture").first(),
      "a tile": page.locator("#tiles .tile").first(),
      "a badge": page.locator("#states .badge").first(),
      "a skeleton": page.locator("#feedback .skeleton").first(),
      "a line of a menu": page.locator("#opened .menu:has(.menu-line)").first(),
    });
    const segments = inputs.locator(".segments").first().getByRole("radio");
    const [held, free] = await Promise.all(
      [0, 1].map((i) => segments.nth(i).evaluate((e) => getComputedStyle(e).backgroundColor)),
    );
    assert.notEqual(held, free, "the segment that holds");
    const items = page.locator("#opened .menu-item");
    const [lit, dim] = await Promise.all(
      [0, 1].map((i) => items.nth(i).evaluate((e) => getComputedStyle(e).backgroundColor)),
    );
    assert.notEqual(lit, dim, "the menu's entry that is at hand");

    const card = (id) => cards.getByTestId(`node-${id}`).first();
    const looks = new Map();
    for (const id of CARDS) {
      const look = `${await lines(card(id))} / ${await lines(card(id), "::after")}`;
      assert.equal(looks.get(look), undefined, `${id} looks like ${looks.get(look)}: ${look}`);
      looks.set(look, id);
    }
    const port = (name) => cards.getByTestId(`port-${name}`).first();
    await seen(page, { "a port": port("branch-true") });
    assert.notEqual(
      await lines(port("branch-true")),
      await lines(cards.locator(".port-error").first()),
      "the port of errors",
    );
    await seen(page, { "a wire": cards.locator(".react-flow__edge").first() });
    await check(page, `forced-design-${colorScheme}`);
    assert.deepEqual(page.faults, []);
  });

  test(`the screens can be used in forced colours on ${colorScheme}`, async (t) => {
    const stranger = await browser.newContext(forced);
    t.after(() => stranger.close());
    const login = await stranger.newPage();
    await login.goto(`${server.base}/login`);
    await login.getByLabel("Password").waitFor();
    await login.getByLabel("Password").focus();
    await ringed(login, "a field");
    await check(login, `forced-login-${colorScheme}`);

    const page = await openPage(browser, server, forced);
    t.after(() => page.context().close());
    const { items } = await api(page, "GET", "/flows");
    const flow = items.find((f) => f.name === "Phishing triage");
    const { items: samples } = await api(page, "GET", `/flows/${flow.id}/samples`);
    const run = await api(page, "POST", `/flows/${flow.id}/runs?wait=20s`, { input: samples[0].input });
    const bad = await api(page, "POST", `/flows/${flow.id}/runs?wait=20s`, { input: { rawBase64: "%" } });
    assert.deepEqual([run.state, bad.state], ["succeeded", "failed"]);
    const { id: asks } = await api(page, "POST", "/flows", question(`Ask in ${colorScheme}`));
    await api(page, "POST", `/flows/${asks}/runs`, { input: {} });

    await page.goto(`${server.base}/flows`);
    const row = page.getByRole("row", { name: /Phishing triage/ });
    await until("the last runs", async () => (await row.locator(".mark").count()) >= 2);
    await apart(page, {
      "a run that succeeded": row.locator(".mark[data-state=succeeded]").first(),
      "a run that failed": row.locator(".mark[data-state=failed]").first(),
    });
    const rail = page.getByRole("navigation", { name: "Main" });
    await rail.getByRole("link", { name: "Flows", exact: true }).focus();
    await page.keyboard.press("Tab");
    await ringed(page, "a link of the rail");
    const grounds = await rail
      .locator(".rail-link")
      .evaluateAll((all) => all.map((e) => [e.ariaCurrent, getComputedStyle(e).backgroundColor]));
    const here = grounds.find(([current]) => current === "page")[1];
    assert.equal(grounds.filter(([, ground]) => ground === here).length, 1, "where one is");
    await check(page, `forced-flows-${colorScheme}`);
    await page.keyboard.press("ControlOrMeta+k");
    const first = page.locator(".command-item").first();
    await first.waitFor();
    const other = page.locator(".command-item").nth(1);
    const ground = (e) => getComputedStyle(e).backgroundColor;
    assert.notEqual(await first.evaluate(ground), await other.evaluate(ground), "the command at hand");
    await check(page, `forced-commands-${colorScheme}`);
    await page.keyboard.press("Escape");

    await page.goto(`${server.base}/flows/${flow.id}`);
    await page.getByTestId("node-found").click();
    await page.getByTestId("inspector").waitFor();
    const chosen = page.getByTestId("node-found");
    assert.notEqual(await lines(chosen, "::after"), await lines(page.getByTestId("node-parse"), "::after"));
    await seen(page, { "a wire": page.locator(".react-flow__edge").first() });
    await check(page, `forced-editor-${colorScheme}`);
    await page.keyboard.press("Escape");
    await page.locator('.react-flow__node[data-id="parse"]').focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    assert.match(await lines(page.getByTestId("node-parse")), /solid [2-9]px|solid \dpx solid [2-9]px/);

    for (const [name, id] of [
      ["run", run.id],
      ["failed", bad.id],
    ]) {
      await page.goto(`${server.base}/runs/${id}`);
      await page.getByTestId("timeline").waitFor();
      const bar = page.locator(`.timeline-bar[data-state=${name === "run" ? "succeeded" : "failed"}]`);
      await seen(page, {
        [`a ${name}'s bar`]: page.locator(".timeline-track", { has: bar.first() }).first(),
      });
      await check(page, `forced-${name}-${colorScheme}`);
    }
    for (const path of ["inbox", "settings/profile", "settings/users", "connectors", "versions"]) {
      await page.goto(`${server.base}/${path === "versions" ? `flows/${flow.id}/diff` : path}`);
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("networkidle");
      await check(page, `forced-${path.replace("/", "-")}-${colorScheme}`);
    }
    await page.goto(`${server.base}/inbox`);
    await page.getByRole("link", { name: "Isolate dc-1?" }).first().click();
    await page.getByTestId("question-view").getByRole("button").first().waitFor();
    await check(page, `forced-question-${colorScheme}`);
    assert.deepEqual(page.faults, []);
  });
}
