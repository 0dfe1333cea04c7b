import { host } from "../host.ts";
import { type FetchInit, sendFetch } from "../http.ts";

type Pairs = Iterable<readonly [string, string]> | Record<string, string> | null | undefined;

export class HeadersImpl {
  #values = new Map<string, string[]>();

  constructor(init?: Pairs) {
    if (!init) return;
    const pairs =
      Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: string, value: string): void {
    const key = keyOf(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), textOf(value)]);
  }

  delete(name: string): void {
    this.#values.delete(keyOf(name));
  }

  get(name: string): string | null {
    return this.#values.get(keyOf(name))?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name: string): boolean {
    return this.#values.has(keyOf(name));
  }

  set(name: string, value: string): void {
    this.#values.set(keyOf(name), [textOf(value)]);
  }

  forEach(each: (value: string, name: string, headers: HeadersImpl) => void): void {
    for (const [name, value] of this) each(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const name of [...this.#values.keys()].sort()) yield [name, this.get(name) ?? ""];
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}

function keyOf(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw new TypeError(`Headers: "${name}" is no header name`);
  return name.toLowerCase();
}

function textOf(value: unknown): string {
  const text = String(value).trim();
  if (/[\0\r\n]/.test(text)) throw new TypeError("Headers: a value can't have line breaks");
  return text;
}

interface Init {
  status?: number;
  statusText?: string;
  headers?: Pairs;
  url?: string;
}

/** A response whose body is there already. */
export class ResponseImpl {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeadersImpl;
  readonly url: string;
  bodyUsed = false;
  #body: Uint8Array | string;

  constructor(body: Uint8Array | ArrayBuffer | string | null = "", init: Init = {}) {
    this.#body = body instanceof ArrayBuffer ? new Uint8Array(body) : (body ?? "");
    this.status = init.status ?? 200;
    this.statusText = init.statusText ?? "";
    this.headers = init.headers instanceof HeadersImpl ? init.headers : new HeadersImpl(init.headers);
    this.url = init.url ?? "";
  }

  static json(value: unknown, init: Init = {}): ResponseImpl {
    const headers = new HeadersImpl(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new ResponseImpl(JSON.stringify(value), { ...init, headers });
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  #take(): Uint8Array | string {
    if (this.bodyUsed) throw new TypeError("Response: the body was read already");
    this.bodyUsed = true;
    return this.#body;
  }

  async text(): Promise<string> {
    const body = this.#take();
    return typeof body === "string" ? body : host.decode(body);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async bytes(): Promise<Uint8Array> {
    const body = this.#take();
    return typeof body === "string" ? host.encode(body) : body.slice();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer;
  }

  clone(): ResponseImpl {
    if (this.bodyUsed) throw new TypeError("Response: the body was read already");
    const { status, statusText, url } = this;
    return new ResponseImpl(this.#body, { status, statusText, url, headers: new HeadersImpl(this.headers) });
  }
}

/** fetch without a credential; ctx.fetch sends the call's. */
export async function fetch(url: string | URL, init: FetchInit = {}): Promise<Response> {
  return sendFetch(url, init);
}
