import { action, type Context, connector, s } from "drawbridge";
import { addressField, json, listOf, type Outside, originOf, type Query } from "../api.ts";
import { renew, revoke, sign } from "./issue.ts";

/** Asks the CA, which tells everybody what is read here. */
const ask = (ctx: Context, path: string, query: Query = {}): Outside =>
  json(ctx, `${originOf(ctx)}/${path}`, { query });

const get = (path: string, reason: string) => ({
  host: "*",
  methods: ["GET"],
  pathPrefix: `/${path}`,
  reason,
});
const post = (path: string, reason: string) => ({
  host: "*",
  methods: ["POST"],
  pathPrefix: `/1.0/${path}`,
  reason,
});

const keyField = (description: string) => ({
  type: "string",
  title: "Private key",
  description,
  minLength: 1,
  writeOnly: true,
});
const passwordField = {
  type: "string",
  title: "Password",
  description: "Of the private key, where it is a JWK that is encrypted.",
  format: "password",
};

/** How many pages of provisioners are read, of a hundred each. */
const mostPages = 20;

export default connector({
  id: "stepca",
  version: "1.0.0",
  name: "step-ca",
  description:
    "Asks a certificate authority of smallstep how it is, whom it trusts and who may ask for certificates; has certificates signed, renewed and revoked.",
  category: "Identity",
  publisher: "Drawbridge",
  license: "Apache-2.0",
  icon: "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 20h5v-5h5v-5h5V5h3'/><circle cx='7' cy='7' r='3'/></svg>",
  credentials: [
    {
      type: "stepca.place",
      apply: "none",
      fields: {
        type: "object",
        required: ["url"],
        additionalProperties: false,
        properties: { url: addressField },
      },
    },
    {
      type: "stepca.provisioner",
      apply: "none",
      sign: ["jwt"],
      claims: ["sub", "sans"],
      fields: {
        type: "object",
        required: ["url", "issuer", "privateKey"],
        additionalProperties: false,
        properties: {
          url: addressField,
          issuer: {
            type: "string",
            title: "Provisioner",
            description: "The name of a provisioner of the type JWK.",
            minLength: 1,
            examples: ["automation@corp.example"],
          },
          privateKey: keyField("The provisioner's: its encryptedKey, the key as JWK, or as PEM."),
          passphrase: passwordField,
        },
      },
    },
    {
      type: "stepca.certificate",
      apply: "none",
      sign: ["step-ca-renew"],
      fields: {
        type: "object",
        required: ["url", "privateKey"],
        additionalProperties: false,
        properties: {
          url: addressField,
          privateKey: keyField("The certificate's own, as PEM or JWK. It stays the same when it is renewed."),
          passphrase: passwordField,
        },
      },
    },
  ],
  capabilities: {
    http: [
      get("health", "To ask your certificate authority how it is."),
      get("roots", "To read whom to trust."),
      get("federation", "To read whom it trusts."),
      get("provisioners", "To read who may ask for certificates."),
      post("sign", "To have certificates signed."),
      post("renew", "To have certificates renewed."),
      post("revoke", "To revoke certificates."),
    ],
  },
  actions: {
    health: action({
      name: "Health",
      description: "Asks whether the authority works.",
      effect: "read",
      idempotent: true,
      input: s.object({}),
      output: s.object({ healthy: s.boolean(), status: s.string("In its own words: ok.") }),
      examples: [{ name: "in health", input: {}, output: { healthy: true, status: "ok" } }],
      run(_, ctx) {
        const status = String(ask(ctx, "health").status ?? "");
        return { healthy: status === "ok", status };
      },
    }),
    roots: action({
      name: "List roots",
      description: "Lists the root certificates, for those who have to trust the authority.",
      effect: "read",
      idempotent: true,
      input: s.object({
        federated: s.boolean({
          title: "Federated",
          description: "Also those of other authorities that it trusts.",
          default: false,
        }),
      }),
      output: s.object({ certificates: s.list(s.string(), "In PEM."), count: s.integer() }),
      examples: [
        { name: "its own", input: {}, output: { count: 1 } },
        { name: "with those it trusts", input: { federated: true }, output: { count: 2 } },
      ],
      run(input, ctx) {
        const certificates = listOf<string>(ask(ctx, input.federated ? "federation" : "roots").crts);
        return { certificates, count: certificates.length };
      },
    }),
    provisioners: action({
      name: "List provisioners",
      description: "Lists who may ask for certificates, and for how long these hold.",
      effect: "read",
      idempotent: true,
      input: s.object({
        type: s.optional(s.string({ title: "Type", description: "Only these, such as JWK, OIDC or ACME." })),
      }),
      output: s.object({
        provisioners: s.list(
          s.object({
            name: s.string(),
            type: s.string("Such as JWK, OIDC, ACME, SSHPOP."),
            minimum: s.string(
              "How long certificates hold at least: a duration such as 5m0s; empty is the authority's own.",
            ),
            usual: s.string("How long they hold where nobody says."),
            maximum: s.string("How long they hold at most."),
            renewal: s.boolean("Whether they may be renewed."),
            ssh: s.boolean("Whether it may sign for SSH as well."),
          }),
        ),
        count: s.integer(),
      }),
      examples: [
        {
          name: "all",
          input: {},
          output: {
            count: 101,
          },
        },
        {
          name: "of one type",
          input: { type: "acme" },
          output: {
            count: 1,
            provisioners: [
              {
                name: "web",
                type: "ACME",
                minimum: "",
                usual: "24h0m0s",
                maximum: "48h0m0s",
                renewal: false,
                ssh: false,
              },
            ],
          },
        },
      ],
      run(input, ctx) {
        const all: Outside[] = [];
        let cursor = "";
        for (let page = 0; page < mostPages; page++) {
          const answer = ask(ctx, "provisioners", { limit: 100, cursor: cursor || undefined });
          all.push(...listOf<Outside>(answer.provisioners));
          cursor = String(answer.nextCursor ?? "");
          if (cursor === "") break;
        }
        const provisioners = all
          .filter(
            (p) => input.type === undefined || String(p.type).toLowerCase() === input.type.toLowerCase(),
          )
          .map((p) => ({
            name: String(p.name ?? ""),
            type: String(p.type ?? ""),
            minimum: p.claims?.minTLSCertDuration ?? "",
            usual: p.claims?.defaultTLSCertDuration ?? "",
            maximum: p.claims?.maxTLSCertDuration ?? "",
            renewal: p.claims?.disableRenewal !== true,
            ssh: p.claims?.enableSSHCA === true,
          }));
        return { provisioners, count: provisioners.length };
      },
    }),
    sign,
    renew,
    revoke,
  },
});
