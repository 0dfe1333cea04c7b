// Has effects on a server that counts them by the key that comes with each.
import { action, type Context, connector, s } from "drawbridge";

const input = s.object({ url: s.string(), n: s.integer() });
const output = s.object({ seen: s.integer() });

function tell(kind: string, url: string, n: number, ctx: Context) {
  const headers = { "Idempotency-Key": ctx.run.key };
  const answer = ctx.http({ url: `${url}/${kind}/${n}`, method: "POST", headers });
  return answer.orThrow().json() as { seen: number };
}

export default connector({
  id: "witness",
  version: "1.0.0",
  name: "Witness",
  description: "Has effects that are counted.",
  capabilities: { http: [{ host: "*", methods: ["POST"], reason: "To reach what the test names." }] },
  actions: {
    put: action({
      name: "Put",
      description: "An effect that is one however often it is asked for with its key.",
      input,
      output,
      effect: "write",
      idempotent: true,
      timeout: "20s",
      run: ({ url, n }, ctx) => tell("put", url, n, ctx),
    }),
    post: action({
      name: "Post",
      description: "An effect that is another each time.",
      input,
      output,
      effect: "write",
      timeout: "20s",
      run: ({ url, n }, ctx) => tell("post", url, n, ctx),
    }),
  },
});
