import { randomUUID } from "node:crypto";

/** Plays runs: each node starts and ends after a moment, loops pass over three items. */

const STEP_MS = Number(process.env.FAKE_STEP_MS ?? 90);

const OUTPUTS = {
  "email.parse": {
    subject: "Invoice 88213 is overdue",
    id: "<88213@paypa1-secure.example>",
    from: { address: "billing@paypa1-secure.example", name: "PayPal Billing" },
    auth: { spf: "fail", dkim: "none" },
    text: "Dear customer, your account has been limited. Please confirm at hxxps://203.0.113[.]7/pay within 24 hours.",
    links: [{ text: "Confirm", url: "https://203.0.113.7/pay" }],
    attachments: [],
  },
  "ioc.extract": {
    indicators: [
      { type: "domain", value: "paypa1-secure.example", where: ["header.from"] },
      { type: "url", value: "https://203.0.113.7/pay", where: ["text"] },
      { type: "ipv4", value: "203.0.113.7", where: ["text"] },
    ],
  },
  "core.switch": { port: "malicious" },
  "core.if": { result: true },
  "core.set": { value: "paypa1-secure.example", score: 40 },
};

export class Player {
  constructor(broadcast) {
    this.runs = new Map();
    this.broadcast = broadcast;
  }

  start(flow, version, body) {
    const now = new Date().toISOString();
    const run = {
      id: randomUUID(),
      flow: flow.id,
      flowName: flow.name,
      version,
      state: "queued",
      trigger: body.trigger ?? "",
      input: body.input ?? null,
      output: null,
      error: null,
      steps: {},
      createdAt: now,
      startedAt: now,
      endedAt: null,
      seq: 0,
      document: structuredClone(flow),
      events: [],
      canceled: false,
    };
    this.runs.set(run.id, run);
    this.play(run).catch((error) => console.error("fake run:", error));
    return run;
  }

  emit(run, kind, fields = {}) {
    const event = { seq: ++run.seq, at: new Date().toISOString(), kind, ...fields };
    run.events.push(event);
    this.broadcast(`run/${run.id}`, { topic: `run/${run.id}`, seq: event.seq, event });
  }

  async play(run) {
    run.state = "running";
    this.emit(run, "run.started");
    const failing = run.input?.fail;
    const ok = await this.level(run, undefined, "", failing);
    run.state = run.canceled ? "canceled" : ok ? "succeeded" : "failed";
    run.endedAt = new Date().toISOString();
    run.durationMs = Date.parse(run.endedAt) - Date.parse(run.startedAt);
    if (run.state === "succeeded")
      run.output = { verdict: "malicious", score: 90, reasons: ["look-alike domain", "SPF failed"] };
    if (run.state === "failed")
      run.error = { code: "bad_input", message: "The mail could not be read: it is empty.", step: failing };
    this.emit(run, `run.${run.state}`, run.error ? { error: run.error } : {});
  }

  /** Runs the nodes of one container in the order of their wires. */
  async level(run, parent, prefix, failing) {
    const nodes = run.document.nodes.filter((n) => n.parent === parent);
    const taken = new Set(
      nodes.filter((n) => !run.document.edges.some((e) => e.to === n.id)).map((n) => n.id),
    );
    for (const node of ordered(nodes, run.document.edges)) {
      if (run.canceled) return false;
      const key = prefix + node.id;
      const port = { "core.switch": "malicious", "core.if": "true" }[node.type] ?? "out";
      if (!taken.has(node.id)) {
        run.steps[key] = { state: "skipped", node: node.id, attempts: 0 };
        this.emit(run, "step.skipped", { step: key, node: node.id });
        continue;
      }
      if (!(await this.step(run, node, key, port, failing))) return false;
      for (const edge of run.document.edges) {
        if (edge.from === (port === "out" ? node.id : `${node.id}.${port}`)) taken.add(edge.to);
      }
    }
    return true;
  }

  async step(run, node, key, port, failing) {
    const startedAt = new Date().toISOString();
    const step = { state: "running", node: node.id, attempts: 1, startedAt };
    run.steps[key] = step;
    this.emit(run, "step.started", { step: key, node: node.id, attempt: 1 });
    await new Promise((done) => setTimeout(done, STEP_MS * (0.5 + Math.random())));
    if (failing === node.id) {
      step.state = "failed";
      step.error = {
        code: "bad_input",
        message: "The mail could not be read: it is empty.",
        details: { bytes: 0 },
      };
      step.endedAt = new Date().toISOString();
      this.emit(run, "step.failed", { step: key, node: node.id, attempt: 1, error: step.error });
      return false;
    }
    if (node.type === "core.foreach") {
      this.emit(run, "loop.opened", { step: key, node: node.id, total: 3 });
      step.count = { total: 3, done: 0, failed: 0 };
      for (let i = 0; i < 3; i++) {
        await this.level(run, node.id, `${key}.${i}.`, failing);
        step.count.done = i + 1;
      }
      step.output = [{ bad: true }, { bad: true }, { bad: false }];
    } else step.output = OUTPUTS[node.type] ?? {};
    step.state = "succeeded";
    step.port = port;
    step.endedAt = new Date().toISOString();
    this.emit(run, "step.succeeded", { step: key, node: node.id, attempt: 1, port, output: step.output });
    return true;
  }
}

function ordered(nodes, edges) {
  const left = [...nodes];
  const done = new Set();
  const result = [];
  while (left.length > 0) {
    const at = left.findIndex((n) => edges.every((e) => e.to !== n.id || done.has(e.from.split(".")[0])));
    const [node] = left.splice(Math.max(at, 0), 1);
    done.add(node.id);
    result.push(node);
  }
  return result;
}

export function rowOf(run) {
  const { document: _d, events: _e, steps: _s, input: _i, output: _o, ...row } = run;
  return row;
}

export function detailOf(run) {
  const { document: _d, events: _e, canceled: _c, ...rest } = run;
  return rest;
}
