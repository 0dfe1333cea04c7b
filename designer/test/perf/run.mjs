// Measures the designer and holds its budgets: `node run.mjs [topic ...]`, or all topics. Fails where a figure
// is over its budget. With --out FILE what it says is written there, too; the topic peers is taken by its name alone.
import { writeFile } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { drag, huge } from "./drag.mjs";
import { elements } from "./elements.mjs";
import { startLab } from "./harness.mjs";
import { live } from "./live.mjs";
import { memory } from "./memory.mjs";
import { opening } from "./opening.mjs";
import { peers } from "./peers.mjs";
import { undo } from "./undo.mjs";

const TOPICS = { opening, drag, elements, live, undo, huge, memory };

const args = process.argv.slice(2);
const flag = args.indexOf("--out");
const [, out] = flag < 0 ? [] : args.splice(flag, 2);
const wanted = args.length > 0 ? args : Object.keys(TOPICS);

const lines = [];
const say = (line) => {
  lines.push(line);
  console.log(line);
};
const number = (n) => (n >= 100 ? n.toFixed(0) : n.toFixed(n % 1 === 0 ? 0 : 1));

let failed = false;
say("| figure | budget | is | |\n|---|---|---|---|");
for (const topic of wanted.filter((t) => t !== "peers"))
  for (const { figure, unit, budget, is } of await inLab(TOPICS[topic])) {
    const over = budget !== undefined && !(is <= budget);
    failed ||= over;
    const word = budget === undefined ? "" : over ? "**over**" : "holds";
    say(`| ${figure} | ${budget === undefined ? "" : `≤${budget}`} | ${number(is)} ${unit} | ${word} |`);
  }
if (wanted.includes("peers")) say(`\n${await inLab(peers)}`);
if (out !== undefined) await writeFile(out, page());
process.exit(failed ? 1 : 0);

async function inLab(measure) {
  const lab = await startLab();
  try {
    return await measure(lab);
  } finally {
    await lab.stop();
  }
}

function page() {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? arch()}`;
  return `# The designer's figures

\`make bench-editor\` wrote this on ${new Date().toISOString().slice(0, 10)}, on ${machine}. Compare within this file only: another machine, and
this one at another hour, gives other numbers.

${lines.join("\n")}

- CPU-ms is the time of the page's main thread in headless Chromium without a GPU, what the tools take of it taken off: time by the clock
  lies on a busy machine. "Until quiet" ends when the main thread has nothing to do for 300 ms.
- A step of a drag is one move of the mouse and the frame that answers it, as a hand gives them; what an idle page needs is taken off.
- The flow beside Node-RED's has the same nodes at the same places: function and switch nodes for ours. A step there is measured alike.
- Memory is read after 600 and after 1,200 gestures: an hour's, without the pauses between.
`;
}
