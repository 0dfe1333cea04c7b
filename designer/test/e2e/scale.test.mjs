// A flow of a thousand nodes beside one of sixty, which fill the same view, in one run: what is done
// to a card costs by what is seen, and not by how large the flow is. How much it costs is `npm run perf`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { drag } from "../perf/drag.mjs";
import { elements } from "../perf/elements.mjs";
import { startLab } from "../perf/harness.mjs";
import { live } from "../perf/live.mjs";
import { typing } from "../perf/undo.mjs";

const [SMALL, LARGE] = [60, 1000];

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab.stop());

/** Twice of each in turn; the lesser, for what else the machine does only adds to it. */
async function compare(measure) {
  const costs = new Map([
    [SMALL, []],
    [LARGE, []],
  ]);
  for (let i = 0; i < 2; i++) for (const [n, list] of costs) list.push(await measure(n));
  const [small, large] = [SMALL, LARGE].map((n) => Math.min(...costs.get(n)));
  return { small, large, ratio: large / small };
}

test("a drag costs no more in a large flow", async (t) => {
  const cost = await compare(async (n) => (await drag(lab, { rounds: 1, cases: [{ n }] }))[0].is);
  t.diagnostic(JSON.stringify(cost));
  assert.ok(cost.ratio < 2, JSON.stringify(cost));
});

test("a key in an expression costs little more in a large flow", async (t) => {
  const cost = await compare(async (n) => (await typing(lab, n)).is);
  t.diagnostic(JSON.stringify(cost));
  assert.ok(cost.ratio < 4, JSON.stringify(cost));
});

test("a large flow mounts what is seen of it", async () => {
  const [row] = await elements(lab);
  assert.ok(row.is <= row.budget, `${row.figure}: ${row.is}`);
});

test("news of a run touch no card but those that they are of", async () => {
  const rows = await live(lab);
  for (const row of rows.filter((r) => r.unit === ""))
    if (row.budget === 0) assert.equal(row.is, 0, row.figure);
});
