import { action, badInput, type Context, connector, denied, fail, s } from "drawbridge";
import { originOf, placeFields, send, sound } from "../api.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => entities[c] ?? c);
const unescaped = (text: string) =>
  Object.entries(entities).reduceRight((t, [plain, entity]) => t.replaceAll(entity, plain), text);

/** Sends a command and gives what is within the response, which says itself whether it is one of success. */
function command(ctx: Context, form: Record<string, string>) {
  const answer = send(ctx, `${originOf(ctx)}/api/`, {
    method: "POST",
    form,
    headers: { Accept: "application/xml" },
  });
  const body = sound(answer).text();
  const status = /^\s*(?:<\?xml[^>]*>\s*)?<response\s[^>]*?status\s*=\s*["'](\w+)["']/.exec(body)?.[1];
  if (status === undefined)
    throw fail("bad_answer", `the firewall answered no response: ${body.slice(0, 100)}`);
  const code = /<response\s[^>]*?code\s*=\s*["'](\d+)["']/.exec(body)?.[1] ?? "";
  if (status === "error" && (code === "403" || code === "16"))
    throw denied(`the firewall answered: ${messageOf(body)}`);
  return { ok: status === "success", body };
}

const messageOf = (body: string) =>
  unescaped(
    body
      .replace(/<!\[CDATA\[|\]\]>/g, "")
      .replace(/<[^>]*message="([^"]*)"[^>]*>/g, " $1 ")
      .replace(/<[^>]*>/g, " "),
  )
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);

/** Registers or takes back a tag; false where nothing had to be changed. */
function change(ctx: Context, way: "register" | "unregister", ip: string, tag: string, seconds?: number) {
  const timeout = seconds === undefined ? "" : ` timeout="${seconds}"`;
  const { ok, body } = command(ctx, {
    type: "user-id",
    action: "set",
    cmd:
      `<uid-message><version>2.0</version><type>update</type><payload><${way}><entry ip="${escaped(ip)}">` +
      `<tag><member${timeout}>${escaped(tag)}</member></tag></entry></${way}></payload></uid-message>`,
  });
  if (ok) return true;
  if (/already exists, ignore|does(?:n't|n&apos;t| not) exist, ignore/.test(body)) return false;
  throw fail("paloalto_refused", `the firewall answered: ${messageOf(body)}`);
}

const ip = s.string({
  title: "Address",
  description: "IPv4 or IPv6, or a network in CIDR form.",
  minLength: 2,
  maxLength: 49,
  examples: ["198.51.100.7"],
});
const tag = s.string({
  title: "Tag",
  description: "Which the dynamic address group of your block rule matches.",
  default: "drawbridge-block",
  minLength: 1,
  maxLength: 127,
  pattern: "^[A-Za-z0-9_. -]+$",
});

const addresses = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:\/\d{1,3})?$/;

function checked(given: string) {
  const text = given.trim();
  if (!addresses.test(text)) throw badInput("/ip", "must be an address or a network in CIDR form");
  // Whoever blocks everything blocks the way back as well.
  const bits = Number(text.split("/")[1] ?? 32);
  if (text === "0.0.0.0" || text === "::" || bits < (text.includes(":") ? 16 : 8)) {
    throw badInput("/ip", "is too much of the internet: /8 is the least for IPv4, /16 for IPv6");
  }
  return text;
}

const changed = s.object({
  ip: s.string(),
  tag: s.string(),
  changed: s.boolean("False where it was so already."),
});

export default connector({
  id: "paloalto",
  version: "1.0.0",
  name: "Palo Alto firewall",
  description:
    "Blocks addresses on PAN-OS firewalls, without a commit, by tags that a dynamic address group takes up.",
  category: "Network",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 5h18v14H3zM3 10h18M3 15h18M9 5v5M15 10v5M9 15v4'/></svg>",
  credentials: [
    {
      type: "paloalto.key",
      apply: "header",
      name: "X-PAN-KEY",
      value: "{key}",
      fields: placeFields("key", "API key"),
    },
  ],
  capabilities: { http: [{ host: "*", methods: ["POST"], reason: "To tag addresses on your firewall." }] },
  actions: {
    block: action({
      name: "Block an address",
      description: "Gives an address the tag that your block rule matches.",
      effect: "destructive",
      idempotent: true,
      inverse: "unblock",
      input: s.object({
        ip,
        tag,
        seconds: s.optional(
          s.integer({
            title: "Seconds",
            description: "After which it is unblocked by itself; without them it stays.",
            minimum: 60,
            maximum: 2592000,
          }),
        ),
      }),
      output: changed,
      examples: [
        {
          name: "for an hour",
          input: { ip: "198.51.100.7", seconds: 3600 },
          output: { ip: "198.51.100.7", tag: "drawbridge-block", changed: true },
        },
        { name: "one that is blocked", input: { ip: "203.0.113.66" }, output: { changed: false } },
        { name: "everything", input: { ip: "0.0.0.0/0" }, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const address = checked(input.ip);
        return {
          ip: address,
          tag: input.tag,
          changed: change(ctx, "register", address, input.tag, input.seconds),
        };
      },
    }),
    unblock: action({
      name: "Unblock an address",
      description: "Takes the tag away.",
      effect: "write",
      idempotent: true,
      inverse: "block",
      input: s.object({ ip, tag }),
      output: changed,
      examples: [
        { name: "one that is blocked", input: { ip: "203.0.113.66" }, output: { changed: true } },
        { name: "one that isn't", input: { ip: "198.51.100.7" }, output: { changed: false } },
      ],
      run(input, ctx) {
        const address = checked(input.ip);
        return { ip: address, tag: input.tag, changed: change(ctx, "unregister", address, input.tag) };
      },
    }),
    blocked: action({
      name: "List blocked addresses",
      description: "Says which addresses have the tag.",
      effect: "read",
      idempotent: true,
      input: s.object({ tag }),
      output: s.object({ ips: s.list(s.string()), count: s.integer() }),
      examples: [
        { name: "all", input: {}, output: { ips: ["203.0.113.66"], count: 1 } },
        { name: "none", input: { tag: "unused" }, output: { ips: [], count: 0 } },
      ],
      run(input, ctx) {
        const { ok, body } = command(ctx, {
          type: "op",
          cmd: `<show><object><registered-ip><tag><entry name="${escaped(input.tag)}"/></tag></registered-ip></object></show>`,
        });
        if (!ok) throw fail("paloalto_refused", `the firewall answered: ${messageOf(body)}`);
        const ips = [...body.matchAll(/<entry\s[^>]*?ip="([^"]*)"/g)].map((m) => unescaped(m[1] ?? ""));
        return { ips, count: ips.length };
      },
    }),
  },
});
