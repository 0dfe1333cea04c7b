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
  return [...state.flows.values()].filter((f) => f.flow.connectors?.[id] === version).map((f) => f.flow.name);
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
      (c) => json(c.response, 200, { items: c.state.connectors.map((k) => k.connector), next: "" }),
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
          connectors: [{ id: "fresh", version: "0.1.0", powers: made.powers }],
        });
      },
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)$/,
      (c) => (find(c) ? json(c.response, 200, find(c).connector) : missing(c)),
    ],
    [
      "DELETE",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)$/,
      (c) => {
        const found = find(c);
        if (!found) return missing(c);
        const users = flowsWith(c.state, found.connector);
        if (users.length > 0)
          return problem(c.response, 409, "Conflict", `the connector is in use: ${users.join(", ")}`);
        c.state.connectors = c.state.connectors.filter((k) => k !== found);
        return json(c.response, 204);
      },
    ],
    [
      "GET",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/grants$/,
      (c) => (find(c) ? json(c.response, 200, find(c).powers) : missing(c)),
    ],
    [
      "PUT",
      /^\/connectors\/([^/]+)\/versions\/([^/]+)\/grants$/,
      (c) => {
        const found = find(c);
        if (!found) return missing(c);
        const { asked } = found.powers;
        const consented = found.connector.bundled || c.body.consent;
        found.powers = { consented, asked, fresh: consented ? [] : asked, grant: c.body.grant };
        return json(c.response, 200, found.powers);
      },
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
