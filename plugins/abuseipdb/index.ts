import { action, connector, s } from "drawbridge";
import { json, keyFields, listOf } from "../api.ts";

const root = "https://api.abuseipdb.com/api/v2";

/** The numbers of the categories, from https://www.abuseipdb.com/categories. */
const categories = {
  dns_compromise: 1,
  dns_poisoning: 2,
  fraud_orders: 3,
  ddos_attack: 4,
  ftp_brute_force: 5,
  ping_of_death: 6,
  phishing: 7,
  fraud_voip: 8,
  open_proxy: 9,
  web_spam: 10,
  email_spam: 11,
  blog_spam: 12,
  vpn_ip: 13,
  port_scan: 14,
  hacking: 15,
  sql_injection: 16,
  spoofing: 17,
  brute_force: 18,
  bad_web_bot: 19,
  exploited_host: 20,
  web_app_attack: 21,
  ssh: 22,
  iot_targeted: 23,
} as const;
const names = Object.keys(categories) as (keyof typeof categories)[];

const ip = s.string({
  title: "IP address",
  description: "IPv4 or IPv6.",
  minLength: 2,
  maxLength: 45,
  examples: ["198.51.100.7"],
});

export default connector({
  id: "abuseipdb",
  version: "1.0.0",
  name: "AbuseIPDB",
  description: "Says how often an IP address was reported for abuse, and reports one.",
  category: "Intelligence",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 21V4h13l-2 4 2 4H4'/><circle cx='18' cy='18' r='3'/></svg>",
  credentials: [{ type: "abuseipdb.key", apply: "header", name: "Key", value: "{key}", fields: keyFields() }],
  capabilities: {
    http: [
      {
        host: "api.abuseipdb.com",
        methods: ["GET", "POST"],
        reason: "To look addresses up, and to report them.",
      },
    ],
  },
  actions: {
    check: action({
      name: "Check an address",
      description: "Says how an address is judged by what was reported of it.",
      effect: "read",
      idempotent: true,
      input: s.object({
        ip,
        days: s.integer({
          title: "Days",
          description: "Reports of so many days count.",
          default: 90,
          minimum: 1,
          maximum: 365,
        }),
      }),
      output: s.object({
        ip: s.string(),
        score: s.integer("Confidence that it is abusive, from 0 to 100."),
        reports: s.integer("How many reports there are."),
        reporters: s.integer("By how many different accounts."),
        last: s.optional(s.string({ format: "date-time", description: "When it was last reported." })),
        public: s.boolean("Whether it is in a public network."),
        listed: s.boolean("Whether it is on the list of those that are known to be harmless."),
        country: s.string("Two letters; empty if unknown."),
        usage: s.string("What it is used for, such as a data center."),
        isp: s.string(),
        domain: s.string(),
        hostnames: s.list(s.string()),
        tor: s.boolean("Whether it is an exit of Tor."),
      }),
      examples: [
        {
          name: "an address that many reported",
          input: { ip: "198.51.100.7", days: 30 },
          output: { score: 100, reports: 241, reporters: 88, tor: true, last: "2025-01-02T09:15:00.000Z" },
        },
        {
          name: "a clean one",
          input: { ip: "203.0.113.9" },
          output: { score: 0, reports: 0, country: "US", listed: false },
        },
        { name: "no address", input: { ip: "evil.example" }, error: { code: "http_422" } },
      ],
      run(input, ctx) {
        const { data } = json(ctx, `${root}/check`, {
          query: { ipAddress: input.ip.trim(), maxAgeInDays: input.days },
        });
        return {
          ip: String(data.ipAddress),
          score: Number(data.abuseConfidenceScore),
          reports: Number(data.totalReports),
          reporters: Number(data.numDistinctUsers ?? 0),
          ...(data.lastReportedAt ? { last: new Date(data.lastReportedAt).toISOString() } : {}),
          public: data.isPublic === true,
          listed: data.isWhitelisted === true,
          country: data.countryCode ?? "",
          usage: data.usageType ?? "",
          isp: data.isp ?? "",
          domain: data.domain ?? "",
          hostnames: listOf<string>(data.hostnames),
          tor: data.isTor === true,
        };
      },
    }),
    report: action({
      name: "Report an address",
      description:
        "Reports an address for abuse, for all who use AbuseIPDB. A report can't be undone from here.",
      effect: "write",
      input: s.object({
        ip,
        categories: s.list(s.enum(names), {
          title: "Categories",
          description: "What it did.",
          minItems: 1,
          maxItems: 10,
        }),
        comment: s.optional(
          s.string({
            title: "Comment",
            description: "What was seen. It is public: leave out names and hosts of your own.",
            maxLength: 1024,
          }),
        ),
      }),
      output: s.object({
        ip: s.string(),
        score: s.integer("Confidence that it is abusive, from 0 to 100, after the report."),
      }),
      examples: [
        {
          name: "attempts to log in",
          input: { ip: "198.51.100.7", categories: ["brute_force", "ssh"], comment: "SSH logins as root." },
          output: { ip: "198.51.100.7", score: 52 },
        },
      ],
      run(input, ctx) {
        const { data } = json(ctx, `${root}/report`, {
          method: "POST",
          form: {
            ip: input.ip.trim(),
            categories: input.categories.map((c) => categories[c]).join(","),
            comment: input.comment,
          },
        });
        return { ip: String(data.ipAddress), score: Number(data.abuseConfidenceScore) };
      },
    }),
  },
});
