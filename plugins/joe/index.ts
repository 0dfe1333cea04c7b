import {
  action,
  backOff,
  badInput,
  type Context,
  connector,
  denied,
  fail,
  type HTTPRequest,
  type HTTPResponse,
  rateLimited,
  s,
  unavailable,
} from "drawbridge";
import { encode, fieldOf, handleOf, listOf, type Outside, object, parts, type Query, sound } from "../api.ts";

/** Codes of errors that Joe Sandbox answers, by jbxapi.py. */
const refusals: Record<number, (why: string) => Error> = {
  4: (why) => denied(why),
  5: (why) => unavailable(why),
  6: (why) => unavailable(why),
  7: (why) => denied(why),
};

/** What Joe Sandbox answers in data; its errors are a list with a code each. */
function dataOf(answer: HTTPResponse): Outside {
  if (answer.status === 429) throw rateLimited(Number(answer.headers["retry-after"] ?? 60), answer.text());
  if (answer.status < 400) return object(answer).data ?? {};
  let error: Outside;
  try {
    error = listOf<Outside>(object(answer).errors)[0];
  } catch {
    // A page of somebody in between: its status says what there is to say.
  }
  if (error === undefined) return sound(answer);
  const why = `Joe Sandbox answered: ${error.message ?? error.code}`;
  throw refusals[error.code]?.(why) ?? fail(answer.status === 404 ? "not_found" : "joe_refused", why);
}

/** Each request is a form, into which the server puts the key. */
function post(ctx: Context, path: string, form: Pick<HTTPRequest, "headers" | "body" | "bodyBlob">) {
  const root = fieldOf(ctx, "url").replace(/\/+$/, "");
  return ctx.http({ method: "POST", url: `${root}/v2/${path}`, credential: handleOf(ctx), ...form });
}

const form = (fields: Query) => ({
  headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
  body: encode(fields),
});

const options = {
  systems: s.optional(
    s.string({
      title: "System",
      description: "Such as w10x64; Joe Sandbox chooses where none is given.",
      pattern: "^[A-Za-z0-9_-]+$",
    }),
  ),
  seconds: s.optional(
    s.integer({ title: "Seconds", description: "How long it runs.", minimum: 30, maximum: 3000 }),
  ),
  internet: s.optional(s.boolean({ title: "Internet", description: "Whether it reaches the internet." })),
  comment: s.optional(s.string({ title: "Comment", maxLength: 1000 })),
};

type Options = { systems?: string; seconds?: number; internet?: boolean; comment?: string };

/** Parameters of a submission. The terms are those of Joe Sandbox Cloud, which an admin accepts in the credential. */
const fieldsOf = (ctx: Context, { systems, seconds, internet, comment }: Options): Query => ({
  "accept-tac": fieldOf(ctx, "terms") === "accepted" ? 1 : 0,
  "systems[]": systems,
  "analysis-time": seconds,
  "internet-access": internet === undefined ? undefined : Number(internet),
  comments: comment,
});

const made = s.object({ submission: s.string("For status.") });
function madeOf(data: Outside) {
  if (data.submission_id === undefined) throw fail("bad_answer", "Joe Sandbox answered no submission");
  return { submission: String(data.submission_id) };
}

const verdict = {
  detection: s.string("clean, suspicious, malicious or unknown; empty while there is none."),
  score: s.number("From 0 to 100, or as your version counts; -1 while there is none."),
};
const verdictOf = (given: Outside) => ({
  detection: String(given?.detection ?? ""),
  score: Number(given?.score ?? -1),
});

const id = (title: string, description: string) =>
  s.string({ title, description, pattern: "^[A-Za-z0-9_-]{1,64}$" });

export default connector({
  id: "joe",
  version: "1.0.0",
  name: "Joe Sandbox",
  description: "Runs files and URLs in Joe Sandbox, and reads what they did.",
  category: "Malware",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 8l8-4 8 4v8l-8 4-8-4z'/><path d='M4 8l8 4 8-4M12 12v8'/></svg>",
  credentials: [
    {
      type: "joe.key",
      apply: "form",
      name: "apikey",
      value: "{key}",
      fields: {
        type: "object",
        required: ["url", "key"],
        additionalProperties: false,
        properties: {
          url: {
            type: "string",
            title: "Address",
            description:
              "Of the API, such as https://jbxcloud.joesecurity.org/api. The credential's hosts must name the same.",
            pattern: "^https?://[^?#]+$",
          },
          key: { type: "string", title: "API key", minLength: 1, format: "password" },
          terms: {
            type: "string",
            title: "Terms and conditions",
            description: "Of Joe Sandbox Cloud, which asks for them: accepted, or empty on your own server.",
            enum: ["", "accepted"],
          },
        },
      },
    },
  ],
  capabilities: {
    http: [{ host: "*", methods: ["POST"], reason: "To send samples to the sandbox, and read its results." }],
  },
  actions: {
    submit_file: action({
      name: "Run a file",
      description: "Sends a file into the sandbox.",
      effect: "write",
      timeout: "2m",
      input: s.object({
        file: s.bytes("application/octet-stream", { title: "File", description: "At most 50 MiB." }),
        name: s.string({
          title: "Name",
          description: "Of the file, with its extension.",
          minLength: 1,
          maxLength: 255,
          examples: ["invoice.exe"],
        }),
        ...options,
      }),
      output: made,
      examples: [
        {
          name: "a program",
          input: {
            file: "TVqQAAMAAAA=",
            name: "invoice.exe",
            systems: "w10x64",
            seconds: 120,
            internet: false,
          },
          output: { submission: "140" },
        },
        { name: "an empty file", input: { file: "", name: "invoice.exe" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const size = ctx.blobs.size(input.file);
        if (size === 0) throw badInput("/file", "is empty");
        if (size > 50 << 20) throw badInput("/file", "must have at most 50 MiB");
        const file = { field: "sample", name: input.name, content: input.file };
        return madeOf(dataOf(post(ctx, "submission/new", parts(ctx, fieldsOf(ctx, input as Options), file))));
      },
    }),
    submit_url: action({
      name: "Run a URL",
      description: "Has the sandbox open an address.",
      effect: "write",
      input: s.object({
        url: s.string({ title: "URL", pattern: "^https?://", examples: ["http://evil.example/login"] }),
        ...options,
      }),
      output: made,
      examples: [
        {
          name: "a page",
          input: { url: "http://evil.example/login", comment: "a & b" },
          output: { submission: "141" },
        },
      ],
      run: (input, ctx) =>
        madeOf(
          dataOf(post(ctx, "submission/new", form({ url: input.url, ...fieldsOf(ctx, input as Options) }))),
        ),
    }),
    status: action({
      name: "Submission status",
      description: "Says how far a submission is, and which analyses it led to.",
      effect: "read",
      idempotent: true,
      input: s.object({ submission: id("Submission", "Its id.") }),
      output: s.object({
        status: s.string("In Joe Sandbox's words, such as submitted, running, finished."),
        done: s.boolean(),
        ...verdict,
        analysis: s.string("Of the analysis that says most, for report; empty while there is none."),
        analyses: s.list(s.string(), "Of all: one, or more for archives and mails."),
      }),
      examples: [
        {
          name: "done",
          input: { submission: "140" },
          output: {
            status: "finished",
            done: true,
            detection: "malicious",
            score: 88,
            analysis: "179",
            analyses: ["179", "180"],
          },
        },
        {
          name: "at work",
          input: { submission: "141" },
          output: { status: "running", done: false, detection: "", score: -1, analysis: "", analyses: [] },
        },
        { name: "none", input: { submission: "999" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const data = dataOf(post(ctx, "submission/info", form({ submission_id: input.submission })));
        const main = data.most_relevant_analysis;
        return {
          status: String(data.status ?? ""),
          done: data.status === "finished",
          ...verdictOf(main),
          analysis: String(main?.webid ?? ""),
          analyses: listOf<Outside>(data.analyses).map((a) => String(a.webid)),
        };
      },
    }),
    report: action({
      name: "Read a report",
      description:
        "Reads what an analysis found, with the indicators of it. One that goes on is an error that may be retried, after 15 seconds.",
      effect: "read",
      idempotent: true,
      timeout: "1m",
      memoryPages: 1024,
      input: s.object({ analysis: id("Analysis", "Its webid, as status answers it.") }),
      output: s.object({
        ...verdict,
        threat: s.string("What it was recognised as; empty if as nothing."),
        filename: s.string("Or the URL."),
        md5: s.string("Empty for a URL, as the others."),
        sha1: s.string(),
        sha256: s.string(),
        tags: s.list(s.string()),
        ips: s.list(s.string(), "That it talked to."),
        domains: s.list(s.string(), "That it asked for."),
        urls: s.list(s.string()),
        malicious: s.list(s.string(), "Of these addresses, domains and URLs, those that are marked so."),
      }),
      examples: [
        {
          name: "a stealer",
          input: { analysis: "179" },
          output: {
            detection: "malicious",
            score: 88,
            threat: "AgentTesla",
            filename: "invoice.exe",
            ips: ["198.51.100.7"],
            domains: ["smtp.evil.example"],
            urls: ["http://evil.example/gate"],
            malicious: ["198.51.100.7", "http://evil.example/gate"],
          },
        },
        {
          name: "one that goes on",
          input: { analysis: "181" },
          error: { code: "unavailable", retryable: true },
        },
        { name: "none", input: { analysis: "999" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const about = dataOf(post(ctx, "analysis/info", form({ webid: input.analysis })));
        if (about.status !== "finished") throw backOff(15, `Joe Sandbox says of it: ${about.status}`);
        const answer = post(ctx, "analysis/download", form({ webid: input.analysis, type: "iocjson" }));
        const found = answer.status < 400 ? object(answer).analysis : dataOf(answer);
        const rows = (list: unknown, name: string) =>
          listOf<Outside>(list).map((row) => ({
            text: String(row[name] ?? ""),
            bad: row["@malicious"] === "true",
          }));
        const ips = rows(found?.ipinfo?.ip, "@ip");
        const domains = rows(found?.domaininfo?.domain, "@name");
        const urls = rows(found?.urlinfo?.url, "@name");
        const texts = (list: { text: string; bad: boolean }[]) => [...new Set(list.map((row) => row.text))];
        return {
          ...verdictOf(about),
          threat: String(about.threatname ?? ""),
          filename: String(about.filename ?? ""),
          md5: String(about.md5 ?? ""),
          sha1: String(about.sha1 ?? ""),
          sha256: String(about.sha256 ?? ""),
          tags: listOf<string>(about.tags),
          ips: texts(ips),
          domains: texts(domains),
          urls: texts(urls),
          malicious: texts([...ips, ...domains, ...urls].filter((row) => row.bad)),
        };
      },
    }),
  },
});
