import { ActionError, action, badInput, type Context, connector, s } from "drawbridge";
import { json, listOf, type Outside, object, send, sound } from "../api.ts";

const root = "https://cloud.tenable.com";
const severities = ["info", "low", "medium", "high", "critical"] as const;
const severityOf = (level: unknown) => severities[Number(level)] ?? "info";

/** How many kinds of vulnerabilities are asked of for their CVEs, in a request each. */
const mostAsked = 50;

/** The CVEs that a plugin of Tenable looks for. */
function cvesOf(ctx: Context, plugin: number): string[] {
  const answer = send(ctx, `${root}/plugins/plugin/${plugin}`);
  if (answer.status === 404) return []; // one that was withdrawn
  return listOf<Outside>(object(sound(answer)).attributes)
    .filter((a) => a.attribute_name === "cve")
    .map((a) => String(a.attribute_value));
}

const scan = s.integer({ title: "Scan", description: "Its number.", minimum: 1, examples: [12] });

export default connector({
  id: "tenable",
  version: "1.1.0",
  name: "Tenable",
  description: "Says how vulnerable an asset is by Tenable Vulnerability Management, and launches scans.",
  category: "Assets",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='m12 3 8 4.5v9L12 21l-8-4.5v-9z'/><path d='M12 8v8M8 10v4M16 10v4'/></svg>",
  credentials: [
    {
      type: "tenable.keys",
      apply: "header",
      name: "X-ApiKeys",
      value: "accessKey={accessKey};secretKey={secretKey}",
      fields: s.object({
        accessKey: s.string({ title: "Access key", minLength: 1, format: "password" }),
        secretKey: s.string({ title: "Secret key", minLength: 1, format: "password" }),
      }),
    },
  ],
  capabilities: {
    http: [
      {
        host: "cloud.tenable.com",
        methods: ["GET", "POST"],
        reason: "To read what was found, and to launch scans.",
      },
    ],
  },
  actions: {
    assets: action({
      name: "Find assets",
      description: "Finds assets by an address or a name, with how many vulnerabilities they have.",
      effect: "read",
      idempotent: true,
      input: s.object({
        ip: s.optional(s.string({ title: "IP address", minLength: 2, examples: ["10.1.2.17"] })),
        fqdn: s.optional(
          s.string({
            title: "Name",
            description: "In DNS.",
            minLength: 1,
            examples: ["nb-017.corp.example"],
          }),
        ),
        netbios: s.optional(s.string({ title: "NetBIOS name", minLength: 1 })),
        days: s.integer({
          title: "Days",
          description: "Seen within so many days.",
          default: 90,
          minimum: 1,
          maximum: 3650,
        }),
      }),
      output: s.object({
        assets: s.list(
          s.object({
            id: s.string("For vulnerabilities."),
            ips: s.list(s.string()),
            names: s.list(s.string()),
            os: s.string("Empty if unknown."),
            agent: s.boolean("Has an agent."),
            seen: s.string({ format: "date-time" }),
            counts: s.object({
              critical: s.integer(),
              high: s.integer(),
              medium: s.integer(),
              low: s.integer(),
              info: s.integer(),
            }),
            exposure: s.integer("From 0 to 1000; 0 if unknown."),
          }),
        ),
        total: s.integer(),
      }),
      examples: [
        {
          name: "by an address",
          input: { ip: "10.1.2.17" },
          output: {
            total: 1,
            assets: [
              {
                id: "116af8c3-969d-4621-9f9f-364eeb58e3a7",
                counts: { critical: 3, high: 5, low: 0 },
                exposure: 512,
              },
            ],
          },
        },
        { name: "unknown", input: { fqdn: "other.example" }, output: { total: 0, assets: [] } },
        { name: "nothing to look for", input: {}, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const given = Object.entries({
          ipv4: input.ip,
          fqdn: input.fqdn,
          netbios_name: input.netbios,
        }).filter(([, v]) => v !== undefined);
        const [first] = given;
        if (first === undefined || given.length > 1) throw badInput("", "give one of ip, fqdn and netbios");
        const found = json(ctx, `${root}/workbenches/assets`, {
          query: {
            date_range: input.days,
            "filter.0.filter": first[0],
            "filter.0.quality": first[0] === "ipv4" ? "eq" : "match",
            "filter.0.value": first[1],
          },
        });
        const assets = listOf<Outside>(found.assets).map((a) => {
          const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
          for (const x of listOf<Outside>(a.severities)) counts[severityOf(x.level)] = Number(x.count ?? 0);
          return {
            id: String(a.id),
            ips: [...listOf<string>(a.ipv4), ...listOf<string>(a.ipv6)],
            names: [...new Set([...listOf<string>(a.fqdn), ...listOf<string>(a.netbios_name)])],
            os: listOf<string>(a.operating_system)[0] ?? "",
            agent: a.has_agent === true,
            seen: a.last_seen ?? "",
            counts,
            exposure: Number(a.exposure_score ?? 0),
          };
        });
        return { assets, total: Number(found.total ?? assets.length) };
      },
    }),
    vulnerabilities: action({
      name: "Vulnerabilities of an asset",
      description: "Reads what was found on an asset, the worst first.",
      effect: "read",
      idempotent: true,
      input: s.object({
        asset: s.string({
          title: "Asset",
          description: "Its id, as assets gives it.",
          pattern: "^[0-9a-fA-F-]{36}$",
        }),
        least: s.enum(severities, { title: "Least severity", default: "low" }),
        cves: s.boolean({
          title: "With CVEs",
          description: `Also asks what CVEs each is about: a request for each of the worst ${mostAsked}.`,
          default: true,
        }),
      }),
      output: s.object({
        vulnerabilities: s.list(
          s.object({
            plugin: s.integer("Tenable's number of it."),
            name: s.string(),
            family: s.string(),
            severity: s.enum(severities),
            vpr: s.number("Priority from 0 to 10; 0 if unknown."),
            count: s.integer(),
            state: s.string(),
            cves: s.list(
              s.string(),
              `What it is about, such as CVE-2021-44228; none for those after the worst ${mostAsked}.`,
            ),
          }),
        ),
      }),
      examples: [
        {
          name: "the worst",
          input: { asset: "116af8c3-969d-4621-9f9f-364eeb58e3a7", least: "high" },
          output: {
            vulnerabilities: [
              {
                plugin: 156327,
                severity: "critical",
                vpr: 10,
                cves: ["CVE-2021-44228", "CVE-2021-45046"],
              },
            ],
          },
        },
        {
          name: "all, without asking for CVEs",
          input: { asset: "116af8c3-969d-4621-9f9f-364eeb58e3a7", cves: false },
          output: {
            vulnerabilities: [
              { plugin: 156327, cves: [] },
              { plugin: 57582, cves: [] },
            ],
          },
        },
        {
          name: "one that is about no CVE, and one that was withdrawn",
          input: { asset: "116af8c3-969d-4621-9f9f-364eeb58e3a7", least: "info" },
          output: {
            vulnerabilities: [
              { plugin: 156327, cves: ["CVE-2021-44228", "CVE-2021-45046"] },
              { plugin: 57582, cves: [] },
              { plugin: 11, cves: [] },
            ],
          },
        },
        {
          name: "no such asset",
          input: { asset: "00000000-0000-0000-0000-000000000000" },
          error: { code: "not_found" },
        },
      ],
      run(input, ctx) {
        const found = json(ctx, `${root}/workbenches/assets/${input.asset}/vulnerabilities`);
        const least = severities.indexOf(input.least);
        const rows = listOf<Outside>(found.vulnerabilities).filter((v) => Number(v.severity ?? 0) >= least);
        rows.sort((a, b) => b.severity - a.severity || (b.vpr_score ?? 0) - (a.vpr_score ?? 0));
        return {
          vulnerabilities: rows.map((v, at) => ({
            plugin: Number(v.plugin_id),
            name: v.plugin_name ?? "",
            family: v.plugin_family ?? "",
            severity: severityOf(v.severity),
            vpr: Number(v.vpr_score ?? 0),
            count: Number(v.count ?? 1),
            state: v.vulnerability_state ?? "",
            cves: input.cves && at < mostAsked ? cvesOf(ctx, Number(v.plugin_id)) : [],
          })),
        };
      },
    }),
    launch: action({
      name: "Launch a scan",
      description: "Starts a scan that is set up in Tenable; one that runs fails as conflict.",
      effect: "write",
      inverse: "stop",
      input: s.object({
        scan,
        targets: s.optional(
          s.list(s.string({ minLength: 1 }), {
            title: "Targets",
            description: "In place of the scan's own.",
            minItems: 1,
            maxItems: 100,
          }),
        ),
      }),
      output: s.object({ run: s.string("The id of this run of it.") }),
      examples: [
        {
          name: "of one host",
          input: { scan: 12, targets: ["10.1.2.17"] },
          output: { run: "44346bcb-4afc-4db2-9283-2dd823fa8579" },
        },
        { name: "one that runs", input: { scan: 13 }, error: { code: "conflict" } },
      ],
      run(input, ctx) {
        const made = json(ctx, `${root}/scans/${input.scan}/launch`, {
          method: "POST",
          json: { alt_targets: input.targets },
        });
        return { run: String(made.scan_uuid ?? "") };
      },
    }),
    stop: action({
      name: "Stop a scan",
      description: "Stops a scan; one that doesn't run stays as it is.",
      effect: "write",
      idempotent: true,
      input: s.object({ scan }),
      output: s.object({ stopped: s.boolean("False where it didn't run.") }),
      examples: [
        { name: "one that runs", input: { scan: 13 }, output: { stopped: true } },
        { name: "one that doesn't", input: { scan: 12 }, output: { stopped: false } },
        { name: "none", input: { scan: 99 }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        try {
          object(sound(send(ctx, `${root}/scans/${input.scan}/stop`, { method: "POST", json: {} })));
        } catch (e) {
          if (e instanceof ActionError && e.code === "conflict") return { stopped: false };
          throw e;
        }
        return { stopped: true };
      },
    }),
    status: action({
      name: "State of a scan",
      description: "Says how far the latest run of a scan is.",
      effect: "read",
      idempotent: true,
      input: s.object({ scan }),
      output: s.object({
        status: s.string("In Tenable's words, such as running, completed, aborted."),
        progress: s.number("In per cent."),
        done: s.boolean("It runs no more."),
      }),
      examples: [
        { name: "at work", input: { scan: 13 }, output: { status: "running", progress: 42, done: false } },
        { name: "done", input: { scan: 12 }, output: { status: "completed", done: true } },
      ],
      run(input, ctx) {
        const found = json(ctx, `${root}/scans/${input.scan}/latest-status`);
        const status = String(found.status ?? "");
        return {
          status,
          progress: Number(found.progress ?? 0),
          done: ["completed", "aborted", "canceled", "stopped", "imported", "empty"].includes(status),
        };
      },
    }),
  },
});
