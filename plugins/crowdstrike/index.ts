import { action, badInput, type Context, connector, fail, rateLimited, s } from "drawbridge";
import { type Ask, fieldOf, listOf, type Outside, object, send, sound } from "../api.ts";

/** Asks and gives the resources. Limits end at a time of their own header. */
function ask(ctx: Context, path: string, rest?: Ask): Outside[] {
  const answer = send(ctx, `https://${fieldOf(ctx, "host")}${path}`, rest);
  const until = Number(answer.headers["x-ratelimit-retryafter"]);
  if (answer.status === 429 && answer.headers["retry-after"] === undefined && until > 0) {
    throw rateLimited(Math.max(1, until - ctx.now().getTime() / 1000), "CrowdStrike asks for fewer requests");
  }
  const found = object(sound(answer));
  const error = listOf<Outside>(found.errors)[0];
  if (error !== undefined)
    throw fail(
      error.code === 404 ? "not_found" : "crowdstrike_refused",
      `CrowdStrike answered: ${error.message}`,
    );
  if (found.meta === undefined) throw fail("bad_answer", "CrowdStrike answered without meta");
  return listOf<Outside>(found.resources);
}

/** A text in FQL, in which quotes are escaped by a backslash. */
const quoted = (text: string) => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

const id = s.string({
  title: "Host",
  description: "Its id (AID), as hosts gives it.",
  pattern: "^[0-9a-fA-F]{32}$",
});

const shown = {
  id: s.string(),
  name: s.string(),
  ip: s.string("Its own."),
  externalIP: s.string("What it is seen by."),
  os: s.string(),
  domain: s.string(),
  status: s.string("normal, contained, containment_pending or lift_containment_pending."),
  seen: s.string({ format: "date-time" }),
  user: s.string("Who logged in last."),
  tags: s.list(s.string()),
};

function hostsOf(ctx: Context, ids: string[]) {
  if (ids.length === 0) return [];
  return ask(ctx, "/devices/entities/devices/v2", { method: "POST", json: { ids } }).map((d) => ({
    id: String(d.device_id),
    name: d.hostname ?? "",
    ip: d.local_ip ?? "",
    externalIP: d.external_ip ?? "",
    os: d.os_version ?? d.platform_name ?? "",
    domain: d.machine_domain ?? "",
    status: d.status ?? "",
    seen: d.last_seen ?? "",
    user: d.last_login_user ?? "",
    tags: listOf<string>(d.tags),
  }));
}

/** Contains a host or lets it go, unless it is so already. */
function contain(ctx: Context, host: string, way: "contain" | "lift_containment") {
  const before = hostsOf(ctx, [host])[0];
  if (before === undefined) throw fail("not_found", `there is no host ${host}`);
  const contained = before.status === "contained" || before.status === "containment_pending";
  if (contained === (way === "contain")) return { status: before.status, changed: false, name: before.name };
  ask(ctx, "/devices/entities/devices-actions/v2", {
    method: "POST",
    query: { action_name: way },
    json: { ids: [host] },
  });
  return {
    status: way === "contain" ? "containment_pending" : "lift_containment_pending",
    changed: true,
    name: before.name,
  };
}

const changed = s.object({
  status: s.string("As it is now; it follows within a minute if the host is online."),
  changed: s.boolean("False where it was so already."),
  name: s.string(),
});

export default connector({
  id: "crowdstrike",
  version: "1.0.0",
  name: "CrowdStrike Falcon",
  description: "Finds hosts and alerts in CrowdStrike Falcon, and isolates hosts from the network.",
  category: "Endpoint",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 5c6 0 9 3 11 6 2 2 4 3 7 3-2 1-4 1-6 0 1 2 1 4 0 6-1-5-4-8-12-15z'/></svg>",
  credentials: [
    {
      type: "crowdstrike.client",
      apply: "oauth2ClientCredentials",
      value: "https://{host}/oauth2/token",
      fields: s.object({
        host: s.string({
          title: "Host",
          description: "Of the API of your cloud.",
          minLength: 1,
          examples: ["api.eu-1.crowdstrike.com"],
        }),
        clientId: s.string({ title: "Client ID", minLength: 1 }),
        clientSecret: s.string({ title: "Client secret", minLength: 1, format: "password" }),
        // CrowdStrike reads the client from the body alone.
        clientAuth: s.enum(["body"], { title: "Client shown in" }),
      }),
    },
  ],
  capabilities: {
    http: [
      { host: "{host}", methods: ["GET", "POST"], reason: "To find hosts and alerts, and to isolate hosts." },
    ],
  },
  actions: {
    hosts: action({
      name: "Find hosts",
      description: "Finds hosts by name, address or a filter.",
      effect: "read",
      idempotent: true,
      input: s.object({
        name: s.optional(s.string({ title: "Name", minLength: 1, examples: ["NB-017"] })),
        ip: s.optional(
          s.string({ title: "IP address", description: "Its own.", minLength: 2, examples: ["10.1.2.17"] }),
        ),
        filter: s.optional(
          s.string({
            title: "Filter",
            description: "In Falcon's query language, besides.",
            minLength: 1,
            examples: ["platform_name:'Windows'"],
          }),
        ),
        limit: s.integer({
          title: "Limit",
          description: "At most so many.",
          default: 20,
          minimum: 1,
          maximum: 500,
        }),
      }),
      output: s.object({ hosts: s.list(s.object(shown)) }),
      examples: [
        {
          name: "by name",
          input: { name: "NB-017" },
          output: { hosts: [{ id: "0123456789abcdef0123456789abcdef", ip: "10.1.2.17", status: "normal" }] },
        },
        { name: "unknown", input: { name: "O'Neil" }, output: { hosts: [] } },
        { name: "nothing to look for", input: {}, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const parts = [];
        if (input.name) parts.push(`hostname:${quoted(input.name)}`);
        if (input.ip) parts.push(`local_ip:${quoted(input.ip)}`);
        if (input.filter) parts.push(input.filter);
        if (parts.length === 0) throw badInput("", "give a name, an address or a filter");
        const query = { filter: parts.join("+"), limit: input.limit, sort: "last_seen.desc" };
        return { hosts: hostsOf(ctx, ask(ctx, "/devices/queries/devices/v1", { query })) };
      },
    }),
    isolate: action({
      name: "Isolate a host",
      description: "Cuts a host off the network but for CrowdStrike itself.",
      effect: "destructive",
      idempotent: true,
      inverse: "release",
      input: s.object({ host: id }),
      output: changed,
      examples: [
        {
          name: "a laptop",
          input: { host: "0123456789abcdef0123456789abcdef" },
          output: { status: "containment_pending", changed: true, name: "NB-017" },
        },
        {
          name: "one that is isolated",
          input: { host: "fedcba9876543210fedcba9876543210" },
          output: { status: "contained", changed: false },
        },
        { name: "none", input: { host: "00000000000000000000000000000000" }, error: { code: "not_found" } },
      ],
      run: (input, ctx) => contain(ctx, input.host, "contain"),
    }),
    release: action({
      name: "Release a host",
      description: "Lets an isolated host back onto the network.",
      effect: "write",
      idempotent: true,
      inverse: "isolate",
      input: s.object({ host: id }),
      output: changed,
      examples: [
        {
          name: "one that is isolated",
          input: { host: "fedcba9876543210fedcba9876543210" },
          output: { status: "lift_containment_pending", changed: true },
        },
        {
          name: "one that isn't",
          input: { host: "0123456789abcdef0123456789abcdef" },
          output: { status: "normal", changed: false },
        },
      ],
      run: (input, ctx) => contain(ctx, input.host, "lift_containment"),
    }),
    alerts: action({
      name: "Recent alerts",
      description: "Reads alerts, the newest first.",
      effect: "read",
      idempotent: true,
      input: s.object({
        since: s.string({
          title: "Since",
          description: "A time, or one such as now-24h.",
          default: "now-24h",
          minLength: 1,
          pattern: "^[0-9A-Za-z:.+-]+$",
        }),
        severity: s.integer({
          title: "Severity",
          description: "From this on, of 0 to 100.",
          default: 0,
          minimum: 0,
          maximum: 100,
        }),
        host: s.optional(id),
        limit: s.integer({
          title: "Limit",
          description: "At most so many.",
          default: 50,
          minimum: 1,
          maximum: 1000,
        }),
      }),
      output: s.object({
        alerts: s.list(
          s.object({
            id: s.string(),
            name: s.string(),
            description: s.string(),
            severity: s.integer("From 0 to 100."),
            status: s.string(),
            at: s.string({ format: "date-time" }),
            tactic: s.string(),
            technique: s.string("Of MITRE ATT&CK, its id where it is known."),
            host: s.string("Its id."),
            hostname: s.string(),
            user: s.string(),
            command: s.string(),
            sha256: s.string(),
            link: s.string("The page for people."),
          }),
        ),
      }),
      examples: [
        {
          name: "of a day",
          input: {},
          output: {
            alerts: [
              {
                name: "SuspiciousScript",
                severity: 70,
                technique: "T1059.001",
                host: "0123456789abcdef0123456789abcdef",
                hostname: "NB-017",
              },
            ],
          },
        },
      ],
      run(input, ctx) {
        const parts = [`created_timestamp:>${quoted(input.since)}`];
        if (input.severity > 0) parts.push(`severity:>=${input.severity}`);
        if (input.host) parts.push(`device.device_id:${quoted(input.host)}`);
        const query = { filter: parts.join("+"), limit: input.limit, sort: "created_timestamp|desc" };
        const ids = ask(ctx, "/alerts/queries/alerts/v2", { query });
        const found =
          ids.length === 0
            ? []
            : ask(ctx, "/alerts/entities/alerts/v2", { method: "POST", json: { composite_ids: ids } });
        return {
          alerts: found.map((a) => ({
            id: String(a.composite_id),
            name: a.display_name ?? a.name ?? "",
            description: a.description ?? "",
            severity: Math.round(Number(a.severity ?? 0)),
            status: a.status ?? "",
            at: a.created_timestamp ?? "",
            tactic: a.tactic ?? "",
            technique: a.technique_id ?? a.technique ?? "",
            host: a.device?.device_id ?? "",
            hostname: a.device?.hostname ?? "",
            user: a.user_name ?? "",
            command: a.cmdline ?? "",
            sha256: a.sha256 ?? "",
            link: a.falcon_host_link ?? "",
          })),
        };
      },
    }),
  },
});
