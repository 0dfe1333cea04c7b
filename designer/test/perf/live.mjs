// A run's news over 1,000 nodes: no card but those that changed is touched, and frames come as ever.
const SECONDS = 3;

export async function live(lab) {
  const rows = [];
  for (const rate of [100, 1000]) rows.push(...(await at(lab, rate)));
  return rows;
}

async function at(lab, rate) {
  const { page, cpu, fake } = lab;
  const flow = lab.flow(1000);
  const run = follow(fake, flow);
  await lab.open(1000);
  await page.evaluate(watchCards);
  const told = new Set();
  const before = await cpu();
  const frames = page.evaluate(countFrames, SECONDS * 1000);
  for (let i = 0, began = Date.now(); i < rate * SECONDS; ) {
    for (const due = (rate * (Date.now() - began)) / 1000; i < due && i < rate * SECONDS; i++) {
      const node = flow.nodes[(i * 7) % 500].id; // the half of the flow that is looked at, and not
      const started = Math.floor(i / 500) % 2 === 0;
      const more = started ? {} : { port: "out", output: {} };
      fake.player.emit(run, started ? "step.started" : "step.succeeded", {
        step: node,
        node,
        attempt: 1,
        ...more,
      });
      told.add(node);
    }
    await new Promise((next) => setTimeout(next, 10));
  }
  const count = await frames;
  const cost = ((await cpu()) - before) / count;
  const touched = await page.evaluate(() => globalThis.touched);
  const strange = touched.filter((id) => !told.has(id)).length;
  if (touched.length === 0) throw new Error("the news of the run did not reach the cards");
  fake.player.runs.delete(run.id);
  return [
    { figure: `cards touched without news, ${rate} updates a second`, unit: "", budget: 0, is: strange },
    { figure: `a frame at ${rate} updates a second`, unit: "CPU-ms", budget: 16, is: cost },
    { figure: `frames a second at ${rate} updates a second`, unit: "", is: count / SECONDS },
  ];
}

/** A run that is told of from here, not played. */
function follow(fake, flow) {
  const now = new Date().toISOString();
  const run = {
    ...{ id: crypto.randomUUID(), flow: flow.id, flowName: flow.name, version: 0, state: "running" },
    ...{
      trigger: "start",
      input: null,
      output: null,
      error: null,
      steps: {},
      createdAt: now,
      startedAt: now,
    },
    ...{ endedAt: null, seq: 0, document: flow, events: [], canceled: false },
  };
  fake.player.runs.set(run.id, run);
  fake.player.emit(run, "run.started");
  return run;
}

/** Collects the cards in which anything changes. */
function watchCards() {
  const seen = new Set();
  globalThis.touched = [];
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      const id = element?.closest(".react-flow__node")?.dataset.id;
      if (id !== undefined && !seen.has(id)) {
        seen.add(id);
        globalThis.touched.push(id);
      }
    }
  });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  observer.observe(document.querySelector(".react-flow__nodes"), all);
}

function countFrames(ms) {
  return new Promise((done) => {
    const end = performance.now() + ms;
    let count = 0;
    const next = () => {
      count++;
      if (performance.now() < end) requestAnimationFrame(next);
      else done(count);
    };
    requestAnimationFrame(next);
  });
}
