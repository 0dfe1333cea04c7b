// Does with an answer whatever may carry a secret further: returns, throws, logs
// and keeps it, crashes and loops over it.
import { action, connector, s } from "drawbridge";

const secret = { type: "string", writeOnly: true };
const plain = { type: "string" };
const fields = (properties: Record<string, unknown>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

export default connector({
  id: "leaky",
  version: "1.0.0",
  name: "Leaky",
  description: "Carries on whatever it is answered.",
  credentials: [
    { type: "leaky.bearer", fields: fields({ token: secret }), apply: "bearer" },
    { type: "leaky.basic", fields: fields({ username: plain, password: secret }), apply: "basic" },
    {
      type: "leaky.header",
      fields: fields({ value: secret }),
      apply: "header",
      name: "X-Key",
      value: "Key {value}",
    },
    { type: "leaky.query", fields: fields({ value: secret }), apply: "query", name: "apikey" },
    {
      type: "leaky.sigv4",
      fields: fields({ accessKeyId: plain, secretAccessKey: secret, region: plain, service: plain }),
      apply: "sigv4",
    },
    { type: "leaky.sign", fields: fields({ secret }), apply: "none", sign: ["slack-v0"] },
  ],
  capabilities: {
    http: [{ host: "*", methods: ["GET", "POST"], reason: "To reach what the test names." }],
    kv: true,
  },
  actions: {
    send: action({
      name: "Send",
      description: "Sends a request and carries the answer on.",
      input: s.object({
        url: s.string(),
        // A text to hold in memory while the request is under way, given backwards.
        backwards: s.string({ default: "" }),
        then: s.enum(["answer", "throw", "log", "keep", "crash", "loop"], { default: "answer" }),
      }),
      output: s.any(),
      effect: "read",
      timeout: "10s",
      run({ url, backwards, then }, ctx) {
        const held = [...backwards].reverse().join("");
        let got: unknown;
        try {
          const signed = url.endsWith("kind=sign")
            ? ctx.sign({ scheme: "slack-v0", body: "hello" }).headers
            : {};
          const request = { url, credential: ctx.credential?.handle ?? "", headers: signed };
          const answer = ctx.http(request);
          got = {
            status: answer.status,
            headers: answer.headers,
            url: answer.url,
            text: answer.text(),
            credential: ctx.credential,
          };
        } catch (e) {
          got = { error: String(e), details: e };
        }
        const text = JSON.stringify(got);
        switch (then) {
          case "throw":
            throw new Error(text);
          case "log":
            console.log(text);
            ctx.progress(text);
            break;
          case "keep":
            ctx.kv.put("kept", text.slice(0, 60_000));
            break;
          case "crash":
            for (const all = [text]; ; ) all.push(all.join(""));
          case "loop":
            for (;;);
        }
        return { got, held: held.length };
      },
    }),
  },
});
