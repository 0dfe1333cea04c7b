import type { Context } from "./context.ts";
import { ActionError, badInput } from "./error.ts";
import type { Operation } from "./openapi.ts";

export type Input = Record<string, unknown>;

/** Where a field of the input goes, and in which style, as OpenAPI names them. */
export interface Parameter {
  key: string;
  name: string;
  in: "path" | "query" | "header" | "cookie" | "server";
  style?: string;
  explode?: boolean;
  json?: boolean;
  reserved?: boolean;
}

export interface Server {
  /** One that begins with / has no host: a credential names it. */
  url: string;
  variables?: Record<string, string>;
}

/** A value as the text that goes into an address; null is nothing. */
function plain(v: unknown): string {
  if (v === null || v === undefined) return "";
  return typeof v === "object" ? JSON.stringify(v) : String(v);
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** As encode, but what RFC 3986 reserves stands as it is, and so does what is escaped. */
function encodeReserved(text: string): string {
  return encode(text).replace(/%(3A|2F|3F|40|21|24|26|27|28|29|2A|2C|3B|3D)/g, decodeURIComponent);
}

/** The values of a parameter in pairs; those of a list have no name. */
function partsOf(v: unknown): [string | undefined, string][] {
  if (Array.isArray(v)) return v.map((item) => [undefined, plain(item)]);
  return Object.entries(v as object)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => [name, plain(item)]);
}

const isComposed = (v: unknown) => typeof v === "object" && v !== null;

/** Pairs of a query, or of a form: names and values in the style that is asked for. */
export function queryOf(
  name: string,
  v: unknown,
  style = "form",
  explode = style === "form",
  enc: (text: string) => string = encode,
): string[] {
  const key = encode(name);
  if (!isComposed(v)) return [`${key}=${enc(plain(v))}`];
  const parts = partsOf(v);
  if (style === "deepObject") return deep(name, v, enc);
  if (explode)
    return parts.map(([field, value]) => `${field === undefined ? key : encode(field)}=${enc(value)}`);
  if (parts.length === 0) return [];
  const between = { spaceDelimited: "%20", pipeDelimited: "%7C" }[style] ?? ",";
  const flat = parts.flatMap(([field, value]) => (field === undefined ? [value] : [field, value]));
  return [`${key}=${flat.map(enc).join(between)}`];
}

/** name[field]=value, and of what lies deeper name[field][other]=value, as most do. */
function deep(name: string, v: unknown, enc: (text: string) => string): string[] {
  if (!isComposed(v)) return [`${encode(name)}=${enc(plain(v))}`];
  if (Array.isArray(v)) return v.flatMap((item) => deep(isComposed(item) ? `${name}[]` : name, item, enc));
  return Object.entries(v as object).flatMap(([field, item]) => deep(`${name}[${field}]`, item, enc));
}

/** A value in the style of a path: simple, label or matrix. */
function pathOf(p: Parameter, v: unknown): string {
  const { style = "simple", explode = false, name } = p;
  const enc = p.reserved ? encodeReserved : encode;
  const before = { label: ".", matrix: ";" }[style] ?? "";
  if (!isComposed(v)) return style === "matrix" ? `;${name}=${enc(plain(v))}` : before + enc(plain(v));
  const parts = partsOf(v);
  if (!explode) {
    const flat = parts.flatMap(([field, value]) => (field === undefined ? [value] : [field, value])).map(enc);
    return style === "matrix" ? `;${name}=${flat.join(",")}` : before + flat.join(",");
  }
  const pairs = parts.map(([field, value]) => {
    if (field !== undefined) return `${enc(field)}=${enc(value)}`;
    return style === "matrix" ? `${name}=${enc(value)}` : enc(value);
  });
  return before + pairs.join({ label: ".", matrix: ";" }[style] ?? ",");
}

function headerOf(p: Parameter, v: unknown): string {
  if (!isComposed(v)) return plain(v);
  return partsOf(v)
    .flatMap(([field, value]) =>
      field === undefined ? [value] : p.explode ? [`${field}=${value}`] : [field, value],
    )
    .join(",");
}

/** The address and the headers of a request. */
export function urlOf(servers: Server[], operation: Operation, input: Input, ctx: Context) {
  let path = operation.path;
  const query: string[] = operation.query ? [operation.query] : [];
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const p of operation.parameters ?? []) {
    const given = input[p.key];
    if (given === undefined || (given === null && p.in !== "query") || p.in === "server") continue;
    const v = p.json ? JSON.stringify(given) : given;
    if (p.in === "path") {
      const text = pathOf(p, v);
      if (text === "" || text === "." || text === "..") throw badInput(`/${p.key}`, "can't stand in a path");
      path = path.replaceAll(`{${p.name}}`, () => text);
    } else if (p.in === "query") {
      query.push(...queryOf(p.name, v, p.style, p.explode ?? false, p.reserved ? encodeReserved : encode));
    } else if (p.in === "header") headers[p.name] = headerOf(p, v);
    else
      cookies.push(
        ...queryOf(p.name, v, "form", p.explode ?? false).map((pair) => pair.replaceAll("&", "; ")),
      );
  }
  if (cookies.length > 0) headers.Cookie = cookies.join("; ");
  const base = baseOf(servers, operation, input, ctx);
  return { url: base + path + (query.length > 0 ? `?${query.join("&")}` : ""), headers };
}

/** The address that paths are appended to: that of the credential, or of the document. */
function baseOf(servers: Server[], operation: Operation, input: Input, ctx: Context): string {
  const list = operation.servers.map((i) => servers[i] as Server);
  const choice = operation.parameters?.find((p) => p.in === "server" && p.name === "");
  const chosen = list.find((s) => choice && s.url === input[choice.key]);
  const server = chosen ?? list.find((s) => !s.url.startsWith("/") && s.url !== "") ?? list[0];
  let address = server?.url ?? "";
  for (const p of operation.parameters ?? []) {
    if (p.in !== "server" || p.name === "") continue;
    const value = plain(input[p.key] ?? server?.variables?.[p.name]);
    if (value.split("/").some((part) => part === "." || part === "..")) {
      throw badInput(`/${p.key}`, "can't stand in a path");
    }
    address = address.replaceAll(`{${p.name}}`, () => encodeReserved(value));
  }
  const config = ctx.config as { baseUrl?: unknown } | undefined;
  const given = ctx.credential?.fields.baseUrl || config?.baseUrl;
  if (typeof given === "string" && given !== "") return joined(given, address);
  if (/^https?:\/\//.test(address)) return address;
  const types = operation.credentials?.join(" or ") ?? "its own type";
  throw new ActionError(
    "denied",
    `the document doesn't say at which address it is: give the node a credential of ${types} whose field baseUrl holds that`,
  );
}

/** An address without a path gets that of the document. */
function joined(given: string, address: string): string {
  const base = given.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(base)) {
    throw new ActionError("denied", "the credential's baseUrl is no address such as https://api.example.com");
  }
  const path = address.replace(/^https?:\/\/[^/]*/, "").replace(/\/+$/, "");
  return /^https?:\/\/[^/]+$/.test(base) ? base + path : base;
}
