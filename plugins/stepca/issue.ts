// What the authority does for who shows a token: certificates that are signed, renewed and
// revoked. The host makes the tokens; no key is here.
import { action, badInput, type Context, fail, type HTTPResponse, s } from "drawbridge";
import { listOf, type Outside, object, originOf, send, sound } from "../api.ts";
import { factsOf } from "./certificate.ts";
import { chain, request } from "./examples.ts";

/** What the authority says of an error, in its own words. */
const messageOf = (answer: HTTPResponse): string => {
  try {
    return String((answer.json() as Outside)?.message ?? "");
  } catch {
    return "";
  }
};

/** Why the authority didn't do what it was asked for and may be asked for. */
function refused(answer: HTTPResponse): Error | undefined {
  const said = messageOf(answer);
  if (said === "" || (answer.status !== 400 && answer.status !== 403)) return undefined;
  // It says 403 where it believes the token, and what is asked for isn't allowed.
  return fail(answer.status === 403 ? "forbidden" : "rejected", `the authority answered: ${said}`);
}

/** Sends what a token of the provisioner is for, which goes in the body beside it. */
function order(ctx: Context, path: string, claims: Record<string, unknown>, body: object): HTTPResponse {
  const url = `${originOf(ctx)}/1.0/${path}`;
  const { signature: ott } = ctx.sign({ scheme: "jwt", method: "POST", url, claims });
  return send(ctx, url, { method: "POST", json: { ...body, ott } });
}

const issued = s.object({
  chain: s.string("The certificate, and those between it and the root, in PEM."),
  serial: s.string("The certificate's number in decimal, by which it is revoked."),
  notBefore: s.string({ format: "date-time", description: "From when it holds." }),
  notAfter: s.string({ format: "date-time", description: "Until when it holds." }),
});

/** The certificate that the authority gave. */
function issuedBy(answer: HTTPResponse) {
  const why = refused(answer);
  if (why !== undefined) throw why;
  const given = object(sound(answer));
  const list = listOf<unknown>(given.certChain).map(String);
  const all = list.length > 0 ? list : [given.crt, given.ca].filter((pem) => typeof pem === "string");
  const [leaf] = all;
  if (leaf === undefined) throw fail("bad_answer", "the authority answered no certificate");
  return { chain: all.map((pem) => `${pem.trimEnd()}\n`).join(""), ...factsOf(leaf) };
}

/** Why a certificate is revoked: the names of RFC 5280, section 5.3.1, and their numbers. */
const reasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;
const reasonNames = Object.keys(reasons) as (keyof typeof reasons)[];

export const sign = action({
  name: "Sign a request",
  description: "Has the authority sign a certificate request (CSR), for the names that are given.",
  effect: "write",
  input: s.object({
    csr: s.string({
      title: "Request",
      description: "The certificate request (CSR) in PEM.",
      minLength: 1,
      "x-multiline": true,
    }),
    subject: s.string({
      title: "Common name",
      description: "Whom the certificate is for; the request must say the same, or nobody.",
      minLength: 1,
      examples: ["web1.corp.example"],
    }),
    names: s.optional(
      s.list(s.string({ minLength: 1 }), {
        title: "Names",
        description:
          "All names and addresses that the certificate is to hold, and the request must; the common name alone, if left out.",
        minItems: 1,
        maxItems: 100,
      }),
    ),
    notAfter: s.optional(
      s.string({
        title: "Until",
        description:
          "How long it is to hold, such as 8h, or until when, such as 2026-12-31T00:00:00Z; else as the authority has it.",
        minLength: 1,
      }),
    ),
  }),
  output: issued,
  examples: [
    {
      name: "of a host with two names",
      input: {
        csr: request,
        subject: "web2.corp.example",
        names: ["web2.corp.example", "www.corp.example"],
        notAfter: "8h",
      },
      output: { serial: "4097" },
    },
    {
      name: "for other names than it says",
      input: { csr: request, subject: "web2.corp.example" },
      error: { code: "forbidden" },
    },
    {
      name: "for somebody else",
      input: { csr: request, subject: "root.corp.example" },
      error: { code: "forbidden" },
    },
    {
      name: "for longer than is allowed",
      input: {
        csr: request,
        subject: "web2.corp.example",
        names: ["web2.corp.example", "www.corp.example"],
        notAfter: "48h",
      },
      error: { code: "forbidden" },
    },
    {
      name: "what is no request",
      input: { csr: "web2.corp.example", subject: "web2.corp.example" },
      error: { code: "bad_input" },
    },
  ],
  run(input, ctx) {
    if (!input.csr.includes("-----BEGIN CERTIFICATE REQUEST-----"))
      throw badInput("/csr", "give the request in PEM, from -----BEGIN CERTIFICATE REQUEST----- on");
    const sans = input.names ?? [input.subject];
    const { csr, notAfter } = input;
    return issuedBy(order(ctx, "sign", { sub: input.subject, sans }, { csr, notAfter }));
  },
});

export const renew = action({
  name: "Renew a certificate",
  description:
    "Has the authority make a certificate anew that says the same, for the same key, and holds from now on.",
  effect: "write",
  input: s.object({
    certificate: s.string({
      title: "Certificate",
      description: "That of the credential's key in PEM, with those between it and the root.",
      minLength: 1,
      "x-multiline": true,
    }),
  }),
  output: issued,
  examples: [
    { name: "one that holds", input: { certificate: chain }, output: { serial: "4097" } },
    { name: "what is none", input: { certificate: "web1.corp.example" }, error: { code: "bad_input" } },
  ],
  run(input, ctx) {
    const url = `${originOf(ctx)}/1.0/renew`;
    const { certificate } = input;
    const { headers } = ctx.sign({ scheme: "step-ca-renew", method: "POST", url, certificate });
    return issuedBy(send(ctx, url, { method: "POST", headers }));
  },
});

export const revoke = action({
  name: "Revoke a certificate",
  description:
    "Revokes a certificate for good: it can't be renewed, and stands in the authority's list (CRL), if it keeps one. Until it runs out, those who don't look there still believe it.",
  effect: "destructive",
  idempotent: true,
  input: s.object({
    serial: s.string({
      title: "Serial number",
      description: "In decimal, or in hexadecimal after 0x, which tls.inspect leaves out.",
      pattern: "^(0x[0-9a-fA-F]+|[0-9]+)$",
      maxLength: 80,
      examples: ["4096", "0x1000"],
    }),
    reason: s.enum(reasonNames, { title: "Reason", default: "unspecified" }),
    note: s.optional(
      s.string({
        title: "Note",
        description: "Kept by the authority beside the reason.",
        maxLength: 500,
      }),
    ),
  }),
  output: s.object({
    serial: s.string("In decimal."),
    changed: s.boolean("False where it was revoked already, for whatever reason."),
  }),
  examples: [
    {
      name: "one whose key is known to others",
      input: { serial: "0x1000", reason: "keyCompromise", note: "Found in a public repository." },
      output: { serial: "4096", changed: true },
    },
    { name: "in decimal", input: { serial: "04096" }, output: { serial: "4096", changed: true } },
  ],
  run(input, ctx) {
    // Of 010 the authority would make 8.
    const serial = BigInt(input.serial).toString();
    const body = { serial, reasonCode: reasons[input.reason], reason: input.note ?? "", passive: true };
    const answer = order(ctx, "revoke", { sub: serial }, body);
    if (answer.status === 400 && messageOf(answer).includes("already revoked"))
      return { serial, changed: false };
    const why = refused(answer);
    if (why !== undefined) throw why;
    if (object(sound(answer)).status !== "ok")
      throw fail("bad_answer", "the authority didn't say that it revoked the certificate");
    return { serial, changed: true };
  },
});
