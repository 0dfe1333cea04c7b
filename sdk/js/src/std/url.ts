import { encodePercent, sets } from "./percent.ts";
import { parseHost } from "./urlhost.ts";
import { URLSearchParamsImpl } from "./urlparams.ts";

const ports: Record<string, string> = {
  "http:": "80",
  "https:": "443",
  "ws:": "80",
  "wss:": "443",
  "ftp:": "21",
};
const special = (scheme: string) => scheme in ports || scheme === "file:";

interface Parts {
  scheme: string;
  username: string;
  password: string;
  /** null where there is none. */
  host: string | null;
  port: string;
  /** One text where the path is opaque, as of mailto:. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

const pattern = /^(?:([a-z][a-z0-9+.-]*):)?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/i;

/** Reads an address, as the URL standard does but for its rarest cases; undefined refuses it. */
function parse(input: string, base?: Parts): Parts | undefined {
  const text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
  const [, scheme, rest = "", query, fragment] = pattern.exec(text) ?? [];
  const hash = fragment === undefined ? null : encodePercent(fragment, sets.fragment);
  const name = scheme === undefined ? undefined : `${scheme.toLowerCase()}:`;
  const at = name ?? base?.scheme;
  if (at === undefined) return undefined;
  const q = query === undefined ? null : encodePercent(query, special(at) ? sets.specialQuery : sets.query);
  const body = special(at) ? rest.replaceAll("\\", "/") : rest;
  const relative = name === undefined || (name === base?.scheme && special(name) && !body.startsWith("/"));
  if (!relative || base === undefined) {
    return name === undefined ? undefined : absolute(name, body, q, hash);
  }
  if (typeof base.path === "string") {
    return rest === "" && query === undefined && fragment !== undefined
      ? { ...base, fragment: hash }
      : undefined;
  }
  if (body.startsWith("//")) return absolute(at, body, q, hash);
  if (body === "") return { ...base, query: query === undefined ? base.query : q, fragment: hash };
  const before = body.startsWith("/") ? [] : base.path.slice(0, -1);
  return { ...base, path: pathOf(body.replace(/^\//, ""), before, at), query: q, fragment: hash };
}

function absolute(
  scheme: string,
  body: string,
  query: string | null,
  fragment: string | null,
): Parts | undefined {
  const out: Parts = { scheme, username: "", password: "", host: null, port: "", path: [], query, fragment };
  let rest = body;
  if (scheme in ports) rest = `//${body.replace(/^\/*/, "")}`;
  if (rest.startsWith("//")) {
    const end = rest.indexOf("/", 2);
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
    rest = end < 0 ? "" : rest.slice(end);
    if (!readAuthority(out, authority)) return undefined;
  } else if (scheme === "file:") {
    out.host = "";
  } else if (!rest.startsWith("/")) {
    out.path = encodePercent(rest, "");
    return out;
  }
  out.path = rest === "" && !special(scheme) ? [] : pathOf(rest.replace(/^\//, ""), [], scheme);
  return out;
}

function readAuthority(out: Parts, authority: string): boolean {
  const at = authority.lastIndexOf("@");
  const address = authority.slice(at + 1);
  if (at >= 0) {
    const user = authority.slice(0, at);
    const colon = user.indexOf(":");
    out.username = encodePercent(colon < 0 ? user : user.slice(0, colon), sets.userinfo);
    out.password = colon < 0 ? "" : encodePercent(user.slice(colon + 1), sets.userinfo);
    if (address === "") return false;
  }
  const [, name = "", port = ""] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(address) ?? [];
  if (name === "" && address !== "") return false;
  if (name === "") {
    out.host = "";
    return out.scheme === "file:" || !special(out.scheme);
  }
  const found = parseHost(name, special(out.scheme));
  if (found === undefined || !/^\d*$/.test(port) || Number(port) > 65535) return false;
  out.host = out.scheme === "file:" && found === "localhost" ? "" : found;
  out.port = port === "" || String(Number(port)) === ports[out.scheme] ? "" : String(Number(port));
  return true;
}

/** Goes through a path from the segments before it. */
function pathOf(text: string, before: string[], scheme: string): string[] {
  const out = [...before];
  const parts = text.split("/");
  for (const [i, part] of parts.entries()) {
    const plain = part.replace(/%2e/gi, ".");
    const last = i === parts.length - 1;
    if (plain === "..") {
      if (!(scheme === "file:" && out.length === 1 && /^[a-z]:$/i.test(out[0] ?? ""))) out.pop();
      if (last) out.push("");
    } else if (plain !== ".") out.push(encodePercent(part, sets.path));
    else if (last) out.push("");
  }
  return out;
}

export class URLImpl {
  #parts: Parts;
  readonly searchParams: URLSearchParamsImpl;

  constructor(url: string | URL, base?: string | URL) {
    const from = base === undefined ? undefined : parse(String(base));
    const parts = base !== undefined && from === undefined ? undefined : parse(String(url), from);
    if (parts === undefined) throw new TypeError(`Invalid URL: ${String(url).slice(0, 200)}`);
    this.#parts = parts;
    this.searchParams = new URLSearchParamsImpl(parts.query ?? "", (query) => {
      this.#parts.query = query === "" ? null : query;
    });
  }

  static canParse(url: string, base?: string): boolean {
    return URLImpl.parse(url, base) !== null;
  }

  static parse(url: string, base?: string): URLImpl | null {
    try {
      return new URLImpl(url, base);
    } catch {
      return null;
    }
  }

  /** Sets one part by reading the address anew; one that makes no address changes nothing. */
  #set(change: Partial<Parts>): void {
    const next = parse(write({ ...this.#parts, ...change }));
    if (next === undefined) return;
    this.#parts = next;
    this.searchParams.read(next.query ?? "");
  }

  get href(): string {
    return write(this.#parts);
  }
  set href(href: string) {
    this.#parts = new URLImpl(href).#parts;
    this.searchParams.read(this.#parts.query ?? "");
  }
  get origin(): string {
    const { scheme } = this.#parts;
    return scheme in ports ? `${scheme}//${this.host}` : "null";
  }
  get protocol(): string {
    return this.#parts.scheme;
  }
  set protocol(value: string) {
    const scheme = `${String(value).split(":")[0]?.toLowerCase()}:`;
    if (/^[a-z][a-z0-9+.-]*:$/.test(scheme) && special(scheme) === special(this.#parts.scheme))
      this.#set({ scheme });
  }
  get username(): string {
    return this.#parts.username;
  }
  set username(value: string) {
    if (this.#parts.host) this.#parts.username = encodePercent(String(value), sets.userinfo);
  }
  get password(): string {
    return this.#parts.password;
  }
  set password(value: string) {
    if (this.#parts.host) this.#parts.password = encodePercent(String(value), sets.userinfo);
  }
  get host(): string {
    const { host, port } = this.#parts;
    return `${host ?? ""}${port === "" ? "" : `:${port}`}`;
  }
  set host(value: string) {
    const [, host = "", port] = /^(\[[^\]]*\]|[^:/?#\\]*)(?::(\d+))?/.exec(String(value)) ?? [];
    if (host !== "") this.#set(port === undefined ? { host } : { host, port });
  }
  get hostname(): string {
    return this.#parts.host ?? "";
  }
  set hostname(value: string) {
    if (value !== "" && !/[/?#:]/.test(value.replace(/^\[.*\]$/, ""))) this.#set({ host: String(value) });
  }
  get port(): string {
    return this.#parts.port;
  }
  set port(value: string) {
    const port = /^\d*/.exec(String(value))?.[0] ?? "";
    if (port !== "" || value === "") this.#set({ port });
  }
  get pathname(): string {
    return writePath(this.#parts);
  }
  set pathname(value: string) {
    if (typeof this.#parts.path === "string") return;
    const text = special(this.#parts.scheme) ? String(value).replaceAll("\\", "/") : String(value);
    this.#parts.path = pathOf(text.replace(/^\//, ""), [], this.#parts.scheme);
  }
  get search(): string {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }
  set search(value: string) {
    const query = String(value).replace(/^\?/, "");
    const set = special(this.#parts.scheme) ? sets.specialQuery : sets.query;
    this.#parts.query = query === "" ? null : encodePercent(query, set);
    this.searchParams.read(query);
  }
  get hash(): string {
    return this.#parts.fragment ? `#${this.#parts.fragment}` : "";
  }
  set hash(value: string) {
    const text = String(value).replace(/^#/, "");
    this.#parts.fragment = text === "" ? null : encodePercent(text, sets.fragment);
  }
  toString(): string {
    return this.href;
  }
  toJSON(): string {
    return this.href;
  }
}

function writePath(p: Parts): string {
  return typeof p.path === "string" ? p.path : p.path.map((s) => `/${s}`).join("");
}

function write(p: Parts): string {
  let out = p.scheme;
  if (p.host !== null) {
    const user = `${p.username}${p.password === "" ? "" : `:${p.password}`}`;
    out += `//${user === "" ? "" : `${user}@`}${p.host}${p.port === "" ? "" : `:${p.port}`}`;
  } else if (Array.isArray(p.path) && p.path.length > 1 && p.path[0] === "") out += "/.";
  out += writePath(p);
  if (p.query !== null) out += `?${p.query}`;
  return p.fragment === null ? out : `${out}#${p.fragment}`;
}
