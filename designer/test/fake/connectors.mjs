import { randomUUID } from "node:crypto";

/** Connectors and credentials as the fake server keeps them: one of each state that a page shows. */

const want = (sentence, reason = "", risk = "usual") => ({ sentence, reason, risk });

const SEND = want("can send requests at api.urlscan.example", "To submit addresses and read what was found.");
const STREAM = want("can open a stream to feeds.example:6514", "To read the feed as it comes.", "high");
const KEEP = want("can keep small values between its calls");

function connector(id, version, name, icon, description, bundled, actions) {
  return {
    id,
    version,
    digest: `sha256:${id.padEnd(64, "0")}`,
    bundled,
    name,
    description,
    icon,
    publisher: bundled ? "Drawbridge" : "Example Labs",
    license: "Apache-2.0",
    capabilities: {},
    credentialTypes: id === "urlscan" ? ["urlscan.apiKey"] : [],
    actions,
  };
}

const SCAN = {
  id: "scan",
  name: "Scan a URL",
  description: "Opens an address in a browser and tells what it saw.",
  effect: "write",
  idempotent: false,
  timeout: "90s",
  input: {
    type: "object",
    required: ["url"],
    properties: {
      url: { type: "string", title: "URL", description: "With its scheme." },
      visibility: { type: "string", enum: ["public", "private"], description: "Who may see the result." },
    },
  },
  output: { type: "object", properties: { verdict: { type: "string", description: "What it thinks." } } },
  examples: [{ name: "A login page", input: { url: "https://a.example" }, output: { verdict: "malicious" } }],
};

/** In one word why a connector may run, or not. */
function standingOf({ connector: c, powers: p }) {
  if (c.bundled) return "bundled";
  if (p.consented) return "consented";
  return p.fresh.length < p.asked.length ? "more" : "asks";
}

const shown = (k) => ({ ...k.connector, standing: standingOf(k) });
const powersOf = (k) => ({ revision: 0, ...k.powers, standing: standingOf(k) });

const RUN = { action: "scan", run: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f1001", step: "look" };
const minutesAgo = (n) => new Date(Date.now() - n * 60_000).toISOString();

/** One that is called much and fails at times, and one that nobody called. */
function healthOf({ connector: c, powers: p }) {
  const quiet = {
    state: c.bundled || p.consented ? "stopped" : "refused",
    since: minutesAgo(190),
    inFlight: 0,
    calls: 0,
    failed: 0,
    errors: [],
    measured: 0,
    medianMs: 0,
    p95Ms: 0,
    lastError: null,
    process: { alive: false, shared: c.bundled, started: 0, crashed: 0, lastCrash: null },
  };
  if (c.version !== "2.0.0") return quiet;
  return {
    ...quiet,
    state: "running",
    inFlight: 2,
    calls: 1284,
    failed: 31,
    errors: [
      { code: "rate_limited", count: 24 },
      { code: "timeout", count: 7 },
    ],
    measured: 200,
    medianMs: 212.4,
    p95Ms: 1840,
    lastError: { at: minutesAgo(3), code: "rate_limited", message: "too many requests: wait 30 s", ...RUN },
    process: {
      alive: true,
      shared: false,
      started: 2,
      crashed: 1,
      lastCrash: { at: minutesAgo(41), reason: "signal: killed" },
    },
  };
}

function logOf({ connector: c }) {
  if (c.version !== "2.0.0") return [];
  return Array.from({ length: 40 }, (_, i) => ({
    ...(i % 7 === 3 ? { action: "scan" } : RUN),
    at: minutesAgo(i + 1),
    level: ["call", "info", "failed", "warn"][i % 4],
    message: [
      "POST https://api.urlscan.example/v1/scan -> 200, 412 bytes, 180ms",
      "the scan was accepted",
      "rate_limited: too many requests: wait 30 s",
      "the answer took long",
    ][i % 4],
  }));
}

/** What a tried action answers: one address of the example fails. */
function tried(body) {
  const error = String(body.input?.url ?? "").includes("fail")
    ? {
        code: "rate_limited",
        message: "too many requests: wait 30 s",
        retryable: true,
        details: { after: "30s" },
      }
    : null;
  return {
    output: error ? null : { verdict: "malicious", score: 92, brands: ["Contoso"] },
    error,
    logs: [{ level: "info", at: new Date().toISOString(), message: "the scan was accepted" }],
    calls: [
      {
        function: "http",
        method: "POST",
        address: "https://api.urlscan.example/v1/scan?…",
        host: "api.urlscan.example",
        status: error ? 429 : 200,
        outcome: error ? "429, 20 bytes" : "200, 412 bytes",
        tookMs: 181,
      },
    ],
    tookMs: 196,
  };
}

export function seedConnectors() {
  const powers = (consented, asked, fresh = consented ? [] : asked, grant = {}) => ({
    consented,
    asked,
    fresh,
    grant,
  });
  return [
    {
      connector: connector(
        "email",
        "1.0.0",
        "Mail",
        "mail-open",
        "Reads mails with all their parts.",
        true,
        [],
      ),
      powers: powers(true, []),
    },
    {
      connector: connector("urlscan", "2.1.0", "URL scan", "scan-search", "Looks at web pages.", false, [
        SCAN,
      ]),
      powers: powers(false, [SEND, STREAM, KEEP], [STREAM]),
    },
    {
      connector: connector("urlscan", "2.0.0", "URL scan", "scan-search", "Looks at web pages.", false, [
        SCAN,
      ]),
      powers: powers(true, [SEND, KEEP], [], { networks: [{ cidr: "10.20.0.0/16", ports: [443] }] }),
    },
    {
      connector: connector("demo", "1.0.0", "Demo", "plug", "Asks for a host.", false, []),
      powers: powers(false, [SEND]),
    },
  ];
}

export const CREDENTIAL_TYPES = [
  {
    type: "urlscan.apiKey",
    connector: "urlscan",
    apply: "header",
    secret: ["key"],
    fields: {
      type: "object",
      required: ["key"],
      properties: {
        team: { type: "string", title: "Team", description: "As on the service's own page." },
        key: { type: "string", title: "API key", writeOnly: true },
      },
    },
  },
  {
    type: "msgraph.basic",
    connector: "msgraph",
    apply: "basic",
    secret: ["password"],
    fields: {
      type: "object",
      required: ["username", "password"],
      properties: {
        username: { type: "string", title: "User" },
        password: { type: "string", title: "Password" },
      },
    },
  },
];

export function seedCredentials() {
  return [
    {
      id: "c1",
      name: "Scanner of the SOC",
      type: "urlscan.apiKey",
      hosts: ["api.urlscan.example"],
      fields: { team: "soc" },
      secrets: ["key"],
      revision: 1,
      bound: true,
      createdAt: "2026-01-05T08:00:00Z",
      updatedAt: "2026-01-05T08:00:00Z",
      updatedBy: "admin",
    },
  ];
}

const find = (c) =>
  c.state.connectors.find((k) => k.connector.id === c.args[0] && k.connector.version === c.args[1]);

/** The flows whose document names a connector of this version. */
function flowsWith(state, { id, version }) {
  return [...state.flows.values()]
    .filter((f) => f.flow.connectors?.[id] === version)
    .map((f) => ({ id: f.flow.id, name: f.flow.name, draft: true, live: false, versions: [], runs: 0 }));
}

function stored(body, old) {
  const secret = CREDENTIAL_TYPES.find((t) => t.type === body.type).secret;
  const now = new Date().toISOString();
  const given = Object.keys(body.fields).filter((f) => secret.includes(f));
  return {
    id: old?.id ?? randomUUID(),
    name: body.name,
    type: body.type,
    hosts: body.hosts,
    fields: Object.fromEntries(Object.entries(body.fields).filter(([f]) => !secret.includes(f))),
    secrets: [...new Set([...(old?.secrets ?? []), ...given])],
    revision: (old?.revision ?? 0) + 1,
    bound: old?.bound ?? false,
    createdAt: old?.createdAt ?? now,
    updatedAt: now,
    updatedBy: "admin",
  };
}

/** The routes, with the two ways of answering that the server brings. */
export function connectorRoutes(json, problem) {
  const missing = (c) => problem(c.response, 404, "Not found", "There is no such connector.");
  return [
    [
      "GET",
      /^\/connectors$/,
      (c) => json(c.response, 200, { items: c.state.connectors.map(shown), next: "" }),
    ],
    [
      "POST",
      /^\/connectors$/,
      (c) => {
        if (c.bytes.subarray(0, 4).toString("latin1") !== "\0asm")
          return problem(
            c.response,
            422,
            "Unprocessable Entity",
            "the file can't be installed: see the list",
            {
              problems: [
                {
                  code: "connector.refused",
                  severity: "error",
                  pointer: "",
                  message: "it is no WebAssembly module",
                },
                {
                  code: "connector.refused",
                  severity: "error",
                  pointer: "",
                  message: "it carries no manifest",
                },
              ],
            },
          );
        const made = {
          connector: connector("fresh", "0.1.0", "Fresh", "blocks", "Just installed.", false, [SCAN]),
          powers: { consented: false, asked: [SEND], fresh: [SEND], grant: {} },
        };
        c.state.connectors.push(made);
        return json(c.response, 201, {
          digest: made.connector.digest,
          connectors: [{ id: "fresh", version: "0.1.0", powers: powersOf(made) }],
        });
      },
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)$/,
      (c) => (find(c) ? json(c.response, 200, shown(find(c))) : missing(c)),
    ],
    [
      "DELETE",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)$/,
      (c) => {
        const found = find(c);
        if (!found) return missing(c);
        const users = flowsWith(c.state, found.connector);
        if (users.length > 0)
          return problem(
            c.response,
            409,
            "Conflict",
            `the connector is in use: ${users.map((u) => u.name).join(", ")}`,
            { usedBy: users },
          );
        c.state.connectors = c.state.connectors.filter((k) => k !== found);
        return json(c.response, 204);
      },
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/grants$/,
      (c) => (find(c) ? json(c.response, 200, powersOf(find(c))) : missing(c)),
    ],
    [
      "PUT",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/grants$/,
      (c) => {
        const found = find(c);
        if (!found) return missing(c);
        const { asked } = found.powers;
        const consented = found.connector.bundled || c.body.consent;
        const revision = (found.powers.revision ?? 0) + 1;
        found.powers = { consented, asked, fresh: consented ? [] : asked, grant: c.body.grant, revision };
        return json(c.response, 200, powersOf(found));
      },
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/health$/,
      (c) => (find(c) ? json(c.response, 200, healthOf(find(c))) : missing(c)),
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/logs$/,
      (c) => (find(c) ? json(c.response, 200, { items: logOf(find(c)) }) : missing(c)),
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/flows$/,
      (c) => (find(c) ? json(c.response, 200, { items: flowsWith(c.state, find(c).connector) }) : missing(c)),
    ],
    [
      "POST",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/actions\/([^/]+)\/run$/,
      (c) => (find(c) ? json(c.response, 200, tried(c.body)) : missing(c)),
    ],
    ["GET", /^\/credential-types$/, (c) => json(c.response, 200, { items: CREDENTIAL_TYPES, next: "" })],
    ["GET", /^\/credentials$/, (c) => json(c.response, 200, { items: c.state.credentials, next: "" })],
    [
      "POST",
      /^\/credentials$/,
      (c) => {
        const made = stored(c.body);
        c.state.credentials.push(made);
        return json(c.response, 201, made);
      },
    ],
    [
      "PUT",
      /^\/credentials\/([^/]+)$/,
      (c) => {
        const at = c.state.credentials.findIndex((k) => k.id === c.args[0]);
        c.state.credentials[at] = stored(c.body, c.state.credentials[at]);
        return json(c.response, 200, c.state.credentials[at]);
      },
    ],
    [
      "DELETE",
      /^\/credentials\/([^/]+)$/,
      (c) => {
        const users = [...c.state.flows.values()].filter((f) =>
          Object.values(f.bindings ?? {}).includes(c.args[0]),
        );
        if (users.length > 0)
          return problem(
            c.response,
            409,
            "Conflict",
            `the credential is in use: bind these flows to another first: ${users.map((f) => f.flow.name).join(", ")}`,
          );
        c.state.credentials = c.state.credentials.filter((k) => k.id !== c.args[0]);
        return json(c.response, 204);
      },
    ],
    [
      "GET",
      /^\/flows\/([^/]+)\/credentials$/,
      (c) => json(c.response, 200, { bindings: c.state.flows.get(c.args[0])?.bindings ?? {} }),
    ],
    [
      "PUT",
      /^\/flows\/([^/]+)\/credentials$/,
      (c) => {
        c.state.flows.get(c.args[0]).bindings = c.body.bindings;
        return json(c.response, 200, { bindings: c.body.bindings });
      },
    ],
  ];
}
