/** Documents that the fake server begins with. */

export const phishing = {
  format: "drawbridge.flow/1",
  id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11",
  name: "Phishing triage",
  description: "Opens a case for a reported mail and scores what it links to.",
  labels: ["phishing"],
  connectors: { email: "1.0.0", ioc: "1.0.0" },
  vars: { threshold: 70 },
  nodes: [
    { id: "report", type: "trigger.webhook", name: "A mail is reported", position: [0, 0] },
    {
      id: "parse",
      type: "email.parse",
      name: "Parse the mail",
      position: [256, 0],
      with: { raw: "{{ trigger.body.raw }}" },
    },
    {
      id: "found",
      type: "ioc.extract",
      name: "Find indicators",
      position: [512, 0],
      with: { text: "{{ steps.parse.output.text }}", types: ["domain", "url"], ignore: ["corp.example"] },
    },
    {
      id: "each",
      type: "core.foreach",
      name: "Each indicator",
      position: [0, 148],
      size: [720, 172],
      with: { items: "{{ steps.found.output.indicators }}", concurrency: 8 },
    },
    {
      id: "look",
      type: "core.set",
      name: "Score it",
      parent: "each",
      position: [64, 64],
      with: { value: "{{ item.value }}", score: "{{ item.type == 'url' ? 40 : 10 }}" },
    },
    {
      id: "weigh",
      type: "core.set",
      name: "Weigh it",
      parent: "each",
      position: [384, 64],
      with: { bad: "{{ steps.look.output.score > 30 }}" },
      retry: { attempts: 3, backoff: "2s" },
      onError: "continue",
    },
    {
      id: "verdict",
      type: "core.switch",
      name: "Verdict",
      position: [0, 408],
      with: {
        cases: [
          { port: "malicious", when: "{{ steps.each.output.exists(r, r.bad) }}" },
          { port: "suspicious", when: "{{ size(steps.each.output) > 3 }}" },
        ],
      },
    },
    {
      id: "pull",
      type: "msgraph.pull",
      name: "Pull the mails",
      position: [320, 380],
      with: { message: "{{ steps.parse.output.id }}" },
    },
    {
      id: "answer",
      type: "core.respond",
      name: "Tell the reporter",
      position: [320, 520],
      with: { body: { ok: true } },
    },
  ],
  edges: [
    { from: "report", to: "parse" },
    { from: "parse", to: "found" },
    { from: "found", to: "each" },
    { from: "look", to: "weigh" },
    { from: "each", to: "verdict" },
    { from: "verdict.malicious", to: "pull" },
    { from: "verdict.suspicious", to: "answer" },
    { from: "verdict.default", to: "answer" },
  ],
  output: "{{ {'verdict': steps.verdict.output.port} }}",
  notes: [{ id: "n1", text: "Ask the lead before sending.", position: [600, 380], size: [200, 64] }],
};

/** A flow of n nodes in rows, as large customers have them; every twentieth branches. */
export function largeFlow(n, id) {
  const nodes = [{ id: "start", type: "trigger.webhook", name: "Start", position: [0, 0] }];
  const edges = [];
  const perRow = 20;
  for (let i = 1; i < n; i++) {
    const kind =
      i % 20 === 7 ? "core.if" : i % 5 === 0 ? "email.parse" : i % 7 === 0 ? "ioc.extract" : "core.set";
    const node = {
      id: `step_${i}`,
      type: kind,
      name: `Step number ${i}`,
      position: [(i % perRow) * 256, Math.floor(i / perRow) * 136],
    };
    if (kind === "core.if") node.with = { condition: "{{ true }}" };
    if (kind === "core.set") node.with = { value: `{{ ${i} }}` };
    nodes.push(node);
    const before = nodes[i - 1];
    edges.push({ from: before.type === "core.if" ? `${before.id}.true` : before.id, to: node.id });
    if (before.type === "core.if" && i + 3 < n)
      edges.push({ from: `${before.id}.false`, to: `step_${i + 3}` });
  }
  return {
    format: "drawbridge.flow/1",
    id,
    name: `${n} nodes`,
    connectors: { email: "1.0.0", ioc: "1.0.0" },
    nodes,
    edges,
  };
}
