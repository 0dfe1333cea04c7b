import { action, badInput, type Context, connector, fail, s } from "drawbridge";
import { type Ask, json, listOf, type Outside, object, originOf, placeFields, send, sound } from "../api.ts";

const index = (value: string | undefined) => {
  const more = {
    title: "Index",
    description: "Or a pattern, several by commas.",
    pattern: '^[^\\s/?#\\\\<>|"A-Z]+$',
    examples: ["logs-*"],
  };
  return value === undefined ? s.string(more) : s.string({ ...more, default: value });
};
const since = s.string({
  title: "From",
  description: "A time, or one such as now-24h.",
  default: "now-24h",
  minLength: 1,
});
const until = s.string({
  title: "To",
  description: "A time, or one such as now.",
  default: "now",
  minLength: 1,
});
const limit = s.integer({
  title: "Limit",
  description: "At most so many.",
  default: 100,
  minimum: 1,
  maximum: 10000,
});
type Hit = { _id: string; _index: string; _source?: Outside };

function search(ctx: Context, where: string, body: object) {
  const found = json(ctx, `${originOf(ctx)}/${encodeURIComponent(where)}/_search`, {
    method: "POST",
    json: body,
  });
  if (found.hits === undefined) throw fail("bad_answer", "Elasticsearch answered no hits");
  const total = found.hits.total;
  return { hits: listOf<Hit>(found.hits.hits), total: Number(total?.value ?? total ?? 0) };
}

const between = (from: string, to: string) => ({ range: { "@timestamp": { gte: from, lte: to } } });
const newest = [{ "@timestamp": { order: "desc", unmapped_type: "date" } }];

/** One step of a path. Those of dots lead elsewhere: to the index whole, instead of a document. */
function step(at: string, name: string): string {
  if (name === "." || name === "..") throw badInput(at, `must not be ${name}, which no address can hold`);
  return `/${encodeURIComponent(name)}`;
}

const document = (ctx: Context, where: string, id?: string) =>
  `${originOf(ctx)}${step("/index", where)}/_doc${id === undefined ? "" : step("/id", id)}`;

const change = (ctx: Context, url: string, ask: Ask) => object(sound(send(ctx, url, ask)));

export default connector({
  id: "elastic",
  version: "1.0.0",
  name: "Elasticsearch",
  description: "Searches logs, flows and DNS queries in Elasticsearch, and keeps documents there.",
  category: "Logs",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M5 6h9a4 4 0 0 1 4 3H3M3 12h12M3 15h15a4 4 0 0 1-4 3H5'/></svg>",
  credentials: [
    {
      type: "elastic.apiKey",
      apply: "header",
      name: "Authorization",
      value: "ApiKey {key}",
      fields: placeFields("key", "API key, encoded"),
    },
  ],
  capabilities: {
    http: [
      {
        host: "*",
        methods: ["POST", "PUT", "DELETE"],
        reason: "To search your cluster, and to keep documents there.",
      },
    ],
  },
  actions: {
    search: action({
      name: "Search",
      description:
        "Finds documents, the newest first, by a query in Lucene's language or in Elasticsearch's own.",
      effect: "read",
      idempotent: true,
      memoryPages: 512,
      input: s.object({
        index: index(undefined),
        query: s.optional(
          s.string({
            title: "Query",
            description: "In Lucene's language.",
            minLength: 1,
            examples: ["event.action:login AND source.ip:198.51.100.7"],
          }),
        ),
        dsl: s.optional(
          s.any({
            title: "Query in DSL",
            description: "In place of query: the object below query of Elasticsearch.",
          }),
        ),
        from: since,
        to: until,
        anyTime: s.boolean({
          title: "At any time",
          description: "For documents without @timestamp.",
          default: false,
        }),
        fields: s.optional(s.list(s.string(), { title: "Fields", description: "Only these." })),
        limit,
      }),
      output: s.object({
        hits: s.list(s.object({ id: s.string(), index: s.string(), source: s.any("The document.") })),
        total: s.integer("How many there are, up to 10,000."),
      }),
      examples: [
        {
          name: "logins",
          input: { index: "logs-*", query: "event.action:login" },
          output: { total: 2, hits: [{ id: "l1", source: { event: { action: "login" } } }, { id: "l2" }] },
        },
        {
          name: "the newest alone",
          input: { index: "logs-*", query: "event.action:login", limit: 1 },
          output: { hits: [{ id: "l1" }] },
        },
        { name: "no such index", input: { index: "nowhere", query: "x" }, error: { code: "not_found" } },
        {
          name: "a query that can't be read",
          input: { index: "logs-*", query: "((" },
          error: { code: "http_400" },
        },
        { name: "no query", input: { index: "logs-*" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        if ((input.query === undefined) === (input.dsl === undefined))
          throw badInput("/query", "give a query, or one in DSL");
        const query =
          input.query === undefined
            ? input.dsl
            : { query_string: { query: input.query, default_operator: "AND" } };
        const filter = input.anyTime ? [] : [between(input.from, input.to)];
        const { hits, total } = search(ctx, input.index, {
          query: { bool: { must: [query], filter } },
          size: input.limit,
          ...(input.anyTime ? {} : { sort: newest }),
          ...(input.fields === undefined ? {} : { _source: input.fields }),
        });
        return { hits: hits.map((h) => ({ id: h._id, index: h._index, source: h._source ?? null })), total };
      },
    }),
    netflow: action({
      name: "Flows of an address",
      description: "Finds network flows from or to an address, by the fields of ECS.",
      effect: "read",
      idempotent: true,
      input: s.object({
        ip: s.string({ title: "IP address", minLength: 2, maxLength: 45, examples: ["198.51.100.7"] }),
        index: index("logs-netflow*,netflow-*"),
        from: since,
        to: until,
        limit,
      }),
      output: s.object({
        flows: s.list(
          s.object({
            at: s.string({ format: "date-time" }),
            source: s.string(),
            sourcePort: s.integer("0 if unknown."),
            destination: s.string(),
            destinationPort: s.integer("0 if unknown."),
            bytes: s.integer(),
            transport: s.string("Such as tcp; empty if unknown."),
          }),
        ),
        peers: s.list(s.string(), "The other ends."),
        bytes: s.integer("Of the flows listed."),
        total: s.integer("How many there are, up to 10,000."),
      }),
      examples: [
        {
          name: "who talked to it",
          input: { ip: "198.51.100.7" },
          output: {
            total: 2,
            bytes: 1024,
            peers: ["10.1.2.17", "10.1.2.18"],
            flows: [{ source: "10.1.2.17", destinationPort: 443, bytes: 1000, transport: "tcp" }, {}],
          },
        },
      ],
      run(input, ctx) {
        const { ip } = input;
        const { hits, total } = search(ctx, input.index, {
          query: {
            bool: {
              should: [{ term: { "source.ip": ip } }, { term: { "destination.ip": ip } }],
              minimum_should_match: 1,
              filter: [between(input.from, input.to)],
            },
          },
          size: input.limit,
          sort: newest,
        });
        const flows = hits.map(({ _source: f }) => ({
          at: f?.["@timestamp"] ?? "",
          source: f?.source?.ip ?? "",
          sourcePort: Number(f?.source?.port ?? 0),
          destination: f?.destination?.ip ?? "",
          destinationPort: Number(f?.destination?.port ?? 0),
          bytes: Number(
            f?.network?.bytes ?? Number(f?.source?.bytes ?? 0) + Number(f?.destination?.bytes ?? 0),
          ),
          transport: f?.network?.transport ?? "",
        }));
        const peers = flows.map((f) => (f.source === ip ? f.destination : f.source)).filter((p) => p !== "");
        return {
          flows,
          peers: [...new Set<string>(peers)],
          bytes: flows.reduce((sum, f) => sum + f.bytes, 0),
          total,
        };
      },
    }),
    dns: action({
      name: "DNS queries",
      description:
        "Finds who asked for a domain or what is below it, or what an address asked for, by the fields of ECS.",
      effect: "read",
      idempotent: true,
      input: s.object({
        domain: s.optional(s.string({ title: "Domain", minLength: 1, examples: ["evil.example"] })),
        client: s.optional(
          s.string({ title: "Client", description: "The address that asked.", minLength: 2 }),
        ),
        resolved: s.optional(
          s.string({ title: "Resolved to", description: "An address among the answers.", minLength: 2 }),
        ),
        index: index("logs-dns*,packetbeat-*,dns-*"),
        from: since,
        to: until,
        limit,
      }),
      output: s.object({
        queries: s.list(
          s.object({
            at: s.string({ format: "date-time" }),
            client: s.string(),
            name: s.string(),
            type: s.string("Such as A."),
            answers: s.list(s.string(), "Addresses."),
            code: s.string("Such as NOERROR."),
          }),
        ),
        clients: s.list(s.string()),
        names: s.list(s.string()),
        total: s.integer("How many there are, up to 10,000."),
      }),
      examples: [
        {
          name: "who asked for it",
          input: { domain: "evil.example" },
          output: {
            total: 1,
            clients: ["10.1.2.17"],
            names: ["login.evil.example"],
            queries: [{ answers: ["198.51.100.7"], type: "A" }],
          },
        },
        { name: "nothing to look for", input: {}, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const filter: object[] = [between(input.from, input.to)];
        if (input.domain) {
          const domain = input.domain.toLowerCase().replace(/^\*?\./, "");
          const below = { wildcard: { "dns.question.name": { value: `*.${domain}` } } };
          filter.push({
            bool: { should: [{ term: { "dns.question.name": domain } }, below], minimum_should_match: 1 },
          });
        }
        if (input.client) filter.push({ term: { "source.ip": input.client } });
        if (input.resolved) filter.push({ term: { "dns.resolved_ip": input.resolved } });
        if (filter.length === 1) throw badInput("", "give a domain, a client or what it resolved to");
        const { hits, total } = search(ctx, input.index, {
          query: { bool: { filter } },
          size: input.limit,
          sort: newest,
        });
        const queries = hits.map(({ _source: q }) => ({
          at: q?.["@timestamp"] ?? "",
          client: q?.source?.ip ?? q?.client?.ip ?? "",
          name: q?.dns?.question?.name ?? "",
          type: q?.dns?.question?.type ?? "",
          answers: [q?.dns?.resolved_ip ?? []].flat() as string[],
          code: q?.dns?.response_code ?? "",
        }));
        const all = (of: (q: (typeof queries)[number]) => string) => [
          ...new Set(queries.map(of).filter((x) => x !== "")),
        ];
        return { queries, clients: all((q) => q.client), names: all((q) => q.name), total };
      },
    }),
    put: action({
      name: "Keep a document",
      description:
        "Keeps a document, in place of one with the same id. Without an id the step's key is its id, so that a repeated step keeps one.",
      effect: "write",
      idempotent: true,
      input: s.object({
        index: index(undefined),
        id: s.optional(s.string({ title: "Id", minLength: 1, maxLength: 512 })),
        document: s.record(s.any(), { title: "Document" }),
        create: s.boolean({
          title: "Only if new",
          description: "Fail as conflict where the id is there.",
          default: false,
        }),
      }),
      output: s.object({ id: s.string(), index: s.string(), result: s.string("created or updated.") }),
      examples: [
        {
          name: "a finding",
          input: { index: "findings", id: "f-1", document: { title: "Phishing" } },
          output: { id: "f-1", result: "created" },
        },
        {
          name: "one that is there",
          input: { index: "cases", id: "1", document: {}, create: true },
          error: { code: "conflict" },
        },
      ],
      run(input, ctx) {
        const made = change(ctx, document(ctx, input.index, input.id ?? ctx.run.key), {
          method: "PUT",
          json: input.document,
          query: { op_type: input.create ? "create" : undefined },
        });
        if (made._id === undefined) throw fail("bad_answer", "Elasticsearch didn't say what it kept");
        return { id: String(made._id), index: String(made._index), result: String(made.result) };
      },
    }),
    delete: action({
      name: "Remove a document",
      description: "Removes a document; one that is gone stays so.",
      effect: "destructive",
      idempotent: true,
      input: s.object({
        index: index(undefined),
        id: s.string({ title: "Id", minLength: 1, maxLength: 512 }),
      }),
      output: s.object({ removed: s.boolean("False where it was gone.") }),
      examples: [
        { name: "a case", input: { index: "cases", id: "1" }, output: { removed: true } },
        { name: "one that is gone", input: { index: "cases", id: "2" }, output: { removed: false } },
        {
          name: "an id that leads elsewhere",
          input: { index: "cases", id: ".." },
          error: { code: "bad_input" },
        },
      ],
      run(input, ctx) {
        const answer = send(ctx, document(ctx, input.index, input.id), { method: "DELETE" });
        if (answer.status === 404 && answer.json().result === "not_found") return { removed: false };
        return { removed: object(sound(answer)).result === "deleted" };
      },
    }),
  },
});
