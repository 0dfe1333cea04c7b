import { action, badInput, type Context, connector, fail, s } from "drawbridge";
import { json, object, send, sound } from "../api.ts";
import { of, quoted, root, rows, user } from "./graph.ts";
import { mail } from "./mail.ts";

const enabledOf = (ctx: Context, name: string): boolean => {
  const found = json(ctx, of(name), { query: { $select: "accountEnabled" } });
  if (typeof found.accountEnabled !== "boolean")
    throw fail("bad_answer", "Graph didn't say whether the account is enabled");
  return found.accountEnabled;
};

function enable(ctx: Context, name: string, enabled: boolean) {
  const before = enabledOf(ctx, name);
  if (before !== enabled) sound(send(ctx, of(name), { method: "PATCH", json: { accountEnabled: enabled } }));
  return { user: name, enabled, changed: before !== enabled };
}

const switched = s.object({
  user: s.string(),
  enabled: s.boolean(),
  changed: s.boolean("False where it was so already."),
});

export default connector({
  id: "msgraph",
  version: "1.0.0",
  name: "Microsoft Graph",
  description:
    "Reads users, sign-ins and mails of Microsoft 365, disables accounts, ends sessions, and moves mails away.",
  category: "Identity",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4z'/><circle cx='16.5' cy='15' r='2'/><path d='M13 20c0-3 7-3 7 0'/></svg>",
  credentials: [
    {
      type: "msgraph.app",
      apply: "oauth2ClientCredentials",
      value: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
      fields: {
        type: "object",
        required: ["tenant", "clientId", "clientSecret", "scope"],
        additionalProperties: false,
        properties: {
          tenant: {
            type: "string",
            title: "Tenant",
            description: "Its id or a domain of it.",
            pattern: "^[A-Za-z0-9.-]+$",
            examples: ["corp.example"],
          },
          clientId: { type: "string", title: "Application ID", minLength: 1 },
          clientSecret: { type: "string", title: "Client secret", minLength: 1, format: "password" },
          scope: {
            type: "string",
            title: "Scope",
            enum: ["https://graph.microsoft.com/.default"],
            default: "https://graph.microsoft.com/.default",
          },
        },
      },
    },
  ],
  capabilities: {
    http: [
      {
        host: "graph.microsoft.com",
        methods: ["GET", "POST", "PATCH"],
        reason: "To read users, sign-ins and mails, and to act on them.",
      },
      { host: "login.microsoftonline.com", methods: ["POST"], reason: "To get access tokens." },
    ],
  },
  actions: {
    user: action({
      name: "Get a user",
      description: "Reads who an account belongs to, and whether it is enabled.",
      effect: "read",
      idempotent: true,
      input: s.object({ user }),
      output: s.object({
        id: s.string(),
        name: s.string(),
        principal: s.string("The user principal name."),
        mail: s.string(),
        enabled: s.boolean(),
        title: s.string(),
        department: s.string(),
        created: s.string({ format: "date-time" }),
      }),
      examples: [
        {
          name: "a clerk",
          input: { user: "reporter@corp.example" },
          output: { enabled: true, department: "Finance", principal: "reporter@corp.example" },
        },
        { name: "nobody", input: { user: "nobody@corp.example" }, error: { code: "not_found" } },
      ],
      run(input, ctx) {
        const $select =
          "id,displayName,userPrincipalName,mail,accountEnabled,jobTitle,department,createdDateTime";
        const found = json(ctx, of(input.user), { query: { $select } });
        if (found.id === undefined) throw fail("bad_answer", "Graph answered no user");
        return {
          id: String(found.id),
          name: found.displayName ?? "",
          principal: found.userPrincipalName ?? "",
          mail: found.mail ?? "",
          enabled: found.accountEnabled === true,
          title: found.jobTitle ?? "",
          department: found.department ?? "",
          created: found.createdDateTime ?? "",
        };
      },
    }),
    disable_user: action({
      name: "Disable an account",
      description:
        "Keeps an account from logging in. Sessions that are open go on for up to an hour: end them by revoke_sessions.",
      effect: "destructive",
      idempotent: true,
      inverse: "enable_user",
      input: s.object({ user }),
      output: switched,
      examples: [
        {
          name: "an account",
          input: { user: "reporter@corp.example" },
          output: { enabled: false, changed: true },
        },
        { name: "one that is disabled", input: { user: "off@corp.example" }, output: { changed: false } },
      ],
      run: (input, ctx) => enable(ctx, input.user, false),
    }),
    enable_user: action({
      name: "Enable an account",
      description: "Lets an account log in again.",
      effect: "write",
      idempotent: true,
      inverse: "disable_user",
      input: s.object({ user }),
      output: switched,
      examples: [
        {
          name: "one that is disabled",
          input: { user: "off@corp.example" },
          output: { enabled: true, changed: true },
        },
        { name: "one that isn't", input: { user: "reporter@corp.example" }, output: { changed: false } },
      ],
      run: (input, ctx) => enable(ctx, input.user, true),
    }),
    revoke_sessions: action({
      name: "End sessions",
      description:
        "Makes all refresh tokens and session cookies of an account invalid: everybody who uses it has to log in anew.",
      effect: "destructive",
      idempotent: true,
      input: s.object({ user }),
      output: s.object({ user: s.string(), revoked: s.boolean() }),
      examples: [
        { name: "of an account", input: { user: "reporter@corp.example" }, output: { revoked: true } },
      ],
      run(input, ctx) {
        const made = object(sound(send(ctx, `${of(input.user)}/revokeSignInSessions`, { method: "POST" })));
        if (made.value === undefined)
          throw fail("bad_answer", "Graph didn't say whether sessions were ended");
        return { user: input.user, revoked: made.value === true };
      },
    }),
    sign_ins: action({
      name: "Sign-ins",
      description:
        "Reads sign-ins of an account or from an address, the newest first. Needs a license of Entra ID P1.",
      effect: "read",
      idempotent: true,
      input: s.object({
        user: s.optional(user),
        ip: s.optional(
          s.string({ title: "IP address", minLength: 2, maxLength: 45, examples: ["198.51.100.7"] }),
        ),
        hours: s.integer({
          title: "Hours",
          description: "How far back.",
          default: 24,
          minimum: 1,
          maximum: 720,
        }),
        limit: s.integer({
          title: "Limit",
          description: "At most so many.",
          default: 100,
          minimum: 1,
          maximum: 2000,
        }),
      }),
      output: s.object({
        signIns: s.list(
          s.object({
            id: s.string(),
            at: s.string({ format: "date-time" }),
            user: s.string(),
            app: s.string(),
            ip: s.string(),
            city: s.string(),
            country: s.string("Two letters; empty if unknown."),
            ok: s.boolean(),
            error: s.integer("0 where it worked."),
            reason: s.string("Why it didn't."),
            risk: s.string("Such as none, low, high, hidden."),
            os: s.string(),
            client: s.string("Such as Browser."),
          }),
        ),
        more: s.boolean("There are more than the limit."),
      }),
      examples: [
        {
          name: "of an account, over two pages",
          input: { user: "reporter@corp.example" },
          output: {
            more: false,
            signIns: [
              { ip: "198.51.100.7", country: "NL", ok: true, risk: "high" },
              { ok: false, error: 50126 },
            ],
          },
        },
        {
          name: "from an address, the newest alone",
          input: { ip: "198.51.100.7", limit: 1 },
          output: { more: true, signIns: [{ id: "s1" }] },
        },
        { name: "nothing to look for", input: {}, error: { code: "bad_input" } },
      ],
      run(input, ctx) {
        const since = new Date(ctx.now().getTime() - input.hours * 3_600_000).toISOString();
        const parts = [`createdDateTime ge ${since}`];
        if (input.user) parts.push(`userPrincipalName eq ${quoted(input.user.toLowerCase())}`);
        if (input.ip) parts.push(`ipAddress eq ${quoted(input.ip)}`);
        if (parts.length === 1) throw badInput("", "give a user or an address");
        const { found, more } = rows(ctx, `${root}/auditLogs/signIns`, input.limit, {
          $filter: parts.join(" and "),
        });
        return {
          signIns: found.map((x) => ({
            id: String(x.id),
            at: x.createdDateTime ?? "",
            user: x.userPrincipalName ?? "",
            app: x.appDisplayName ?? "",
            ip: x.ipAddress ?? "",
            city: x.location?.city ?? "",
            country: x.location?.countryOrRegion ?? "",
            ok: x.status?.errorCode === 0,
            error: Number(x.status?.errorCode ?? 0),
            reason: x.status?.errorCode === 0 ? "" : (x.status?.failureReason ?? ""),
            risk: x.riskLevelDuringSignIn ?? "",
            os: x.deviceDetail?.operatingSystem ?? "",
            client: x.clientAppUsed ?? "",
          })),
          more,
        };
      },
    }),
    ...mail,
  },
});
