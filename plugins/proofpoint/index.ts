import { action, connector, fail, s } from "drawbridge";
import { json, listOf, type Outside, object, send, sound } from "../api.ts";

const root = "https://tap-api-v2.proofpoint.com/v2";

const threats = s.list(
  s.object({
    id: s.string(),
    threat: s.string("An address, or a hash."),
    type: s.string("url, attachment or messageText."),
    classification: s.string("Such as phish or malware."),
    status: s.string("Such as active or falsepositive."),
    link: s.string("The page for people."),
  }),
);

const message = s.object({
  guid: s.string("Proofpoint's own."),
  messageId: s.string(),
  at: s.string({ format: "date-time" }),
  delivered: s.boolean("False where it was held back."),
  sender: s.string("Of the header."),
  senderIP: s.string(),
  recipients: s.list(s.string()),
  subject: s.string(),
  phish: s.number("From 0 to 100."),
  malware: s.number("From 0 to 100."),
  impostor: s.number("From 0 to 100."),
  threats,
});

const messageOf = (delivered: boolean) => (m: Outside) => ({
  guid: m.GUID ?? "",
  messageId: m.messageID ?? "",
  at: m.messageTime ?? "",
  delivered,
  sender: [m.fromAddress ?? m.sender ?? ""].flat()[0] ?? "",
  senderIP: m.senderIP ?? "",
  recipients: listOf<string>(m.recipient),
  subject: m.subject ?? "",
  phish: Number(m.phishScore ?? 0),
  malware: Number(m.malwareScore ?? 0),
  impostor: Number(m.impostorScore ?? 0),
  threats: listOf<Outside>(m.threatsInfoMap).map((t) => ({
    id: t.threatID ?? "",
    threat: t.threat ?? "",
    type: t.threatType ?? "",
    classification: t.classification ?? "",
    status: t.threatStatus ?? "",
    link: t.threatUrl ?? "",
  })),
});

const clickOf = (permitted: boolean) => (c: Outside) => ({
  at: c.clickTime ?? "",
  permitted,
  url: c.url ?? "",
  recipient: c.recipient ?? "",
  ip: c.clickIP ?? "",
  classification: c.classification ?? "",
  threat: c.threatID ?? "",
  messageId: c.messageID ?? "",
});

export default connector({
  id: "proofpoint",
  version: "1.0.0",
  name: "Proofpoint TAP",
  description:
    "Reads threats that Proofpoint found in mails and clicks, and decodes the addresses that it rewrote.",
  category: "Mail",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 6h13v8H3zM3 6l6.5 5L16 6'/><path d='m15 18 2 2 4-5'/></svg>",
  credentials: [
    {
      type: "proofpoint.service",
      apply: "basic",
      fields: s.object({
        username: s.string({ title: "Service principal", minLength: 1 }),
        password: s.string({ title: "Secret", minLength: 1, format: "password" }),
      }),
    },
  ],
  capabilities: {
    http: [
      {
        host: "tap-api-v2.proofpoint.com",
        methods: ["GET", "POST"],
        reason: "To read threats, and to decode addresses.",
      },
    ],
  },
  actions: {
    events: action({
      name: "Recent threats",
      description:
        "Reads mails with threats and clicks on them, of at most the last hour: as far back as Proofpoint goes in one request.",
      effect: "read",
      idempotent: true,
      memoryPages: 512,
      input: s.object({
        seconds: s.integer({
          title: "Seconds",
          description: "How far back.",
          default: 3600,
          minimum: 30,
          maximum: 3600,
        }),
        active: s.boolean({
          title: "Active alone",
          description: "Leave out what turned out to be a false alarm.",
          default: true,
        }),
      }),
      output: s.object({
        messages: s.list(message),
        clicks: s.list(
          s.object({
            at: s.string({ format: "date-time" }),
            permitted: s.boolean("False where it was stopped."),
            url: s.string(),
            recipient: s.string(),
            ip: s.string("Of who clicked."),
            classification: s.string(),
            threat: s.string("Its id."),
            messageId: s.string(),
          }),
        ),
        until: s.string("Up to when it was looked; empty where nothing was found."),
      }),
      examples: [
        {
          name: "of the last hour",
          input: {},
          output: {
            messages: [
              {
                delivered: true,
                sender: "pay@evil.example",
                phish: 100,
                threats: [{ threat: "http://evil.example/login", classification: "phish" }],
              },
            ],
            clicks: [{ permitted: false, recipient: "reporter@example.com" }],
          },
        },
        { name: "nothing", input: { seconds: 30 }, output: { messages: [], clicks: [], until: "" } },
      ],
      run(input, ctx) {
        const query = {
          format: "json",
          sinceSeconds: input.seconds,
          threatStatus: input.active ? "active" : undefined,
        };
        const answer = sound(send(ctx, `${root}/siem/all`, { query }));
        const found = answer.status === 204 ? {} : object(answer);
        return {
          messages: [
            ...listOf(found.messagesDelivered).map(messageOf(true)),
            ...listOf(found.messagesBlocked).map(messageOf(false)),
          ],
          clicks: [
            ...listOf(found.clicksPermitted).map(clickOf(true)),
            ...listOf(found.clicksBlocked).map(clickOf(false)),
          ],
          until: found.queryEndTime ?? "",
        };
      },
    }),
    decode_urls: action({
      name: "Decode addresses",
      description: "Gives the addresses that Proofpoint's URL Defense rewrote.",
      effect: "read",
      idempotent: true,
      input: s.object({
        urls: s.list(s.string({ minLength: 1 }), { title: "URLs", minItems: 1, maxItems: 500 }),
      }),
      output: s.object({
        urls: s.list(
          s.object({
            encoded: s.string(),
            decoded: s.string("As it is encoded, where it wasn't rewritten."),
            rewritten: s.boolean(),
          }),
        ),
      }),
      examples: [
        {
          name: "one of two",
          input: {
            urls: ["https://urldefense.com/v3/__http://evil.example/login__;!!abc", "http://plain.example/"],
          },
          output: {
            urls: [
              { decoded: "http://evil.example/login", rewritten: true },
              { decoded: "http://plain.example/", rewritten: false },
            ],
          },
        },
      ],
      run(input, ctx) {
        const { urls } = json(ctx, `${root}/url/decode`, { method: "POST", json: { urls: input.urls } });
        if (!Array.isArray(urls)) throw fail("bad_answer", "Proofpoint answered no addresses");
        return {
          urls: urls.map((u: Outside) => ({
            encoded: u.encodedUrl ?? "",
            decoded: u.decodedUrl ?? u.encodedUrl ?? "",
            rewritten: u.success === true,
          })),
        };
      },
    }),
  },
});
