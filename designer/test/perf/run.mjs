// Measures the designer and holds its budgets: `node run.mjs [topic ...]`, or all topics.
// Fails where a figure is over its budget.
import { drag, huge } from "./drag.mjs";
import { elements } from "./elements.mjs";
import { startLab } from "./harness.mjs";
import { live } from "./live.mjs";
import { memory } from "./memory.mjs";
import { opening } from "./opening.mjs";
import { undo } from "./undo.mjs";

const TOPICS = { opening, drag, elements, live, undo, huge, memory };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOPICS);

const number = (n) => (n >= 100 ? n.toFixed(0) : n.toFixed(n % 1 === 0 ? 0 : 1));

let failed = false;
console.log("| figure | budget | is | |\n|---|---|---|---|");
for (const topic of wanted) {
  const lab = await startLab();
  try {
    for (const { figure, unit, budget, is } of await TOPICS[topic](lab)) {
      const over = budget !== undefined && !(is <= budget);
      failed ||= over;
      const word = budget === undefined ? "" : over ? "**over**" : "holds";
      console.log(
        `| ${figure} | ${budget === undefined ? "" : `≤${budget}`} | ${number(is)} ${unit} | ${word} |`,
      );
    }
  } finally {
    await lab.stop();
  }
}
process.exit(failed ? 1 : 0);
