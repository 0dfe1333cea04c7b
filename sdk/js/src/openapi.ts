import { type Action, type Connector, connector } from "./connector.ts";
import type { Context } from "./context.ts";
import type { HTTPRequest, HTTPResponse } from "./http.ts";
import { bodyOf } from "./openapibody.ts";
import { errorOf } from "./openapierror.ts";
import { type Page, pages } from "./openapipage.ts";
import { type Input, type Parameter, type Server, urlOf } from "./openapiurl.ts";

/** How one request is made; server/openapi writes it of a document. */
export interface Operation {
  method: string;
  /** A template with {parameter}. */
  path: string;
  /** What the document's path has after its question mark. */
  query?: string;
  /** Indices of the table's servers. */
  servers: number[];
  parameters?: Parameter[];
  body?: Body;
  /** The type of content that is asked for. */
  accept?: string;
  /** The types of credentials that it takes, any of them. */
  credentials?: string[];
  /** A header that takes the call's idempotency key. */
  keyHeader?: string;
  page?: Page;
}

export interface Body {
  key: string;
  as: "json" | "form" | "multipart" | "text" | "bytes";
  type: string;
  fields?: Record<string, { file?: boolean; type?: string; style?: string; explode?: boolean }>;
}

export interface Table {
  servers: Server[];
  operations: Record<string, Operation>;
}

interface Manifest extends Omit<Connector, "actions"> {
  abi?: string;
  actions: ({ id: string } & Omit<Action, "run">)[];
}

/** Makes a connector of a manifest and a table, which were made of an OpenAPI document. */
export function openapi(manifest: Manifest, table: Table): Connector {
  const { abi: _, actions, ...rest } = manifest;
  const declared: Record<string, Action> = {};
  for (const { id, ...action } of actions) {
    const operation = table.operations[id] as Operation;
    declared[id] = {
      ...action,
      run: (input: Input, ctx: Context) => run(table.servers, operation, input, ctx),
    };
  }
  return connector({ ...rest, actions: declared });
}

function run(servers: Server[], operation: Operation, input: Input, ctx: Context): unknown {
  const writes = !["GET", "HEAD", "OPTIONS"].includes(operation.method);
  const request = requestOf(servers, operation, input, ctx);
  if (writes && ctx.run.dryRun) {
    ctx.log.info(`a dry run: ${operation.method} ${request.url} is not sent`);
    return { status: 0, body: null, headers: {} };
  }
  const send = (url: string) => {
    const answer = ctx.http({ ...request, url });
    if (answer.status >= 400) throw errorOf(answer, operation, ctx.credential?.handle !== undefined);
    return answer;
  };
  if (operation.page && input.allPages === true) {
    return pages(operation.page, request.url, Number(input.maxItems ?? 1000), send, read);
  }
  const answer = send(request.url);
  return { status: answer.status, headers: headersOf(answer), body: read(answer, operation.accept, ctx) };
}

function requestOf(servers: Server[], operation: Operation, input: Input, ctx: Context): HTTPRequest {
  const { url, headers } = urlOf(servers, operation, input, ctx);
  const request: HTTPRequest = { method: operation.method, url };
  if (operation.accept) headers.Accept = operation.accept;
  if (operation.keyHeader && headers[operation.keyHeader] === undefined) {
    headers[operation.keyHeader] = ctx.run.key;
  }
  const given = operation.body && input[operation.body.key];
  if (operation.body && given !== undefined) {
    const { type, ...body } = bodyOf(operation.body, given, ctx);
    Object.assign(request, body);
    headers["Content-Type"] = type;
  }
  request.headers = headers;
  if (ctx.credential) request.credential = ctx.credential.handle;
  return request;
}

/** Cookies are none of a flow's data: they may be as good as a password. */
function headersOf(answer: HTTPResponse): Record<string, string> {
  const { "set-cookie": _, ...rest } = answer.headers;
  return rest;
}

const isText = /^text\/|[/+](xml|yaml|x-yaml|javascript|csv|x-ndjson|graphql)\b|x-www-form-urlencoded/i;

/** The body as JSON where it is that, as text, or as bytes in a blob or base64. */
function read(answer: HTTPResponse, accept?: string, ctx?: Context): unknown {
  const type = answer.headers["content-type"] ?? accept ?? "";
  const json = /[/+](x-)?json\b/i;
  if (answer.status === 204 || answer.status === 304) return null;
  if (json.test(type) || (!isText.test(type) && json.test(accept ?? ""))) {
    const text = answer.text();
    if (text.trim() === "") return null;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  if (type === "" || isText.test(type)) {
    const text = answer.text();
    return text === "" ? null : text;
  }
  const bytes = answer.bytes();
  if (bytes.length === 0) return null;
  return ctx ? ctx.blobs.store(bytes, type) : bytes.toBase64();
}
