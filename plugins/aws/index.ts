import {
  action,
  badInput,
  type Context,
  connector,
  denied,
  fail,
  type HTTPResponse,
  hash,
  rateLimited,
  s,
} from "drawbridge";
import { fieldOf, handleOf } from "../api.ts";

const names = ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"] as const;
type Settings = Record<(typeof names)[number], boolean>;

const settings = s.object({
  blockPublicAcls: s.boolean("New public ACLs are refused."),
  ignorePublicAcls: s.boolean("Public ACLs that are there don't count."),
  blockPublicPolicy: s.boolean("New public policies are refused."),
  restrictPublicBuckets: s.boolean("What a public policy gives is kept to the own account."),
});

const bucket = s.string({
  title: "Bucket",
  minLength: 3,
  maxLength: 63,
  pattern: "^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
  examples: ["open-bucket"],
});

const xmlName = (name: string) => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
const textOf = (xml: string, element: string) =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];

/** Sends a signed request about a bucket. What isn't there gives "", where its code is expected. */
function ask(ctx: Context, method: string, name: string, part: string, absent = "", body?: string): string {
  const answer = ctx.http({
    method,
    url: `https://${fieldOf(ctx, "host")}/${name}?${part}=`,
    credential: handleOf(ctx),
    ...(body === undefined
      ? {}
      : {
          body,
          headers: { "Content-Type": "application/xml", "Content-MD5": hash("md5", body).toBase64() },
        }),
  });
  if (answer.ok) return answer.text();
  const code = textOf(answer.text(), "Code") ?? "";
  if (absent !== "" && code === absent) return "";
  throw faultOf(answer, code);
}

function faultOf(answer: HTTPResponse, code: string): Error {
  const message = `S3 answered ${code || answer.status}: ${textOf(answer.text(), "Message") ?? ""}`;
  if (code === "NoSuchBucket") return fail("not_found", message);
  if (code === "SlowDown" && answer.status !== 429) return rateLimited(2, message);
  if (answer.status === 403) return denied(message);
  answer.orThrow();
  return fail("bad_answer", message); // a redirect that leads nowhere
}

/** The block of a bucket; undefined where there is none. */
function blockOf(ctx: Context, name: string): Settings | undefined {
  const xml = ask(ctx, "GET", name, "publicAccessBlock", "NoSuchPublicAccessBlockConfiguration");
  if (xml === "") return undefined;
  if (!xml.includes("<PublicAccessBlockConfiguration"))
    throw fail("bad_answer", "S3 answered no configuration");
  return Object.fromEntries(names.map((n) => [n, textOf(xml, xmlName(n)) === "true"])) as Settings;
}

function putBlock(ctx: Context, name: string, block: Settings): void {
  const parts = names.map((n) => `<${xmlName(n)}>${block[n]}</${xmlName(n)}>`).join("");
  const body = `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts}</PublicAccessBlockConfiguration>`;
  if (ask(ctx, "PUT", name, "publicAccessBlock", "", body).includes("<html")) {
    throw fail("bad_answer", "something between here and S3 answered with a page");
  }
}

const none: Settings = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};
const all: Settings = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};
const same = (a: Settings, b: Settings) => names.every((n) => a[n] === b[n]);

const before = {
  configured: s.boolean("Whether there was a configuration before."),
  before: settings,
};

export default connector({
  id: "aws",
  version: "1.0.0",
  name: "AWS S3",
  description: "Says whether an S3 bucket is open to everybody, and closes it.",
  category: "Cloud",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 6c0-1.5 16-1.5 16 0l-2 14c0 1.3-12 1.3-12 0z'/><path d='M4 6c0 1.7 16 1.7 16 0'/></svg>",
  credentials: [
    {
      type: "aws.keys",
      apply: "sigv4",
      fields: {
        type: "object",
        required: ["host", "accessKeyId", "secretAccessKey", "region", "service"],
        additionalProperties: false,
        properties: {
          host: {
            type: "string",
            title: "Host",
            description: "Of S3 in the region.",
            minLength: 1,
            examples: ["s3.eu-west-1.amazonaws.com"],
          },
          accessKeyId: { type: "string", title: "Access key ID", minLength: 1 },
          secretAccessKey: { type: "string", title: "Secret access key", minLength: 1, format: "password" },
          sessionToken: { type: "string", title: "Session token", format: "password" },
          region: { type: "string", title: "Region", minLength: 1, examples: ["eu-west-1"] },
          service: { type: "string", title: "Service", enum: ["s3"], default: "s3" },
        },
      },
    },
  ],
  capabilities: {
    http: [
      {
        host: "{host}",
        methods: ["GET", "PUT", "DELETE"],
        reason: "To read and set who may reach your buckets.",
      },
    ],
  },
  actions: {
    public_access: action({
      name: "Public access of a bucket",
      description: "Says whether a bucket's policy opens it to everybody, and what is blocked.",
      effect: "read",
      idempotent: true,
      input: s.object({ bucket }),
      output: s.object({
        public: s.boolean("The policy opens it."),
        policy: s.boolean("Whether it has one."),
        configured: s.boolean("Whether anything is blocked for this bucket; the account may block besides."),
        blocked: s.boolean("All four are."),
        settings,
      }),
      examples: [
        {
          name: "an open one",
          input: { bucket: "open-bucket" },
          output: { public: true, policy: true, configured: false, blocked: false },
        },
        {
          name: "one that is half closed",
          input: { bucket: "half-bucket" },
          output: {
            public: false,
            policy: false,
            configured: true,
            blocked: false,
            settings: { ignorePublicAcls: true },
          },
        },
        { name: "none", input: { bucket: "no-bucket" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const block = blockOf(ctx, input.bucket);
        const policy = ask(ctx, "GET", input.bucket, "policyStatus", "NoSuchBucketPolicy");
        return {
          public: textOf(policy, "IsPublic")?.toLowerCase() === "true",
          policy: policy !== "",
          configured: block !== undefined,
          blocked: block !== undefined && same(block, all),
          settings: block ?? none,
        };
      },
    }),
    block_public_access: action({
      name: "Close a bucket",
      description: "Blocks all public access to a bucket. What relied on it fails from then on.",
      effect: "destructive",
      idempotent: true,
      inverse: "restore_public_access",
      input: s.object({ bucket }),
      output: s.object({ changed: s.boolean("False where all was blocked already."), ...before }),
      examples: [
        {
          name: "an open one",
          input: { bucket: "open-bucket" },
          output: { changed: true, configured: false },
        },
        {
          name: "one that is half closed",
          input: { bucket: "half-bucket" },
          output: {
            changed: true,
            configured: true,
            before: { ignorePublicAcls: true, blockPublicPolicy: false },
          },
        },
      ],
      run(input, ctx) {
        const block = blockOf(ctx, input.bucket);
        const changed = block === undefined || !same(block, all);
        if (changed) putBlock(ctx, input.bucket, all);
        return { changed, configured: block !== undefined, before: block ?? none };
      },
    }),
    restore_public_access: action({
      name: "Restore a bucket",
      description: "Sets what was blocked before, as block_public_access gave it.",
      effect: "destructive",
      idempotent: true,
      inverse: "block_public_access",
      input: s.object({
        bucket,
        configured: s.boolean({
          title: "Configured",
          description: "False takes the configuration away.",
          default: true,
        }),
        settings: s.optional(settings),
      }),
      output: s.object({ changed: s.boolean("False where it was so already."), ...before }),
      examples: [
        {
          name: "as it was",
          input: {
            bucket: "half-bucket",
            settings: {
              blockPublicAcls: true,
              ignorePublicAcls: true,
              blockPublicPolicy: false,
              restrictPublicBuckets: false,
            },
          },
          output: { changed: true, before: { ignorePublicAcls: true } },
        },
        {
          name: "open again",
          input: { bucket: "half-bucket", configured: false },
          output: { changed: true, configured: true },
        },
        { name: "as it is", input: { bucket: "open-bucket", configured: false }, output: { changed: false } },
        { name: "no settings", input: { bucket: "half-bucket" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const wanted = input.configured ? input.settings : undefined;
        if (input.configured && wanted === undefined)
          throw badInput("/settings", "give the settings, or configured: false");
        const block = blockOf(ctx, input.bucket);
        const changed =
          wanted === undefined ? block !== undefined : block === undefined || !same(block, wanted);
        if (changed && wanted !== undefined) putBlock(ctx, input.bucket, wanted);
        else if (changed) ask(ctx, "DELETE", input.bucket, "publicAccessBlock");
        return { changed, configured: block !== undefined, before: block ?? none };
      },
    }),
  },
});
