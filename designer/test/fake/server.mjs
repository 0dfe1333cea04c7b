// A stand-in for the server, for tests of the designer alone: the same shapes, data in
// memory, runs played by timers. It serves the built app under the real policy.
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import { catalog } from "./catalog.mjs";
import { connectorRoutes, seedConnectors, seedCredentials } from "./connectors.mjs";
import { largeFlow, phishing } from "./flows.mjs";
import { detailOf, Player, rowOf } from "./runs.mjs";

const dist = process.env.DESIGNER_DIST ?? join(import.meta.dirname, "..", "..", "dist");
const PERMISSIONS =
  "flow.read flow.write flow.publish flow.run run.read run.cancel import export connector.read token.manage user.manage audit.read credential.read credential.manage connector.manage connector.try";

/** Starts a server on a free port; `empty` leaves out all flows. */
export async function startFake({ port = 0, empty = false } = {}) {
  const state = {
    ...{ flows: new Map(), tokens: [], audit: [], plans: new Map(), sessions: new Set() },
    connectors: empty ? [] : seedConnectors(),
    credentials: empty ? [] : seedCredentials(),
  };
  const sockets = new Set();
  const player = new Player((topic, message) => {
    for (const s of sockets) if (s.topics.has(topic)) s.send(JSON.stringify(message));
  });
  const seed = (flow) =>
    state.flows.set(flow.id, { id: flow.id, flow, revision: 1, versions: [], samples: [] });
  if (!empty) {
    seed(structuredClone(phishing));
    state.flows.get(phishing.id).samples = [
      {
        name: "An overdue invoice",
        trigger: "report",
        input: { raw: "From: billing@paypa1-secure.example\n\nPay." },
      },
      { name: "A mail that fails", trigger: "report", input: { raw: "", fail: "parse" } },
    ];
    for (const n of [10, 300, 1000])
      seed(largeFlow(n, `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`));
  }
  const poke = (f) => {
    const topic = `flow/${f.id}`;
    const snapshot = { revision: f.revision, version: f.versions.length, runs: [] };
    for (const s of sockets)
      if (s.topics.has(topic)) s.send(JSON.stringify({ topic, snapshot, seq: f.revision }));
  };
  const context = { state, player, poke };
  const server = createServer((request, response) => {
    handle(context, request, response).catch((error) => {
      console.error("fake:", error);
      if (!response.headersSent) problem(response, 500, "The fake failed", String(error));
    });
  });
  const live = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (!hasSession(state, request)) return socket.destroy();
    live.handleUpgrade(request, socket, head, (ws) => {
      ws.topics = new Set();
      sockets.add(ws);
      ws.on("close", () => sockets.delete(ws));
      ws.on("message", (text) => subscribe(player, ws, JSON.parse(String(text))));
    });
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const address = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    for (const s of sockets) s.terminate();
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return {
    address,
    state,
    player,
    poke,
    stop,
    dropSockets: () => sockets.forEach((s) => void s.terminate()),
  };
}

function subscribe(player, ws, message) {
  if (message.unsubscribe) ws.topics.delete(message.unsubscribe);
  if (!message.subscribe) return;
  const topic = message.subscribe;
  ws.topics.add(topic);
  const run = player.runs.get(topic.split("/")[1]);
  if (run === undefined) return;
  if (message.since > 0) {
    for (const event of run.events.filter((e) => e.seq > message.since)) {
      ws.send(JSON.stringify({ topic, seq: event.seq, event }));
    }
  } else ws.send(JSON.stringify({ topic, seq: run.seq, snapshot: detailOf(run) }));
}

function hasSession(state, request) {
  const id = /drawbridge_session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  return id !== undefined && state.sessions.has(id);
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function problem(response, status, title, detail, more = {}) {
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", title, status, detail, ...more }));
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function handle(context, request, response) {
  const url = new URL(request.url, "http://fake");
  if (!url.pathname.startsWith("/api/v1/")) return page(url.pathname, response);
  const path = url.pathname.slice("/api/v1".length);
  const bytes = ["POST", "PUT"].includes(request.method) ? await bodyOf(request) : Buffer.alloc(0);
  const raw = request.headers["content-type"] === "application/wasm";
  const body = bytes.length === 0 || raw ? undefined : JSON.parse(bytes.toString("utf8"));
  const open = path === "/session" || path === "/setup";
  if (!open && !hasSession(context.state, request))
    return problem(response, 401, "Not logged in", "Log in first.");
  for (const [method, pattern, answer] of ROUTES) {
    const match = method === request.method && pattern.exec(path);
    if (match) {
      return answer({
        ...context,
        request,
        response,
        url,
        body,
        bytes,
        args: match.slice(1).map(decodeURIComponent),
      });
    }
  }
  return problem(response, 404, "Not found", `${request.method} ${path} is not part of the fake.`);
}

const TYPES = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".html": "text/html",
  ".woff2": "font/woff2",
};

function page(path, response) {
  const wanted = normalize(join(dist, path));
  const file =
    wanted.startsWith(dist) && extname(wanted) && existsSync(wanted) ? wanted : join(dist, "index.html");
  const headers = { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" };
  if (!file.endsWith(".html")) {
    response.writeHead(200, headers);
    return response.end(readFileSync(file));
  }
  const nonce = randomBytes(16).toString("base64");
  headers["Content-Security-Policy"] =
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`;
  response.writeHead(200, headers);
  return response.end(readFileSync(file, "utf8").replace("__CSP_NONCE__", nonce));
}

const login = ({ state, response, body }) => {
  if (body.password !== undefined && body.password.length < 4)
    return problem(response, 401, "Wrong", "Name or password is wrong.");
  const id = randomUUID();
  state.sessions.add(id);
  return json(response, 200, { user: me }, { "Set-Cookie": `drawbridge_session=${id}; HttpOnly; Path=/` });
};

const me = { id: "u1", name: "admin", role: "admin", permissions: PERMISSIONS.split(" ") };

/** The few checks that screens need to show problems. */
function check(flow) {
  return flow.nodes.flatMap((n, i) => {
    const type = catalog.find((t) => t.type === n.type);
    if (type === undefined) return [one("node.unknown", i, n, "type", `There is no ${n.type} here.`)];
    return (type.input.required ?? [])
      .filter((key) => n.with?.[key] === undefined)
      .map((key) => one("parameter.missing", i, n, `with/${key}`, `The parameter ${key} is missing.`));
  });
}

const one = (code, i, node, at, message) => ({
  code,
  severity: "error",
  pointer: `/nodes/${i}/${at}`,
  node: node.id,
  message,
  fix: "give it a value",
});

function flowOf({ state, response, args }) {
  const found = state.flows.get(args[0]);
  if (found === undefined) problem(response, 404, "Not found", "There is no such flow.");
  return found;
}

const hooksOf = (flow) =>
  Object.fromEntries(
    flow.nodes.filter((n) => n.type === "trigger.webhook").map((n) => [n.id, `/hooks/${n.id}-7f3a9c51`]),
  );

const row = (f, player) => ({
  id: f.id,
  name: f.flow.name,
  description: f.flow.description ?? "",
  labels: f.flow.labels ?? [],
  revision: f.revision,
  version: f.versions.length,
  triggers: f.flow.nodes.filter((n) => n.type.startsWith("trigger.")).map((n) => n.type),
  updatedAt: f.updatedAt ?? new Date(Date.now() - 3_600_000).toISOString(),
  updatedBy: "admin",
  lastRuns: [...player.runs.values()]
    .filter((r) => r.flow === f.id)
    .slice(-12)
    .reverse()
    .map((r) => ({ id: r.id, state: r.state, at: r.createdAt })),
});

const audit = (c, action, object, objectId) =>
  c.state.audit.unshift({
    id: randomUUID(),
    at: new Date().toISOString(),
    actor: "admin",
    actorKind: "user",
    action,
    object,
    objectId,
    detail: null,
  });

function save(c) {
  const f = flowOf(c);
  if (f === undefined) return;
  const base = Number(String(c.request.headers["if-match"]).replaceAll('"', ""));
  if (base !== f.revision) {
    return problem(c.response, 409, "Changed elsewhere", "Somebody saved this draft meanwhile.", {
      yours: base,
      current: f.revision,
      flow: f.flow,
      updatedBy: "lead",
      updatedAt: new Date().toISOString(),
    });
  }
  f.flow = { ...c.body, id: f.id };
  f.revision++;
  f.updatedAt = new Date().toISOString();
  audit(c, "flow.save", "flow", f.id);
  c.poke(f);
  return json(c.response, 200, { revision: f.revision, problems: check(f.flow) });
}

function preview({ response, body, player }) {
  const run = player.runs.get(body.run);
  const expression = /^\{\{([\s\S]*)\}\}$/.exec(body.template.trim())?.[1]?.trim() ?? body.template;
  if (/\+\s*$|\(\s*$|[[{]\s*$/.test(expression)) {
    return json(response, 200, {
      ok: false,
      problems: [
        {
          code: "expr.syntax",
          severity: "error",
          pointer: "",
          line: 1,
          column: body.template.length - 2,
          message: "Syntax error: mismatched input '<EOF>'",
        },
      ],
    });
  }
  const path = /^(?:steps\.(\w+)\.output|trigger\.body)([\w.[\]]*)$/.exec(expression);
  if (path === null) return json(response, 200, { ok: true, value: expression, type: "string" });
  if (run === undefined) return json(response, 200, { ok: false, pending: true });
  let value = path[1] ? run.steps[path[1]]?.output : run.input;
  for (const key of path[2].split(/[.[\]]+/).filter(Boolean)) value = value?.[key];
  if (value === undefined) return json(response, 200, { ok: false, pending: true });
  return json(response, 200, { ok: true, value, type: typeof value });
}

function plan(c) {
  const items = [];
  const problems = [];
  for (const file of c.body.files) {
    let flow;
    try {
      flow = JSON.parse(file.content);
    } catch (error) {
      problems.push({
        file: file.name,
        code: "json.syntax",
        severity: "error",
        pointer: "",
        line: 3,
        column: 7,
        message: error.message,
      });
      continue;
    }
    const here = c.state.flows.get(flow.id);
    const same = here !== undefined && JSON.stringify(here.flow) === JSON.stringify(flow);
    const status = here === undefined ? "new" : same ? "same" : here.revision > 1 ? "conflict" : "changed";
    const changes =
      here === undefined || same
        ? []
        : [
            {
              kind: "changed",
              what: "flow",
              id: "name",
              fields: [{ pointer: "", before: here.flow.name, after: flow.name }],
            },
          ];
    items.push({
      file: file.name,
      flowId: flow.id,
      name: flow.name,
      status,
      changes,
      local: here ? { revision: here.revision, version: here.versions.length } : null,
      choices: here ? ["mine", "theirs", "copy"] : ["theirs"],
      choice: here ? "mine" : "theirs",
      flow,
    });
  }
  const made = {
    id: randomUUID(),
    items,
    missing: {
      connectors: [{ id: "urlscan", version: "2.1.0", flows: ["Phishing triage"] }],
      credentials: [{ alias: "scanner", type: "urlscan.apiKey", flows: ["Phishing triage"] }],
    },
    problems,
    applicable: problems.length === 0,
  };
  c.state.plans.set(made.id, made);
  return json(c.response, 201, made);
}

function apply(c) {
  const made = c.state.plans.get(c.args[0]);
  const before = new Map([...c.state.flows].map(([id, f]) => [id, structuredClone(f)]));
  const importId = randomUUID();
  const imported = { before, at: new Date().toISOString(), state: "applied", flows: [] };
  c.state.plans.set(importId, imported);
  const flows = made.items.map((item) => {
    const choice = c.body.choices[item.flowId] ?? item.choice;
    const here = c.state.flows.get(item.flowId);
    if (item.status === "same" || choice === "mine")
      return { flowId: item.flowId, id: item.flowId, revision: here.revision, result: "kept" };
    if (choice === "copy" || here === undefined) {
      const id = choice === "copy" ? randomUUID() : item.flowId;
      c.state.flows.set(id, { id, flow: { ...item.flow, id }, revision: 1, versions: [], samples: [] });
      return { flowId: item.flowId, id, revision: 1, result: choice === "copy" ? "copied" : "created" };
    }
    here.flow = item.flow;
    here.revision++;
    return { flowId: item.flowId, id: here.id, revision: here.revision, result: "updated" };
  });
  imported.flows = flows
    .filter((f) => f.result !== "kept")
    .map((f) => ({
      id: f.id,
      name: c.state.flows.get(f.id)?.flow.name ?? "",
      result: f.result === "updated" ? "updated" : "created",
    }));
  return json(c.response, 200, { importId, flows });
}

const ROUTES = [
  ...connectorRoutes(json, problem),
  ["POST", /^\/session$/, login],
  [
    "DELETE",
    /^\/session$/,
    ({ state, response }) => {
      state.sessions.clear();
      return json(response, 204);
    },
  ],
  [
    "POST",
    /^\/setup$/,
    (c) => (c.body.token === "used" ? problem(c.response, 410, "Used", "This link was used.") : login(c)),
  ],
  [
    "POST",
    /^\/setup\/link$/,
    (c) =>
      c.body.token === "used"
        ? problem(c.response, 410, "Used", "This link was used.")
        : json(c.response, 200, { name: "admin", role: "admin", expiresAt: new Date().toISOString() }),
  ],
  ["GET", /^\/me$/, ({ response }) => json(response, 200, me)],
  ["GET", /^\/me\/sessions$/, ({ response }) => json(response, 200, { items: [] })],
  [
    "GET",
    /^\/users$/,
    ({ response }) =>
      json(response, 200, {
        items: [
          {
            id: "u1",
            name: "admin",
            role: "admin",
            state: "active",
            revision: 1,
            createdAt: "2026-01-05T08:00:00Z",
            lastSeenAt: new Date().toISOString(),
          },
        ],
      }),
  ],
  ["GET", /^\/tokens$/, ({ state, response }) => json(response, 200, { items: state.tokens })],
  [
    "POST",
    /^\/tokens$/,
    (c) => {
      const token = {
        id: randomUUID(),
        name: c.body.name,
        role: c.body.role,
        createdAt: new Date().toISOString(),
        createdBy: "admin",
        lastUsedAt: null,
      };
      c.state.tokens.push(token);
      return json(c.response, 201, { id: token.id, token: `db_${randomBytes(16).toString("hex")}` });
    },
  ],
  [
    "DELETE",
    /^\/tokens\/([^/]+)$/,
    (c) => {
      c.state.tokens = c.state.tokens.filter((t) => t.id !== c.args[0]);
      return json(c.response, 204);
    },
  ],
  [
    "GET",
    /^\/audit$/,
    ({ state, response }) => json(response, 200, { items: state.audit.slice(0, 50), next: "" }),
  ],
  ["GET", /^\/approvals$/, ({ response }) => json(response, 200, { items: [], next: "" })],
  ["GET", /^\/catalog$/, ({ response }) => json(response, 200, { items: catalog })],
  [
    "GET",
    /^\/flows$/,
    ({ state, player, response, url }) => {
      const q = (url.searchParams.get("q") ?? "").toLowerCase();
      return json(response, 200, {
        items: [...state.flows.values()]
          .filter((f) => f.flow.name.toLowerCase().includes(q))
          .map((f) => row(f, player)),
        next: "",
      });
    },
  ],
  [
    "POST",
    /^\/flows$/,
    (c) => {
      const id = c.body.id ?? randomUUID();
      c.state.flows.set(id, { id, flow: { ...c.body, id }, revision: 1, versions: [], samples: [] });
      return json(c.response, 201, { id, revision: 1 });
    },
  ],
  [
    "GET",
    /^\/flows\/([^/]+)$/,
    (c) => {
      const f = flowOf(c);
      if (f)
        json(c.response, 200, {
          id: f.id,
          revision: f.revision,
          version: f.versions.length,
          flow: f.flow,
          problems: check(f.flow),
          hooks: f.versions.length ? hooksOf(f.flow) : {},
          published: null,
        });
    },
  ],
  ["PUT", /^\/flows\/([^/]+)$/, save],
  [
    "DELETE",
    /^\/flows\/([^/]+)$/,
    (c) => {
      c.state.flows.delete(c.args[0]);
      return json(c.response, 204);
    },
  ],
  [
    "POST",
    /^\/flows\/([^/]+)\/check$/,
    (c) => {
      const f = flowOf(c);
      if (f) json(c.response, 200, { problems: check(c.body ?? f.flow) });
    },
  ],
  [
    "POST",
    /^\/flows\/([^/]+)\/publish$/,
    (c) => {
      const f = flowOf(c);
      if (!f) return;
      const problems = check(f.flow);
      if (problems.length > 0)
        return problem(c.response, 422, "The flow has problems", "Mend them first.", { problems });
      f.versions.unshift({
        version: f.versions.length + 1,
        message: c.body.message,
        author: "admin",
        at: new Date().toISOString(),
        digest: `sha256:${randomBytes(32).toString("hex")}`,
        flow: structuredClone(f.flow),
      });
      return json(c.response, 200, { version: f.versions.length, hooks: hooksOf(f.flow) });
    },
  ],
  [
    "GET",
    /^\/flows\/([^/]+)\/versions$/,
    (c) => {
      const f = flowOf(c);
      if (f) json(c.response, 200, { items: f.versions });
    },
  ],
  [
    "GET",
    /^\/flows\/([^/]+)\/versions\/(\d+)$/,
    (c) => {
      const found = flowOf(c)?.versions.find((v) => v.version === Number(c.args[1]));
      return found ? json(c.response, 200, found) : problem(c.response, 404, "Not found", "No such version.");
    },
  ],
  [
    "POST",
    /^\/flows\/([^/]+)\/versions\/(\d+)\/restore$/,
    (c) => {
      const f = flowOf(c);
      if (!f) return;
      f.flow = structuredClone(f.versions.find((v) => v.version === Number(c.args[1])).flow);
      return json(c.response, 200, { revision: ++f.revision });
    },
  ],
  [
    "GET",
    /^\/flows\/([^/]+)\/diff$/,
    (c) =>
      json(c.response, 200, {
        changes: [
          {
            kind: "changed",
            what: "node",
            id: "found",
            name: "Find indicators",
            fields: [{ pointer: "/with/text", before: "old", after: "new" }],
          },
        ],
      }),
  ],
  [
    "GET",
    /^\/flows\/([^/]+)\/samples$/,
    (c) => {
      const f = flowOf(c);
      if (f) json(c.response, 200, { items: f.samples, revision: f.kept ?? 0 });
    },
  ],
  [
    "PUT",
    /^\/flows\/([^/]+)\/samples$/,
    (c) => {
      const f = flowOf(c);
      if (!f) return;
      f.samples = c.body.items;
      f.kept = (f.kept ?? 0) + 1;
      return json(c.response, 200, { items: f.samples, revision: f.kept });
    },
  ],
  ["POST", /^\/flows\/([^/]+)\/preview$/, preview],
  [
    "POST",
    /^\/flows\/([^/]+)\/runs$/,
    (c) => {
      const f = flowOf(c);
      if (f)
        json(c.response, 202, {
          id: c.player.start(f.flow, c.body.version === "draft" ? 0 : f.versions.length, c.body).id,
        });
    },
  ],
  [
    "GET",
    /^\/runs$/,
    ({ player, response, url }) => {
      const ask = (key) => url.searchParams.get(key) ?? "";
      const items = [...player.runs.values()]
        .reverse()
        .filter(
          (r) =>
            (!ask("flow") || r.flow === ask("flow")) &&
            (!ask("state") ||
              r.state === ask("state") ||
              (ask("state") === "failures" && ["failed", "unknown"].includes(r.state))) &&
            (!ask("since") || r.createdAt >= ask("since")) &&
            (!ask("until") || r.createdAt < ask("until")) &&
            r.flowName.toLowerCase().includes(ask("q").toLowerCase()),
        );
      return json(response, 200, { items: items.slice(0, Number(ask("limit") || 50)).map(rowOf), next: "" });
    },
  ],
  [
    "GET",
    /^\/runs\/([^/]+)$/,
    (c) => {
      const run = c.player.runs.get(c.args[0]);
      return run
        ? json(c.response, 200, detailOf(run))
        : problem(c.response, 404, "Not found", "There is no such run.");
    },
  ],
  [
    "GET",
    /^\/runs\/([^/]+)\/flow$/,
    (c) => json(c.response, 200, { version: 0, digest: "", flow: c.player.runs.get(c.args[0]).document }),
  ],
  [
    "GET",
    /^\/runs\/([^/]+)\/steps\/([^/]+)$/,
    (c) => {
      const run = c.player.runs.get(c.args[0]);
      const step = run?.steps[c.args[1]];
      if (step === undefined) return problem(c.response, 404, "Not found", "There is no such step.");
      const input = { raw: run.input?.raw ?? "", text: "Dear customer, your account has been limited." };
      const logs = [
        { level: "info", at: step.startedAt, message: "read 1 part" },
        { level: "warn", at: step.startedAt, message: "no charset named, UTF-8 taken" },
        {
          level: "call",
          at: step.startedAt,
          message: "GET https://api.urlscan.example/v1/scan 200 in 84 ms",
        },
      ];
      return json(c.response, 200, { key: c.args[1], ...step, input, logs });
    },
  ],
  [
    "POST",
    /^\/runs\/([^/]+)\/cancel$/,
    (c) => {
      c.player.runs.get(c.args[0]).canceled = true;
      return json(c.response, 202, {});
    },
  ],
  [
    "GET",
    /^\/import$/,
    ({ state, response }) => {
      const items = [...state.plans]
        .filter(([, p]) => p.before !== undefined)
        .map(([id, p]) => ({ id, at: p.at, by: "admin", state: p.state, flows: p.flows }));
      return json(response, 200, { items: items.reverse(), next: "" });
    },
  ],
  ["POST", /^\/import\/plans$/, plan],
  ["POST", /^\/import\/plans\/([^/]+)\/apply$/, apply],
  [
    "POST",
    /^\/import\/([^/]+)\/rollback$/,
    (c) => {
      const imported = c.state.plans.get(c.args[0]);
      c.state.flows = imported.before;
      imported.state = "rolledback";
      return json(c.response, 200, {});
    },
  ],
  [
    "GET",
    /^\/export$/,
    (c) => {
      const f = c.state.flows.get(c.url.searchParams.get("flows"));
      return json(c.response, 200, f?.flow ?? {}, {
        "Content-Disposition": 'attachment; filename="flow.flow.json"',
      });
    },
  ],
];

if (process.argv[1] === import.meta.filename) {
  const fake = await startFake({
    port: Number(process.env.PORT ?? 8089),
    empty: process.argv.includes("--empty"),
  });
  console.log(`fake server at ${fake.address}`);
}
