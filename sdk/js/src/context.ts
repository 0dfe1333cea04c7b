import { type Blobs, blobs } from "./blobs.ts";
import { host } from "./host.ts";
import { type FetchInit, type HTTPRequest, type HTTPResponse, http, sendFetch } from "./http.ts";
import { type KV, kv } from "./kv.ts";
import { type Net, net } from "./net.ts";
import { randomBytes } from "./random.ts";
import { type Signature, type Signed, sign } from "./sign.ts";
import { inspect } from "./std/inspect.ts";

/** Where an action is running. */
export interface Run {
  readonly id: string;
  readonly step: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** The idempotency key: the same on every attempt of one step. */
  readonly key: string;
  /** Whether the action must change nothing. */
  readonly dryRun?: boolean;
}

/** What a connector learns of a credential: a handle, and the fields that aren't secret. */
export interface Credential {
  readonly handle: string;
  readonly fields: Readonly<Record<string, string>>;
}

export type Log = Record<"debug" | "info" | "warn" | "error", (...what: unknown[]) => void>;

/** What an action knows of its call, and its way to the host. */
export interface Context {
  readonly run: Run;
  readonly config: unknown;
  /** undefined where the node names none. */
  readonly credential: Credential | undefined;
  /** Lines that are kept with the step. */
  readonly log: Log;
  /** Tells the person who watches the run what is going on. */
  progress(line: string): void;
  /** The host's clock, which a replay sees again. */
  now(): Date;
  /** Random bytes from the host, at most 64 KiB in one call of an action. */
  random(count: number): Uint8Array;
  /** Sends a request and waits. Throws where there is no response; any status is one. */
  http(request: HTTPRequest | string): HTTPResponse;
  /** As the global fetch, with the call's credential unless init says credential: false. */
  fetch(url: string | URL, init?: FetchInit): Promise<Response>;
  readonly blobs: Blobs;
  readonly kv: KV;
  readonly net: Net;
  /** Has the host sign with the call's credential, by a scheme that its type declares. */
  sign(what: Signed): Signature;
}

const line =
  (level: number) =>
  (...what: unknown[]) =>
    host.log(level, inspect(what));

/** The log that ctx.log and console share. */
export const log: Log = { debug: line(0), info: line(1), warn: line(2), error: line(3) };

/** What of a request's parts a context is made of. */
export interface Call {
  run: Run;
  config?: unknown;
  credential?: { handle: string; fields?: Record<string, string> };
}

/** One object a call: what all calls share stands in the prototype. */
class CallContext implements Context {
  readonly run: Run;
  readonly config: unknown;
  readonly credential: Credential | undefined;
  declare readonly log: Log;
  declare readonly blobs: Blobs;
  declare readonly kv: KV;
  declare readonly net: Net;

  constructor(call: Call) {
    const given = call.credential;
    this.run = call.run;
    this.config = call.config;
    this.credential = given && { handle: given.handle, fields: given.fields ?? {} };
  }

  progress(text: string): void {
    host.progress(String(text));
  }

  now(): Date {
    return new Date(host.now());
  }

  random(count: number): Uint8Array {
    return randomBytes(count);
  }

  http(request: HTTPRequest | string): HTTPResponse {
    return http(request);
  }

  async fetch(url: string | URL, init: FetchInit = {}): Promise<Response> {
    return sendFetch(url, init, init.credential === false ? undefined : this.credential?.handle);
  }

  sign(what: Signed): Signature {
    return sign(what, this.credential?.handle);
  }
}
Object.assign(CallContext.prototype, { log, blobs, kv, net });

export function contextOf(call: Call): Context {
  return new CallContext(call);
}
