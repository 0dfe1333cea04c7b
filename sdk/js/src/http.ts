import { type ActionError, denied, fail, rateLimited, unavailable } from "./error.ts";
import { host } from "./host.ts";
import { ask, type HostError } from "./kv.ts";

/** A request, as the host function http takes it. The body is one of the three, or none. */
export interface HTTPRequest {
  method?: string;
  url: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  bodyBase64?: string;
  /** The id of a blob. */
  bodyBlob?: string;
  /** ctx.credential.handle, for the host to put the credential in. */
  credential?: string;
  /** A duration such as "10s"; what is left of the call's if it is left out. */
  timeout?: string;
  redirect?: "follow" | "manual";
}

interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  url?: string;
  body?: string;
  bodyBase64?: string;
  error?: HostError;
}

/** A response of any status. */
export interface HTTPResponse {
  readonly status: number;
  readonly ok: boolean;
  /** Names in lower case; of several values the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  text(): string;
  /** The body read as JSON; what isn't any is thrown as bad_answer. */
  // biome-ignore lint/suspicious/noExplicitAny: what it is, the author knows
  json(): any;
  bytes(): Uint8Array;
  /** This response, unless its status is 400 or more: that throws the error that tells the engine what to do. */
  orThrow(): HTTPResponse;
}

/** Sends a request and waits for the response. */
export function http(request: HTTPRequest | string): HTTPResponse {
  return responseOf(ask<Answer>("http", typeof request === "string" ? { url: request } : request));
}

function responseOf(a: Answer): HTTPResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(a.headers ?? {})) headers[name] = [value].flat()[0] ?? "";
  const bytes = () =>
    a.bodyBase64 === undefined ? host.encode(a.body ?? "") : Uint8Array.fromBase64(a.bodyBase64);
  const text = () => (a.bodyBase64 === undefined ? (a.body ?? "") : host.decode(bytes()));
  const response: HTTPResponse = {
    status: a.status,
    ok: a.status >= 200 && a.status < 300,
    headers,
    url: a.url ?? "",
    text,
    bytes,
    json: () => {
      try {
        return JSON.parse(text());
      } catch {
        const start = text().trim().slice(0, 100);
        throw fail(
          "bad_answer",
          `the other side answered ${a.status} with what isn't the JSON it should be: ${start}`,
        );
      }
    },
    orThrow: () => {
      if (a.status < 400) return response;
      throw statusError(a.status, headers["retry-after"], text());
    },
  };
  return response;
}

/** The error of a status of 400 and more, as the SDK for Go makes it. */
export function statusError(status: number, retryAfter: string | undefined, body: string): ActionError {
  const message = `the other side answered ${status}${body === "" ? "" : `: ${body.slice(0, 300)}`}`;
  if (status === 401 || status === 403) return denied(message);
  if (status === 429 || status === 503) return rateLimited(waitOf(retryAfter), message);
  return status >= 500 ? unavailable(message) : fail(`http_${status}`, message);
}

/** Retry-After in seconds, which may be given as a date; a second where it isn't. */
function waitOf(header = ""): number {
  const wait = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - host.now()) / 1000;
  return wait >= 0 ? Math.min(wait, 3600) : 1;
}

/** What fetch takes beside the address. */
export interface FetchInit {
  method?: string;
  headers?: HeadersInit;
  body?: string | Uint8Array | ArrayBuffer | URLSearchParams | null;
  redirect?: "follow" | "manual";
  signal?: AbortSignal | null;
  /** A duration such as "10s". */
  timeout?: string;
  /** false keeps ctx.fetch from sending the call's credential. */
  credential?: boolean;
}

/** Sends a request in the form of fetch. */
export function sendFetch(url: string | URL, init: FetchInit, credential?: string): Response {
  init.signal?.throwIfAborted();
  const headers = new Headers(init.headers);
  const request: HTTPRequest = { url: String(url), method: (init.method ?? "GET").toUpperCase() };
  const { body } = init;
  if (typeof body === "string") request.body = body;
  else if (body instanceof URLSearchParams) {
    request.body = body.toString();
    if (!headers.has("content-type")) {
      headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
    }
  } else if (body instanceof ArrayBuffer) request.bodyBase64 = new Uint8Array(body).toBase64();
  else if (body) request.bodyBase64 = body.toBase64();
  request.headers = Object.fromEntries(headers);
  if (init.redirect) request.redirect = init.redirect;
  if (init.timeout) request.timeout = init.timeout;
  if (credential) request.credential = credential;
  const a = ask<Answer>("http", request);
  const got = new Headers();
  for (const [name, value] of Object.entries(a.headers ?? {})) {
    for (const v of [value].flat()) got.append(name, v);
  }
  const bytes = a.bodyBase64 === undefined ? (a.body ?? "") : Uint8Array.fromBase64(a.bodyBase64);
  return new Response(bytes, { status: a.status, headers: got, url: a.url ?? "" } as ResponseInit);
}
