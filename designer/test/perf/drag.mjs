// Main-thread time of a step while cards are dragged.
import { dragStep, median } from "./harness.mjs";

const CASES = [
  { n: 300, budget: 4 },
  { n: 1000, budget: 10 },
  { n: 1000, groups: 20, budget: 10, what: "in 50 groups" },
  { n: 300, groups: 50, selected: true, budget: 10, what: "50 selected" },
  { n: 1000, groups: 50, selected: true, budget: 10, what: "50 selected" },
];

export async function drag(lab, { rounds = 3, cases = CASES } = {}) {
  const rows = [];
  for (const { n, groups, selected, budget, what = "one node" } of cases) {
    await lab.open(n, groups);
    if (selected) await selectGroup(lab, lab.flow(n, groups));
    const costs = [];
    for (let i = 0; i < rounds; i++) {
      costs.push(await dragStep(lab, await lab.card(selected && ".card-node[data-selected]")));
      await lab.page.keyboard.press("Control+z");
    }
    rows.push({
      figure: `a step of a drag at ${n} nodes, ${what}`,
      unit: "CPU-ms",
      budget,
      is: median(costs),
    });
  }
  return rows;
}

/** Selects the group of a card that is seen. */
async function selectGroup(lab, { groups }) {
  const [x, y] = await lab.card();
  const id = await lab.page.evaluate(
    (at) => document.elementFromPoint(...at).closest(".react-flow__node").dataset.id,
    [x, y],
  );
  const group = groups.find((g) => g.nodes.includes(id));
  const head = lab.page.getByTestId(`group-head-${group.id}`);
  await head.evaluate((button) => button.focus({ preventScroll: true }));
  await lab.page.keyboard.press("Enter");
  await lab.page.waitForSelector(".card-node[data-selected]");
}

/** Twice as large as what is promised: it opens and drags. */
export async function huge(lab) {
  return drag(lab, { rounds: 1, cases: [{ n: 2000 }] });
}
