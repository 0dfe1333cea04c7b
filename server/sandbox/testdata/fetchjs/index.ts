// Sends requests in both forms.
import { action, connector, s } from "drawbridge";

const input = s.object({ url: s.string() });

export default connector({
  id: "script",
  version: "1.0.0",
  name: "Fetch",
  description: "Sends requests.",
  actions: {
    fetch: action({
      name: "Fetch",
      description: "Sends by fetch.",
      input,
      output: s.any(),
      effect: "read",
      async run({ url }, ctx) {
        const init = { method: "POST", body: new Uint8Array([0, 255]), headers: { "X-Name": "ä" } };
        const [known, anonymous] = await Promise.all([ctx.fetch(url, init), fetch(`${url}?anonymous`)]);
        return {
          status: known.status,
          type: known.headers.get("content-type"),
          body: await known.json(),
          anonymous: await anonymous.json(),
          url: anonymous.url,
        };
      },
    }),
    http: action({
      name: "HTTP",
      description: "Sends and waits.",
      input,
      output: s.any(),
      effect: "read",
      run: ({ url }, ctx) => {
        const response = ctx.http(`${url}?bytes`);
        ctx.kv.put("seen", String((Number(ctx.kv.get("seen") ?? 0) || 0) + 1));
        return { bytes: [...response.bytes()], seen: ctx.kv.get("seen") };
      },
    }),
    busy: action({
      name: "Busy",
      description: "Meets a busy server.",
      input,
      output: s.any(),
      effect: "read",
      run: ({ url }, ctx) => ctx.http(`${url}?busy`).orThrow().json(),
    }),
  },
});
