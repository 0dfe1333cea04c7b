// The editor beside Node-RED's, in one run: the same 300 nodes, the same browser, taken in turn. Node-RED and
// the Node it wants are those that `make bench-peers` installs, too.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { dragStep, measured, median, quiet } from "./harness.mjs";
import { once } from "./opening.mjs";

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "drawbridge/peers");
const PACKAGES = ["node-red@5", "node@26"];
const NODES = 300;
const ROUNDS = Number(process.env.ROUNDS ?? 3);

/** Both editors, measured in turn: a table. */
export async function peers(lab) {
  const theirs = await startNodeRED(lab.flow(NODES));
  const figures = { ours: [], theirs: [] };
  try {
    const own = await measured(lab.context);
    for (let i = 0; i < ROUNDS; i++) {
      figures.ours.push(await ours(lab));
      figures.theirs.push(await nodeRED(lab, theirs, own));
    }
  } finally {
    await theirs.stop();
  }
  return table(theirs, figures);
}

async function ours(lab) {
  // A page in the background gets no frames.
  await lab.page.bringToFront();
  await lab.open(NODES);
  const elements = await elementsOf(lab.page);
  const drag = await dragStep(lab, await lab.card());
  return { elements, drag, ...(await once(lab.context, lab.address(NODES), ".card-node, .overview")) };
}

async function nodeRED(lab, theirs, own) {
  await own.page.bringToFront();
  await own.page.goto(theirs.address);
  await own.page.waitForSelector(".red-ui-flow-node");
  await quiet(own);
  await own.page.keyboard.press("Escape");
  const elements = await elementsOf(own.page);
  const drag = await theirDrag({ ...own, dragging: async () => true });
  return { elements, drag, ...(await once(lab.context, theirs.address, ".red-ui-flow-node")) };
}

function elementsOf(page) {
  return page.evaluate(() => document.querySelectorAll("*").length);
}

async function theirDrag(there) {
  const place = () =>
    there.page.evaluate(() => {
      const boxes = [...document.querySelectorAll(".red-ui-flow-node")].map((n) => n.getBoundingClientRect());
      const box = boxes.find((b) => b.left > 380 && b.top > 150 && b.right < 1000 && b.bottom < 600);
      return [box.left + 50, box.top + 12];
    });
  const before = await there.page.evaluate(positions);
  const drag = await dragStep(there, await place());
  if ((await there.page.evaluate(positions)) === before) throw new Error("Node-RED dragged nothing");
  return drag;
}

function positions() {
  return [...document.querySelectorAll(".red-ui-flow-node-group")]
    .map((n) => n.getAttribute("transform"))
    .join();
}

function table(theirs, figures) {
  const { stdout } = spawnSync(theirs.node, [
    "-p",
    `require("${CACHE}/node_modules/node-red/package.json").version`,
  ]);
  const rows = [
    ["cpu", "main thread until quiet, CPU-ms"],
    ["wall", "first byte until quiet, ms"],
    ["raw", "script, kB"],
    ["zipped", "script, gzipped, kB"],
    ["drag", "a step of a drag, CPU-ms"],
    ["elements", "elements"],
  ].map(([key, words]) => {
    const [a, b] = [figures.ours, figures.theirs].map((all) => median(all.map((f) => f[key])));
    const digits = (n) => n.toFixed(n < 100 ? 1 : 0);
    return `| ${words} | ${digits(a)} | ${digits(b)} | ${(a / b).toFixed(2)} |`;
  });
  return [
    `| ${NODES} nodes, medians of ${ROUNDS} rounds in turn | ours | Node-RED ${String(stdout).trim()} | ratio |`,
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The same flow as Node-RED writes it: function nodes at the same places, switches where ours branch. */
function theirFlow(flow) {
  const tab = { id: "tab", type: "tab", label: flow.name };
  const to = (id, port) =>
    flow.edges.filter((e) => e.from === (port ? `${id}.${port}` : id)).map((e) => e.to);
  const nodes = flow.nodes.map((n) => {
    const place = { id: n.id, z: "tab", name: n.name, x: n.position[0] + 120, y: n.position[1] + 60 };
    if (n.type.startsWith("trigger.")) return { ...place, type: "inject", props: [], wires: [to(n.id)] };
    if (n.type !== "core.if")
      return { ...place, type: "function", func: "return msg;", outputs: 1, wires: [to(n.id)] };
    const rules = [{ t: "true" }, { t: "false" }];
    const wires = [to(n.id, "true"), to(n.id, "false")];
    return { ...place, type: "switch", property: "payload", propertyType: "msg", rules, outputs: 2, wires };
  });
  return [tab, ...nodes];
}

async function startNodeRED(flow) {
  await install();
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-editor-"));
  await writeFile(join(folder, "flows.json"), JSON.stringify(theirFlow(flow)));
  const port = await freePort();
  const settings = {
    ...{ uiHost: "127.0.0.1", uiPort: port, flowFile: "flows.json", telemetry: { enabled: false } },
    ...{
      editorTheme: { tours: false, projects: { enabled: false } },
      logging: { console: { level: "warn" } },
    },
  };
  await writeFile(join(folder, "settings.cjs"), `module.exports = ${JSON.stringify(settings)};\n`);
  const node = join(CACHE, "node_modules/node/bin/node");
  const red = join(CACHE, "node_modules/node-red/red.js");
  const child = spawn(node, [red, "--userDir", folder, "--settings", join(folder, "settings.cjs")]);
  const exit = new Promise((done) => child.on("exit", done));
  const address = `http://127.0.0.1:${port}/`;
  for (let tries = 0; !(await fetch(`${address}flows`).catch(() => undefined))?.ok; tries++) {
    if (tries > 300) throw new Error("Node-RED did not start");
    await new Promise((next) => setTimeout(next, 100));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  return { address, node, stop };
}

async function install() {
  if (existsSync(join(CACHE, "node_modules/node-red/red.js"))) return;
  await mkdir(CACHE, { recursive: true });
  const options = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix", CACHE];
  const { status } = spawnSync("npm", ["install", ...options, ...PACKAGES], { stdio: "inherit" });
  if (status !== 0) throw new Error("Node-RED could not be installed");
}

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}
