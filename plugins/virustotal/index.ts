import { action, badInput, type Context, connector, s } from "drawbridge";
import { json, keyFields, listOf, timeOf } from "../api.ts";

const root = "https://www.virustotal.com/api/v3";

const stats = s.object(
  {
    malicious: s.integer("Engines that call it malicious."),
    suspicious: s.integer("Engines that call it suspicious."),
    harmless: s.integer("Engines that call it harmless."),
    undetected: s.integer("Engines that found nothing."),
    timeout: s.integer("Engines that gave no answer in time."),
  },
  "How many engines said what, at the last analysis.",
);

const common = {
  id: s.string("VirusTotal's identifier."),
  stats,
  malicious: s.integer("Engines that call it malicious or suspicious."),
  engines: s.integer("Engines that gave an answer."),
  reputation: s.integer("The community's score; below 0 is bad."),
  tags: s.list(s.string()),
  analyzed: s.optional(s.string({ format: "date-time", description: "When it was last analysed." })),
  link: s.string("The page for people."),
};

type Attributes = Record<string, unknown> & { last_analysis_stats?: Record<string, number> };

/** Asks for one object and gives what all kinds have in common. */
function report(ctx: Context, kind: string, page: string, id: string) {
  const { data } = json(ctx, `${root}/${kind}/${encodeURIComponent(id)}`);
  const attributes = (data.attributes ?? {}) as Attributes;
  const given = attributes.last_analysis_stats ?? {};
  const count = (name: string) => given[name] ?? 0;
  const counts = {
    malicious: count("malicious"),
    suspicious: count("suspicious"),
    harmless: count("harmless"),
    undetected: count("undetected"),
    timeout: count("timeout"),
  };
  const analyzed = timeOf(attributes.last_analysis_date);
  return {
    attributes,
    found: {
      id: String(data.id),
      stats: counts,
      malicious: counts.malicious + counts.suspicious,
      engines: counts.malicious + counts.suspicious + counts.harmless + counts.undetected,
      reputation: Number(attributes.reputation ?? 0),
      tags: listOf<string>(attributes.tags),
      ...(analyzed === undefined ? {} : { analyzed }),
      link: `https://www.virustotal.com/gui/${page}/${encodeURIComponent(String(data.id))}`,
    },
  };
}

const categories = (of: Attributes) => [
  ...new Set(Object.values((of.categories ?? {}) as Record<string, string>)),
];
const text = (value: unknown) => (typeof value === "string" ? value : "");

/** What a hash of a file may be. */
const hashes = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;

export default connector({
  id: "virustotal",
  version: "1.0.0",
  name: "VirusTotal",
  description: "Says what VirusTotal knows of files, URLs, domains and IP addresses.",
  category: "Intelligence",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 5h18v14H3l7-7z'/><path d='M14 9h4M14 13h4'/></svg>",
  credentials: [
    { type: "virustotal.key", apply: "header", name: "x-apikey", value: "{key}", fields: keyFields() },
  ],
  capabilities: {
    http: [{ host: "www.virustotal.com", methods: ["GET"], reason: "To read reports by your account." }],
  },
  actions: {
    file: action({
      name: "Report on a file",
      description: "Says what engines found in the file of a hash. The file itself isn't sent.",
      effect: "read",
      idempotent: true,
      input: s.object({
        hash: s.string({
          title: "Hash",
          description: "MD5, SHA-1 or SHA-256, in hex.",
          minLength: 32,
          maxLength: 64,
          examples: ["44d88612fea8a8f36de82e1278abb02f"],
        }),
      }),
      output: s.object({
        ...common,
        md5: s.string(),
        sha1: s.string(),
        sha256: s.string(),
        size: s.integer("In bytes."),
        type: s.string("What kind of file it is."),
        name: s.string("The name that says most."),
        names: s.list(s.string(), "Names that it was sent under."),
        threat: s.string("The name of the threat that most engines agree on; empty if none."),
      }),
      examples: [
        {
          name: "a file that many engines know",
          input: { hash: "44D88612FEA8A8F36DE82E1278ABB02F" },
          output: {
            id: "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
            malicious: 62,
            engines: 67,
            name: "eicar.com",
            threat: "virus.eicar/test",
            analyzed: "2025-01-01T00:00:00.000Z",
          },
        },
        {
          name: "a file that nobody sent",
          input: { hash: "d41d8cd98f00b204e9800998ecf8427e" },
          error: { code: "not_found" },
        },
        {
          name: "no hash",
          input: { hash: "not-a-hash-but-as-long-as-one-is." },
          error: { code: "bad_input" },
        },
      ],
      run(input, ctx) {
        const hash = input.hash.trim().toLowerCase();
        if (!hashes.test(hash)) throw badInput("/hash", "must be an MD5, SHA-1 or SHA-256 in hex");
        const { found, attributes } = report(ctx, "files", "file", hash);
        const classified = attributes.popular_threat_classification as
          | { suggested_threat_label?: string }
          | undefined;
        return {
          ...found,
          md5: text(attributes.md5),
          sha1: text(attributes.sha1),
          sha256: text(attributes.sha256),
          size: Number(attributes.size ?? 0),
          type: text(attributes.type_description),
          name: text(attributes.meaningful_name),
          names: listOf<string>(attributes.names),
          threat: classified?.suggested_threat_label ?? "",
        };
      },
    }),
    url: action({
      name: "Report on a URL",
      description: "Says what is known of a URL, without having it visited anew.",
      effect: "read",
      idempotent: true,
      input: s.object({
        url: s.string({
          title: "URL",
          minLength: 4,
          maxLength: 8192,
          examples: ["http://evil.example/login"],
        }),
      }),
      output: s.object({
        ...common,
        url: s.string("As VirusTotal has it."),
        title: s.string("Of the page."),
        categories: s.list(s.string(), "What vendors file it under."),
      }),
      examples: [
        {
          name: "a phishing page",
          input: { url: "http://evil.example/login" },
          output: {
            malicious: 11,
            engines: 91,
            title: "Sign in",
            categories: ["phishing and other frauds"],
            reputation: -12,
          },
        },
        {
          name: "a page that nobody sent",
          input: { url: "http://new.example/" },
          error: { code: "not_found" },
        },
      ],
      run(input, ctx) {
        const bytes = new TextEncoder().encode(input.url.trim());
        const id = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
        const { found, attributes } = report(ctx, "urls", "url", id);
        return {
          ...found,
          url: text(attributes.url),
          title: text(attributes.title),
          categories: categories(attributes),
        };
      },
    }),
    domain: action({
      name: "Report on a domain",
      description: "Says what is known of a domain.",
      effect: "read",
      idempotent: true,
      input: s.object({
        domain: s.string({ title: "Domain", minLength: 3, maxLength: 253, examples: ["evil.example"] }),
      }),
      output: s.object({
        ...common,
        registrar: s.string(),
        created: s.optional(s.string({ format: "date-time", description: "When it was registered." })),
        categories: s.list(s.string(), "What vendors file it under."),
      }),
      examples: [
        {
          name: "a young domain",
          input: { domain: "evil.example" },
          output: {
            malicious: 5,
            registrar: "Example Registrar",
            created: "2024-12-30T23:06:40.000Z",
            tags: ["dga"],
          },
        },
      ],
      run(input, ctx) {
        const { found, attributes } = report(ctx, "domains", "domain", input.domain.trim().toLowerCase());
        const created = timeOf(attributes.creation_date);
        return {
          ...found,
          registrar: text(attributes.registrar),
          ...(created === undefined ? {} : { created }),
          categories: categories(attributes),
        };
      },
    }),
    ip: action({
      name: "Report on an IP address",
      description: "Says what is known of an IP address, and whose it is.",
      effect: "read",
      idempotent: true,
      input: s.object({
        ip: s.string({ title: "IP address", minLength: 2, maxLength: 45, examples: ["198.51.100.7"] }),
      }),
      output: s.object({
        ...common,
        country: s.string("Two letters; empty if unknown."),
        asn: s.integer("The number of its autonomous system; 0 if unknown."),
        owner: s.string("Of its autonomous system."),
        network: s.string("In CIDR form."),
      }),
      examples: [
        {
          name: "an address of a hoster",
          input: { ip: "198.51.100.7" },
          output: {
            malicious: 0,
            engines: 90,
            country: "NL",
            asn: 64500,
            owner: "Example Hosting",
            network: "198.51.100.0/24",
          },
        },
      ],
      run(input, ctx) {
        const { found, attributes } = report(ctx, "ip_addresses", "ip-address", input.ip.trim());
        return {
          ...found,
          country: text(attributes.country),
          asn: Number(attributes.asn ?? 0),
          owner: text(attributes.as_owner),
          network: text(attributes.network),
        };
      },
    }),
  },
});
