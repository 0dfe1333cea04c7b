import { denied } from "./error.ts";
import { ask, type HostError } from "./kv.ts";

/** A message that is sent to somebody. */
export interface Webhook {
  scheme: "standard-webhooks" | "slack-v0";
  /** Of standard-webhooks: letters, digits, _ and -. */
  id?: string;
  body?: string;
  bodyBase64?: string;
  /** The id of a blob. */
  bodyBlob?: string;
}

/** A request that is then sent with the headers; the connector must be granted it. */
export interface Signable {
  scheme: "duo-v2" | "duo-v5" | "akamai-edgegrid" | "threatconnect";
  method?: string;
  url: string;
  body?: string;
  bodyBase64?: string;
  /** The id of a blob. */
  bodyBlob?: string;
}

/** A request that a token (JWT) is made for; the connector must be granted it. */
export interface TokenRequest {
  scheme: "jwt";
  method?: string;
  /** Without a query: whom the token is for. */
  url: string;
  /** Of those that the credential's type declares. */
  claims?: Record<string, unknown>;
}

/** A renewal of a certificate at step-ca. */
export interface Renewal {
  scheme: "step-ca-renew";
  method?: string;
  url: string;
  /** PEM: the certificate, and those above it. */
  certificate: string;
}

/** What the host signs. */
export type Signed = Webhook | Signable | TokenRequest | Renewal;

/** What the host signed with the call's credential. */
export interface Signature {
  /** They go with what was signed, as they are. */
  readonly headers: Readonly<Record<string, string>>;
  /** The part of them that was computed. */
  readonly signature: string;
  /** The host's time, which was signed, in seconds since 1970. */
  readonly timestamp: number;
}

/** Has the host sign by a scheme that the credential's type declares. */
export function sign(what: Signed, credential: string | undefined): Signature {
  if (credential === undefined)
    throw denied(`choose a credential for this node: ${what.scheme} signs with it`);
  const { headers, signature, timestamp } = ask<Signature & { error?: HostError }>("sign", {
    ...what,
    credential,
  });
  return { headers, signature, timestamp };
}
