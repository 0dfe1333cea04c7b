/** What the tests of these pages are answered with. */

export const SCAN = {
  id: "urlscan",
  version: "2.1.0",
  digest: "sha256:ab12",
  bundled: false,
  standing: "asks",
  credentialTypes: ["urlscan.apiKey"],
  name: "URL scan",
  description: "Looks at web pages.",
  icon: "scan-search",
  publisher: "Example Labs",
  license: "MIT",
  actions: [
    {
      id: "scan",
      name: "Scan a URL",
      description: "Opens an address.",
      effect: "write",
      idempotent: false,
      input: {
        type: "object",
        required: ["url"],
        properties: {
          url: { type: "string", description: "Which." },
          headers: { type: "object", additionalProperties: { type: "string" } },
        },
      },
      output: { type: "object", properties: {} },
      examples: [{ name: "One", input: { url: "https://a.example" } }],
    },
  ],
};
const MAIL = {
  ...SCAN,
  id: "email",
  version: "1.0.0",
  name: "Mail",
  bundled: true,
  standing: "bundled",
  actions: [],
};
const SEND = { sentence: "can send requests at api.example", reason: "To scan.", risk: "usual" };
export const STREAM = {
  sentence: "can open a stream to feeds.example:6514",
  reason: "To read a feed.",
  risk: "high",
};
export const POWERS = {
  consented: false,
  standing: "asks",
  revision: 4,
  asked: [SEND, STREAM],
  fresh: [SEND, STREAM],
  grant: {},
};
export const CONSENTED = { ...POWERS, consented: true, standing: "consented", fresh: [] };
export const HEALTH = {
  state: "stopped",
  since: "2026-01-05T08:00:00Z",
  inFlight: 0,
  calls: 0,
  failed: 0,
  errors: [],
  measured: 0,
  medianMs: 0,
  p95Ms: 0,
  lastError: null,
  process: { alive: false, shared: false, started: 0, crashed: 0, lastCrash: null },
};
export const PAGE = "/connectors/urlscan?version=2.1.0";
export const VERSION = "/connectors/urlscan/versions/2.1.0";
export const GRANTS = `${VERSION}/grants`;

export const routes = (powers: object = POWERS, more = {}) => ({
  "GET /connectors": { items: [MAIL, SCAN] },
  "GET /connectors/urlscan/versions/2.1.0": SCAN,
  [`GET ${GRANTS}`]: powers,
  [`GET ${VERSION}/health`]: HEALTH,
  [`GET ${VERSION}/logs`]: { items: [] },
  [`GET ${VERSION}/flows`]: { items: [] },
  ...more,
});
