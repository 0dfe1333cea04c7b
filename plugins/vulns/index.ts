import { action, type Context, connector, denied, fail, s } from "drawbridge";
import { json, keyFields, listOf, type Outside, object, send, sound } from "../api.ts";

const id = s.string({ title: "CVE", pattern: "^[Cc][Vv][Ee]-\\d{4}-\\d{4,}$", examples: ["CVE-2024-3400"] });
const ids = s.list(id, { title: "CVEs", minItems: 1, maxItems: 100 });

/** NVD tells faults in a header, and a wrong key as 404. */
function nvd(ctx: Context, cveId: string) {
  const answer = send(ctx, "https://services.nvd.nist.gov/rest/json/cves/2.0", {
    query: { cveId },
    credential: "optional",
  });
  const why = answer.headers.message ?? "";
  if (answer.status === 404 && /apiKey/i.test(why)) throw denied(`NVD answered: ${why}`);
  if (answer.status === 404 && why !== "") throw fail("bad_request", `NVD answered: ${why}`);
  return object(sound(answer));
}

type Metric = {
  type?: string;
  cvssData?: { version?: string; vectorString?: string; baseScore?: number; baseSeverity?: string };
};

/** Of the newest version of CVSS that there is, what NVD itself says, or else the first. */
function scored(metrics: Record<string, Metric[]> = {}) {
  for (const version of ["cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"]) {
    const all = listOf<Metric>(metrics[version]);
    const chosen = (all.find((m) => m.type === "Primary") ?? all[0])?.cvssData;
    if (chosen !== undefined) {
      return {
        version: chosen.version ?? "",
        score: Number(chosen.baseScore ?? 0),
        severity: (chosen.baseSeverity ?? "").toLowerCase(),
        vector: chosen.vectorString ?? "",
      };
    }
  }
  return undefined;
}

/** NVD's times are UTC and don't say so. */
const utc = (time: unknown) => (typeof time === "string" && time !== "" ? `${time.replace(/Z$/, "")}Z` : "");

export default connector({
  id: "vulns",
  version: "1.0.0",
  name: "Vulnerabilities",
  description:
    "Says what NVD, CISA and FIRST know of vulnerabilities: what they are, whether they are exploited, and how likely that is.",
  category: "Intelligence",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M12 3 4 6v6c0 5 4 8 8 9 4-1 8-4 8-9V6z'/><path d='M12 8v5M12 16h.01'/></svg>",
  credentials: [
    {
      type: "vulns.nvdKey",
      apply: "header",
      name: "apiKey",
      value: "{key}",
      fields: keyFields("NVD API key"),
    },
  ],
  capabilities: {
    http: [
      { host: "services.nvd.nist.gov", methods: ["GET"], reason: "To read about vulnerabilities." },
      { host: "www.cisa.gov", methods: ["GET"], reason: "To read the list of those that are exploited." },
      { host: "api.first.org", methods: ["GET"], reason: "To read how likely they are to be exploited." },
    ],
  },
  actions: {
    cve: action({
      name: "Look up a CVE",
      description:
        "Reads what NVD knows of a vulnerability. Works without a credential, at five requests in half a minute.",
      effect: "read",
      idempotent: true,
      input: s.object({ id }),
      output: s.object({
        id: s.string(),
        description: s.string(),
        status: s.string("How far NVD is with it, such as Analyzed."),
        published: s.string({ format: "date-time" }),
        modified: s.string({ format: "date-time" }),
        cvss: s.optional(
          s.object({
            version: s.string(),
            score: s.number("From 0 to 10."),
            severity: s.string("In small letters; empty in version 2."),
            vector: s.string(),
          }),
        ),
        weaknesses: s.list(s.string(), "CWE ids."),
        references: s.list(s.object({ url: s.string(), tags: s.list(s.string()) })),
      }),
      examples: [
        {
          name: "a critical one",
          input: { id: "cve-2024-3400" },
          output: {
            id: "CVE-2024-3400",
            description: "A command injection in GlobalProtect.",
            cvss: { score: 10, severity: "critical", version: "3.1" },
            weaknesses: ["CWE-77"],
            published: "2024-04-12T08:15:06.230Z",
          },
        },
        { name: "none", input: { id: "CVE-1999-99999" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const wanted = input.id.toUpperCase();
        const found = listOf<Outside>(nvd(ctx, wanted).vulnerabilities)[0]?.cve;
        if (found === undefined) throw fail("not_found", `NVD doesn't know ${wanted}`);
        const english = (texts: unknown) => listOf<Outside>(texts).filter((d) => d.lang === "en");
        const cvss = scored(found.metrics);
        return {
          id: String(found.id),
          description: english(found.descriptions)[0]?.value ?? "",
          status: found.vulnStatus ?? "",
          published: utc(found.published),
          modified: utc(found.lastModified),
          ...(cvss === undefined ? {} : { cvss }),
          weaknesses: [
            ...new Set(
              listOf<Outside>(found.weaknesses).flatMap((w): string[] =>
                english(w.description).map((d) => d.value),
              ),
            ),
          ],
          references: listOf<Outside>(found.references).map((r) => ({
            url: String(r.url),
            tags: listOf<string>(r.tags),
          })),
        };
      },
    }),
    kev: action({
      name: "Known to be exploited",
      description: "Says which vulnerabilities are on CISA's list of those that are exploited.",
      effect: "read",
      idempotent: true,
      memoryPages: 1024,
      input: s.object({ ids }),
      output: s.object({
        exploited: s.list(
          s.object({
            id: s.string(),
            name: s.string(),
            product: s.string("Its maker and name."),
            added: s.string({ format: "date" }),
            due: s.string({ format: "date", description: "By when US agencies must have acted." }),
            action: s.string("What CISA asks for."),
            ransomware: s.boolean("Known to be used for ransomware."),
          }),
        ),
        others: s.list(s.string(), "Those that aren't on it."),
        version: s.string("Of the list."),
      }),
      examples: [
        {
          name: "one of two",
          input: { ids: ["CVE-2024-3400", "CVE-2020-0001"] },
          output: {
            exploited: [{ id: "CVE-2024-3400", ransomware: true, due: "2024-04-19" }],
            others: ["CVE-2020-0001"],
            version: "2025.01.02",
          },
        },
      ],
      run(input, ctx) {
        const wanted = new Set(input.ids.map((i) => i.toUpperCase()));
        const url = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
        const list = json(ctx, url, { credential: "none" });
        const rows = listOf<Outside>(list.vulnerabilities);
        if (rows.length === 0) throw fail("bad_answer", "CISA's list is empty");
        const found = rows.filter((v) => wanted.delete(v.cveID));
        return {
          exploited: found.map((v) => ({
            id: v.cveID,
            name: v.vulnerabilityName ?? "",
            product: `${v.vendorProject ?? ""} ${v.product ?? ""}`.trim(),
            added: v.dateAdded ?? "",
            due: v.dueDate ?? "",
            action: v.requiredAction ?? "",
            ransomware: v.knownRansomwareCampaignUse === "Known",
          })),
          others: [...wanted],
          version: list.catalogVersion ?? "",
        };
      },
    }),
    epss: action({
      name: "Probability of exploits",
      description: "Says by EPSS how likely vulnerabilities are to be exploited within 30 days.",
      effect: "read",
      idempotent: true,
      input: s.object({ ids }),
      output: s.object({
        scores: s.list(
          s.object({
            id: s.string(),
            probability: s.number("From 0 to 1."),
            percentile: s.number("The share of all vulnerabilities that have at most as much."),
            date: s.string({ format: "date" }),
          }),
        ),
        unknown: s.list(s.string(), "Those that have no score."),
      }),
      examples: [
        {
          name: "one of two",
          input: { ids: ["CVE-2024-3400", "CVE-2020-0001"] },
          output: {
            scores: [{ id: "CVE-2024-3400", probability: 0.957, percentile: 0.996 }],
            unknown: ["CVE-2020-0001"],
          },
        },
      ],
      run(input, ctx) {
        const wanted = new Set(input.ids.map((i) => i.toUpperCase()));
        const asked = { query: { cve: [...wanted].join(","), limit: 100 }, credential: "none" as const };
        const { data } = json(ctx, "https://api.first.org/data/v1/epss", asked);
        if (!Array.isArray(data)) throw fail("bad_answer", "FIRST answered no data");
        const scores = data.map((row) => ({
          id: String(row.cve),
          probability: Number(row.epss),
          percentile: Number(row.percentile),
          date: String(row.date ?? ""),
        }));
        for (const score of scores) wanted.delete(score.id);
        return { scores, unknown: [...wanted] };
      },
    }),
  },
});
