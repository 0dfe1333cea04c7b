import { action, backOff, badInput, type Context, connector, fail, type HTTPResponse, s } from "drawbridge";
import { handleOf, listOf, type Outside, object, originOf, parts, placeFields, send, sound } from "../api.ts";

const root = (ctx: Context) => `${originOf(ctx)}/apiv2/tasks`;

/** What CAPE answers, unless it says that it is an error, which it does with the status 200. */
function ask(answer: HTTPResponse): Outside {
  const out = object(sound(answer));
  if (out.error !== true) return out;
  const why = String(out.error_value ?? JSON.stringify(out.errors ?? ""));
  if (/does(?: not|n't) exist/i.test(why)) throw fail("not_found", `CAPE answered: ${why}`);
  if (/still being|not (?:yet )?(?:finished|reported|completed)/i.test(why))
    throw backOff(15, `CAPE answered: ${why}`);
  throw fail("cape_refused", `CAPE answered: ${why}`);
}

const options = {
  package: s.optional(
    s.string({
      title: "Package",
      description: "Which CAPE runs it by, such as exe or pdf; it chooses where none is given.",
    }),
  ),
  seconds: s.optional(
    s.integer({ title: "Seconds", description: "How long it runs.", minimum: 10, maximum: 3600 }),
  ),
  machine: s.optional(s.string({ title: "Machine", description: "The label of the machine it runs on." })),
  tags: s.optional(s.string({ title: "Tags", description: "Of machines, by commas." })),
};

type Options = { package?: string; seconds?: number; machine?: string; tags?: string };

const fieldsOf = ({ package: pack, seconds, machine, tags }: Options) => ({
  package: pack,
  timeout: seconds,
  machine,
  tags,
});

const made = s.object({
  tasks: s.list(s.integer("For status and report."), "One, or more where an archive was given."),
});
function madeOf(given: Outside) {
  const tasks = listOf<number>(given.data?.task_ids);
  if (tasks.length === 0) throw fail("bad_answer", "CAPE answered no task");
  return { tasks };
}

const task = s.integer({ title: "Task", description: "Its number.", minimum: 1 });

export default connector({
  id: "cape",
  version: "1.0.0",
  name: "CAPE Sandbox",
  description: "Runs files and URLs in a CAPE sandbox, and reads what they did.",
  category: "Malware",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M9 3h6M10 3v6L5 19a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2L14 9V3'/><path d='M7.5 15h9'/></svg>",
  credentials: [
    {
      type: "cape.token",
      apply: "header",
      name: "Authorization",
      value: "Token {token}",
      fields: placeFields("token", "Token"),
    },
  ],
  capabilities: { http: [{ host: "*", methods: ["GET", "POST"], reason: "To reach your sandbox." }] },
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
        password: s.optional(
          s.string({ title: "Password", description: "Of an archive, such as infected." }),
        ),
        ...options,
      }),
      output: made,
      examples: [
        {
          name: "a program",
          input: { file: "TVqQAAMAAAA=", name: "invoice.exe", seconds: 120 },
          output: { tasks: [101] },
        },
        {
          name: "a password that would be more options",
          input: { file: "TVqQAAMAAAA=", name: "invoice.zip", password: "infected,free=yes" },
          error: { code: "bad_input" },
        },
        { name: "an empty file", input: { file: "", name: "invoice.exe" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const size = ctx.blobs.size(input.file);
        if (size === 0) throw badInput("/file", "is empty");
        if (size > 50 << 20) throw badInput("/file", "must have at most 50 MiB");
        // CAPE reads options as name=value by commas: what stands behind one would be another.
        if (input.password?.includes(",")) {
          throw badInput("/password", "holds a comma, which CAPE takes for the end of an option");
        }
        const form = parts(
          ctx,
          {
            ...fieldsOf(input as Options),
            ...(input.password ? { options: `password=${input.password}` } : {}),
          },
          { field: "file", name: input.name, content: input.file },
        );
        return madeOf(
          ask(
            ctx.http({
              method: "POST",
              url: `${root(ctx)}/create/file/`,
              credential: handleOf(ctx),
              ...form,
            }),
          ),
        );
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
      examples: [{ name: "a page", input: { url: "http://evil.example/login" }, output: { tasks: [102] } }],
      run: (input, ctx) =>
        madeOf(
          ask(
            send(ctx, `${root(ctx)}/create/url/`, {
              method: "POST",
              form: { url: input.url, ...fieldsOf(input as Options) },
            }),
          ),
        ),
    }),
    status: action({
      name: "Task status",
      description: "Says how far a task is.",
      effect: "read",
      idempotent: true,
      input: s.object({ task }),
      output: s.object({
        status: s.string("In CAPE's words, such as pending, running, reported, failed_analysis."),
        done: s.boolean("The report is there."),
        failed: s.boolean("There will be none."),
      }),
      examples: [
        { name: "done", input: { task: 101 }, output: { status: "reported", done: true, failed: false } },
        { name: "at work", input: { task: 102 }, output: { status: "running", done: false, failed: false } },
        { name: "failed", input: { task: 103 }, output: { done: false, failed: true } },
        { name: "none", input: { task: 999 }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const status = String(ask(send(ctx, `${root(ctx)}/status/${input.task}/`)).data);
        return { status, done: status === "reported", failed: status.startsWith("failed_") };
      },
    }),
    report: action({
      name: "Read a report",
      description:
        "Reads what a task found. One that goes on is an error that may be retried, after 15 seconds.",
      effect: "read",
      idempotent: true,
      timeout: "1m",
      memoryPages: 1024,
      input: s.object({ task }),
      output: s.object({
        score: s.number("From 0 to 10."),
        status: s.string("CAPE's own judgement, such as Malicious; empty if none."),
        families: s.list(s.string(), "Malware that it was recognised as."),
        target: s.string("The file's name, or the URL."),
        sha256: s.string("Of the file; empty for a URL."),
        signatures: s.list(
          s.object({
            name: s.string(),
            description: s.string(),
            severity: s.integer("From 1 to 3 and more."),
          }),
        ),
        techniques: s.list(s.string(), "Of MITRE ATT&CK."),
        ips: s.list(s.string(), "That it talked to."),
        domains: s.list(s.string(), "That it asked for."),
        urls: s.list(s.string()),
        payloads: s.list(s.object({ sha256: s.string(), type: s.string() }), "What was unpacked."),
        configs: s.list(s.any(), "Configurations that were read out of it."),
      }),
      examples: [
        {
          name: "a stealer",
          input: { task: 101 },
          output: {
            score: 9,
            families: ["AgentTesla"],
            target: "invoice.exe",
            techniques: ["T1555"],
            ips: ["198.51.100.7"],
            domains: ["smtp.evil.example"],
            payloads: [{ type: "AgentTesla Payload" }],
          },
        },
        { name: "one that goes on", input: { task: 102 }, error: { code: "unavailable", retryable: true } },
        { name: "none", input: { task: 999 }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const r = ask(send(ctx, `${root(ctx)}/get/report/${input.task}/json/`));
        const texts = (rows: unknown, of: (row: Outside) => unknown) => [
          ...new Set(
            listOf(rows)
              .map((row) => of(row))
              .filter((text): text is string => typeof text === "string" && text !== ""),
          ),
        ];
        return {
          score: Number(r.malscore ?? r.info?.score ?? 0),
          status: r.malstatus ?? "",
          families: typeof r.detections === "string" ? [r.detections] : texts(r.detections, (d) => d.family),
          target: r.target?.file?.name ?? r.target?.url ?? "",
          sha256: r.target?.file?.sha256 ?? "",
          signatures: listOf<Outside>(r.signatures).map((x) => ({
            name: x.name ?? "",
            description: x.description ?? "",
            severity: Math.round(Number(x.severity ?? 0)),
          })),
          techniques: [...new Set(listOf<Outside>(r.ttps).flatMap((x): string[] => x.ttps ?? [x.ttp]))],
          ips: texts(r.network?.hosts, (h) => h.ip ?? h),
          domains: texts(r.network?.domains, (d) => d.domain),
          urls: texts(r.network?.http, (h) => h.uri),
          payloads: listOf<Outside>(r.CAPE?.payloads).map((p) => ({
            sha256: p.sha256 ?? "",
            type: p.cape_type ?? "",
          })),
          configs: listOf(r.CAPE?.configs),
        };
      },
    }),
  },
});
