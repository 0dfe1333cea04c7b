// The conformance connector in TypeScript.
import {
  type Action,
  action,
  badInput,
  connector,
  denied,
  fail,
  hash,
  hex,
  rateLimited,
  type Signable,
  s,
  tooLarge,
  unavailable,
  type Webhook,
} from "drawbridge";

/** An action that has its id for a name. */
function act<In, Out>(declared: Omit<Action<In, Out>, "name" | "description">): Action<In, Out> {
  return action({ name: "Conformance", description: "What every SDK must do alike.", ...declared });
}

const kinds = ["bad_input", "unavailable", "rate_limited", "denied", "too_large", "teapot", "fault"] as const;
const digest = s.object({ size: s.integer(), sha256: s.string() });
let calls = 0;

function* repeat(text: string, times: number) {
  // A piece a host call, so that a call's limit of them isn't reached.
  const piece = 4096;
  for (let left = times; left > 0; left -= piece) yield text.repeat(Math.min(piece, left));
}

export default connector({
  id: "conformance",
  version: "1.0.0",
  name: "Conformance",
  description: "What every SDK must do alike.",
  credentials: [
    {
      type: "conformance.key",
      fields: {
        type: "object",
        properties: {
          secret: { type: "string", writeOnly: true },
          secretKey: { type: "string", writeOnly: true },
          accessId: { type: "string" },
        },
      },
      apply: "none",
      sign: ["standard-webhooks", "slack-v0", "threatconnect"],
    },
  ],
  actions: {
    echo: act({
      input: s.object({ value: s.any() }),
      output: s.object({ value: s.any() }),
      run: (input) => input,
    }),
    count: act({
      input: s.object({}),
      output: s.object({ count: s.integer() }),
      run: () => {
        calls += 1;
        return { count: calls };
      },
    }),
    add: act({
      input: s.object({ a: s.number(), b: s.number({ default: 10, maximum: 1000 }) }),
      output: s.object({ sum: s.number() }),
      run: ({ a, b }) => ({ sum: a + b }),
    }),
    fail: act({
      input: s.object({ kind: s.enum(kinds) }),
      output: s.object({}),
      async run({ kind }) {
        await null;
        switch (kind) {
          case "bad_input":
            throw badInput("/kind", "is not to my liking");
          case "unavailable":
            throw unavailable("no answer");
          case "rate_limited":
            throw rateLimited(2, "slow down");
          case "denied":
            throw denied("no key");
          case "too_large":
            throw tooLarge("too much");
          case "teapot":
            throw fail("teapot", "short and stout");
          default:
            throw new Error("a fault");
        }
      },
    }),
    log: act({
      input: s.object({ text: s.string() }),
      output: s.object({ logged: s.integer() }),
      run: ({ text }, ctx) => {
        ctx.log.debug(text, 0);
        ctx.log.info(text, 1);
        console.warn(text, 2);
        ctx.log.error(text, 3);
        ctx.progress(`${text} 4`);
        return { logged: 4 };
      },
    }),
    big: act({
      input: s.object({ size: s.integer() }),
      output: s.object({ text: s.string() }),
      memoryPages: 1024,
      run: ({ size }) => ({ text: "x".repeat(size) }),
    }),
    text_in: act({
      input: s.object({ content: s.text() }),
      output: digest,
      run: ({ content }, ctx) => {
        const text = new TextEncoder().encode(ctx.blobs.text(content));
        return { size: text.length, sha256: hex(hash("sha256", text)) };
      },
    }),
    bytes_in: act({
      input: s.object({ content: s.bytes() }),
      output: digest,
      run: ({ content }, ctx) => {
        const bytes = ctx.blobs.bytes(content);
        return { size: bytes.length, sha256: hex(hash("sha256", bytes)) };
      },
    }),
    blob_out: act({
      input: s.object({ times: s.integer() }),
      output: s.object({ content: s.bytes() }),
      run: ({ times }, ctx) => ({
        content: ctx.blobs.write(repeat("0123456789abcdef", times), "text/plain"),
      }),
    }),
    random: act({
      input: s.object({ count: s.integer() }),
      output: s.object({ hex: s.string() }),
      run: ({ count }, ctx) => ({ hex: hex(ctx.random(count)) }),
    }),
    now: act({
      input: s.object({}),
      output: s.object({ ms: s.integer() }),
      run: (_, ctx) => ({ ms: ctx.now().getTime() }),
    }),
    where: act({
      input: s.object({}),
      output: s.any(),
      run: (_, { run }) => ({ ...run, dryRun: run.dryRun ?? false }),
    }),
    http: act({
      input: s.object({ url: s.string() }),
      output: s.object({}),
      async run({ url }, ctx) {
        await ctx.fetch(url);
        return {};
      },
    }),
    kv: act({
      input: s.object({ key: s.string() }),
      output: s.object({}),
      run: ({ key }, ctx) => {
        ctx.kv.get(key);
        return {};
      },
    }),
    sign: act({
      input: s.object({
        scheme: s.string(),
        id: s.optional(s.string()),
        method: s.optional(s.string()),
        url: s.optional(s.string()),
        body: s.optional(s.string()),
      }),
      output: s.any(),
      run: (what, ctx) => ctx.sign(what as Signable | Webhook),
    }),
    net: act({
      input: s.object({ host: s.string(), port: s.integer(), say: s.string() }),
      output: s.object({ heard: s.string() }),
      run({ host, port, say }, ctx) {
        const conn = ctx.net.open(host, port, "5s");
        conn.write(say);
        const heard: number[] = [];
        for (let part = conn.read(); part; part = conn.read()) for (const byte of part) heard.push(byte);
        conn.close();
        return { heard: new TextDecoder().decode(new Uint8Array(heard)) };
      },
    }),
  },
});
