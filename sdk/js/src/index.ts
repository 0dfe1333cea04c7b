export type { Blobs } from "./blobs.ts";
export type { Action, Capabilities, Connector, CredentialOf, Effect, Example } from "./connector.ts";
export { action, connector } from "./connector.ts";
export type { Context, Credential, Log, Run } from "./context.ts";
export type { Algorithm } from "./digest.ts";
export { hash, hex, hmac } from "./digest.ts";
export type { ErrorCode, ErrorOptions, Problem } from "./error.ts";
export {
  ActionError,
  backOff,
  badInput,
  badInputs,
  denied,
  fail,
  rateLimited,
  retryable,
  tooLarge,
  unavailable,
} from "./error.ts";
export type { FetchInit, HTTPRequest, HTTPResponse } from "./http.ts";
export type { KV } from "./kv.ts";
export type { Conn, Net } from "./net.ts";
export type { BlobReference, Infer, JSONSchema, Optional, Schema, Stored } from "./schema.ts";
export { s } from "./schema.ts";
export type { Renewal, Signable, Signature, Signed, TokenRequest, Webhook } from "./sign.ts";
