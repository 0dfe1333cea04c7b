// What the bundled connectors in TypeScript share: requests with the node's credential
// to interfaces that speak JSON.
import {
  type Context,
  denied,
  fail,
  type HTTPRequest,
  type HTTPResponse,
  rateLimited,
  type Stored,
} from "drawbridge";

/** A value of the other side: what it is, the description of its interface says alone. */
// biome-ignore lint/suspicious/noExplicitAny: checking each would double what a connector is
export type Outside = any;

/** What goes into a query; what is undefined is left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export interface Ask {
  method?: string;
  query?: Query;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form; what is undefined is left out. */
  form?: Query;
  /** Sent as it is. */
  body?: string;
  /** Whether the node's credential goes along: it must, it may be left out, or it doesn't. */
  credential?: "needed" | "optional" | "none";
}

/** A query or a form as text. */
export function encode(query: Query): string {
  return Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&");
}

/** Sends a request, with the node's credential unless ask says otherwise. Any status is an answer. */
export function send(ctx: Context, url: string, ask: Ask = {}): HTTPResponse {
  const query = encode(ask.query ?? {});
  const headers: Record<string, string> = { Accept: "application/json", ...ask.headers };
  const request: HTTPRequest = {
    method: ask.method ?? "GET",
    url: query === "" ? url : `${url}?${query}`,
    headers,
  };
  const { credential = "needed" } = ask;
  if (credential === "needed" || (credential === "optional" && ctx.credential !== undefined)) {
    request.credential = handleOf(ctx);
  }
  if (ask.json !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(ask.json);
  } else if (ask.form !== undefined) {
    headers["Content-Type"] = "application/x-www-form-urlencoded";
    request.body = encode(ask.form);
  } else if (ask.body !== undefined) request.body = ask.body;
  return ctx.http(request);
}

/** The handle of the node's credential; without one the node can't work. */
export function handleOf(ctx: Context): string {
  if (ctx.credential === undefined) throw denied("choose a credential in the node's settings");
  return ctx.credential.handle;
}

/** A field of the node's credential that isn't secret. */
export function fieldOf(ctx: Context, name: string): string {
  handleOf(ctx);
  return ctx.credential?.fields[name] ?? "";
}

/**
 * This response, unless it is an error: 404 as not_found and 409 as conflict, so that a
 * flow can branch on them; the others as orThrow says. A limit that tells in a header of
 * its own when it ends is told by that.
 */
export function sound(answer: HTTPResponse, resetAfter?: string): HTTPResponse {
  const after = resetAfter === undefined ? undefined : answer.headers[resetAfter];
  if (answer.status === 429 && answer.headers["retry-after"] === undefined && Number(after) >= 0) {
    throw rateLimited(Number(after), `the other side answered 429: ${answer.text().slice(0, 300)}`);
  }
  if (answer.status === 404) throw fail("not_found", messageOf(answer));
  if (answer.status === 409) throw fail("conflict", messageOf(answer));
  return answer.orThrow();
}

function messageOf(answer: HTTPResponse): string {
  return `the other side answered ${answer.status}: ${answer.text().slice(0, 300)}`;
}

/** Sends a request and reads the answer as JSON; an error of the other side is thrown. */
export function json(ctx: Context, url: string, ask?: Ask): Outside {
  return object(sound(send(ctx, url, ask)));
}

/** The answer as JSON, which has to be an object or a list. */
export function object(answer: HTTPResponse): Outside {
  const value = answer.json();
  if (typeof value === "object" && value !== null) return value;
  throw fail(
    "bad_answer",
    `the other side answered ${answer.status} with ${JSON.stringify(value)?.slice(0, 100)}`,
  );
}

/** The time of seconds since 1970 in RFC 3339; undefined where there is none. */
export function timeOf(seconds: unknown): string | undefined {
  return typeof seconds === "number" && seconds > 0 ? new Date(seconds * 1000).toISOString() : undefined;
}

/** A list, whatever the other side left out. */
export function listOf<T = unknown>(value: unknown): T[] {
  return Array.isArray(value) ? value : [];
}

/** The JSON Schema of a credential that is one key. */
export function keyFields(title = "API key") {
  return {
    type: "object",
    required: ["key"],
    additionalProperties: false,
    properties: { key: { type: "string", title, minLength: 1, format: "password" } },
  };
}

/** Where a system of one's own is: the credential's field url, such as https://cape.corp.example:8443. */
export function originOf(ctx: Context): string {
  return fieldOf(ctx, "url").replace(/\/+$/, "");
}

/** The address of a system of one's own, as a field of a credential. */
export const addressField = {
  type: "string",
  title: "Address",
  description: "With https:// and, where it isn't 443, the port. The credential's hosts must name the same.",
  pattern: "^https?://[^/?#]+/?$",
};

/** The JSON Schema of a credential that is an address and one key. */
export function placeFields(name: string, title: string) {
  return {
    type: "object",
    required: ["url", name],
    additionalProperties: false,
    properties: { url: addressField, [name]: { type: "string", title, minLength: 1, format: "password" } },
  };
}

/** A file that is sent in a form. */
export interface File {
  field: string;
  name: string;
  content: Stored;
}

/**
 * A form with a file, as multipart/form-data (RFC 7578). It goes through a blob piece by
 * piece, so that a file needs no memory.
 */
export function parts(ctx: Context, fields: Query, file: File): Pick<HTTPRequest, "headers" | "bodyBlob"> {
  const boundary = `----drawbridge${ctx.random(16).toHex()}`;
  const quoted = (name: string) => name.replace(/[\r\n]/g, " ").replaceAll('"', "%22");
  function* body(): Generator<string | Uint8Array> {
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      yield `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`;
    }
    yield `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(file.field)}"; filename="${quoted(file.name)}"\r\n`;
    yield "Content-Type: application/octet-stream\r\n\r\n";
    if (typeof file.content === "string") yield ctx.blobs.bytes(file.content);
    else yield* ctx.blobs.pieces(file.content);
    yield `\r\n--${boundary}--\r\n`;
  }
  return {
    headers: { Accept: "application/json", "Content-Type": `multipart/form-data; boundary=${boundary}` },
    bodyBlob: ctx.blobs.write(body()).$blob.id,
  };
}
