import { action, backOff, connector, s } from "drawbridge";
import { keyFields, listOf, type Outside, object, send, sound } from "../api.ts";

const root = "https://urlscan.io/api/v1";
/** Tells in how many seconds a limit ends. */
const resetAfter = "x-rate-limit-reset-after";
const ask = (...args: Parameters<typeof send>): Outside => object(sound(send(...args), resetAfter));

const id = s.string({ description: "Of the scan.", title: "Scan", pattern: "^[0-9a-fA-F-]{36}$" });

const page = s.object({
  url: s.string("Where the visit ended."),
  domain: s.string(),
  ip: s.string(),
  country: s.string("Two letters; empty if unknown."),
  title: s.string(),
  server: s.string(),
  status: s.string("Of HTTP; empty if unknown."),
});
const pageOf = (given: Outside) => ({
  url: given?.url ?? "",
  domain: given?.domain ?? "",
  ip: given?.ip ?? "",
  country: given?.country ?? "",
  title: given?.title ?? "",
  server: given?.server ?? "",
  status: String(given?.status ?? ""),
});

export default connector({
  id: "urlscan",
  version: "1.0.0",
  name: "urlscan.io",
  description: "Has pages visited by urlscan.io, reads what was found, and searches earlier scans.",
  category: "Intelligence",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><rect x='3' y='4' width='18' height='16' rx='2'/><path d='M3 9h18M7 14h6'/><circle cx='16' cy='14' r='2'/></svg>",
  credentials: [
    { type: "urlscan.apiKey", apply: "header", name: "API-Key", value: "{key}", fields: keyFields() },
  ],
  capabilities: {
    http: [
      {
        host: "urlscan.io",
        methods: ["GET", "POST"],
        reason: "To have pages visited, and to read what was found.",
      },
    ],
  },
  actions: {
    submit: action({
      name: "Submit a URL",
      description: "Has a page visited. Its result is there some 10 to 60 seconds later: read it by result.",
      effect: "write",
      input: s.object({
        url: s.string({
          title: "URL",
          minLength: 4,
          maxLength: 8192,
          examples: ["http://evil.example/login"],
        }),
        visibility: s.enum(["private", "unlisted", "public"], {
          title: "Visibility",
          description: "Who sees the scan: you, vetted researchers, or everybody.",
          default: "private",
        }),
        tags: s.optional(s.list(s.string({ maxLength: 50 }), { title: "Tags", maxItems: 10 })),
        country: s.optional(
          s.string({
            title: "Country",
            description: "Two letters: where to visit from.",
            pattern: "^[A-Za-z]{2}$",
          }),
        ),
      }),
      output: s.object({
        id: s.string("Of the scan, for result."),
        link: s.string("The page for people, once it is done."),
        visibility: s.string(),
      }),
      examples: [
        {
          name: "a page that was reported",
          input: { url: "http://evil.example/login", visibility: "unlisted", tags: ["phishing"] },
          output: { id: "0e37e828-a9d9-45c0-ac50-1ca579b86c72", visibility: "unlisted" },
        },
        {
          name: "a page that isn't visited",
          input: { url: "http://blocked.example/" },
          error: { code: "http_400" },
        },
      ],
      run(input, ctx) {
        const { url, visibility, tags, country } = input;
        const made = ask(ctx, `${root}/scan/`, {
          method: "POST",
          json: { url: url.trim(), visibility, tags, country: country?.toLowerCase() },
        });
        return { id: String(made.uuid), link: made.result ?? "", visibility: made.visibility ?? visibility };
      },
    }),
    result: action({
      name: "Read a result",
      description:
        "Reads what a scan found. One that isn't finished is an error that may be retried, after five seconds.",
      effect: "read",
      idempotent: true,
      input: s.object({ id }),
      output: s.object({
        id: s.string(),
        url: s.string("As it was submitted."),
        at: s.string({ format: "date-time" }),
        page,
        malicious: s.boolean(),
        score: s.integer("From -100, harmless, to 100, malicious."),
        categories: s.list(s.string()),
        brands: s.list(s.string(), "Whom the page pretends to be."),
        ips: s.list(s.string(), "All that were talked to."),
        domains: s.list(s.string(), "All that were talked to."),
        screenshot: s.string("Its address."),
        link: s.string("The page for people."),
      }),
      examples: [
        {
          name: "a phishing page",
          input: { id: "0e37e828-a9d9-45c0-ac50-1ca579b86c72" },
          output: {
            malicious: true,
            score: 100,
            brands: ["examplebank"],
            page: { domain: "evil.example", ip: "198.51.100.7", status: "200" },
            domains: ["evil.example", "cdn.example"],
          },
        },
        {
          name: "one that goes on",
          input: { id: "68e26c59-2eae-437b-aeb1-cf750fafe7d7" },
          error: { code: "unavailable", retryable: true },
        },
        { name: "none", input: { id: "00000000-0000-0000-0000-000000000000" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const answer = send(ctx, `${root}/result/${input.id}/`);
        if (answer.status === 404 && answer.text().includes("not finished"))
          throw backOff(5, "the scan isn't finished yet");
        const found = object(sound(answer, resetAfter));
        const overall = found.verdicts?.overall ?? {};
        return {
          id: String(found.task.uuid),
          url: found.task.url ?? "",
          at: found.task.time,
          page: pageOf(found.page),
          malicious: overall.malicious === true,
          score: Number(overall.score ?? 0),
          categories: listOf<string>(overall.categories),
          brands: listOf<unknown>(overall.brands).map((b) => String((b as { key?: string }).key ?? b)),
          ips: listOf<string>(found.lists?.ips),
          domains: listOf<string>(found.lists?.domains),
          screenshot: found.task.screenshotURL ?? "",
          link: found.task.reportURL ?? `https://urlscan.io/result/${input.id}/`,
        };
      },
    }),
    search: action({
      name: "Search scans",
      description: "Finds earlier scans, the newest first, by urlscan.io's search language.",
      effect: "read",
      idempotent: true,
      input: s.object({
        query: s.string({
          title: "Query",
          description: "In the form of Elasticsearch's query strings.",
          minLength: 1,
          examples: ["page.domain:evil.example AND date:>now-7d"],
        }),
        limit: s.integer({
          title: "Limit",
          description: "At most so many scans.",
          default: 100,
          minimum: 1,
          maximum: 1000,
        }),
      }),
      output: s.object({
        scans: s.list(
          s.object({
            id: s.string(),
            at: s.string(),
            url: s.string("As it was submitted."),
            page,
            visibility: s.string(),
          }),
        ),
        total: s.integer("How many there are."),
      }),
      examples: [
        {
          name: "all of a domain, over two pages",
          input: { query: "page.domain:evil.example" },
          output: {
            total: 2,
            scans: [
              { id: "0e37e828-a9d9-45c0-ac50-1ca579b86c72", page: { ip: "198.51.100.7" } },
              { id: "68e26c59-2eae-437b-aeb1-cf750fafe7d7" },
            ],
          },
        },
        {
          name: "the first alone",
          input: { query: "page.domain:evil.example", limit: 1 },
          output: { scans: [{ visibility: "public" }] },
        },
        {
          name: "a query that can't be read",
          input: { query: "((page.domain" },
          error: { code: "http_400" },
        },
      ],
      run(input, ctx) {
        const rows: Outside[] = [];
        let after: string | undefined;
        let total = 0;
        for (let more = true; more && rows.length < input.limit; ) {
          const size = Math.min(100, input.limit - rows.length);
          const found = ask(ctx, `${root}/search/`, { query: { q: input.query, size, search_after: after } });
          const got = listOf<Outside>(found.results);
          rows.push(...got);
          total = Number(found.total ?? rows.length);
          after = got.at(-1)?.sort?.join(",");
          more = found.has_more === true && after !== undefined;
        }
        return {
          scans: rows.slice(0, input.limit).map((r) => ({
            id: String(r.task?.uuid ?? r._id),
            at: r.task?.time ?? "",
            url: r.task?.url ?? "",
            page: pageOf(r.page),
            visibility: r.task?.visibility ?? "",
          })),
          total,
        };
      },
    }),
  },
});
