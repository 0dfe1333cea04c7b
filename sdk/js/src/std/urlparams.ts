import { decodePercent } from "./percent.ts";

type Init = string | Iterable<readonly [string, string]> | Record<string, string> | null | undefined;

/** The query of an address as a list of names and values. */
export class URLSearchParamsImpl {
  #list: [string, string][] = [];
  #changed: ((query: string) => void) | undefined;

  constructor(init?: Init, changed?: (query: string) => void) {
    if (typeof init === "string") this.read(init);
    else if (init) {
      const pairs =
        Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
      for (const [name, value] of pairs) this.#list.push([String(name), String(value)]);
    }
    this.#changed = changed;
  }

  /** Takes the place of all there is, without telling the address. */
  read(query: string): void {
    this.#list = query
      .replace(/^\?/, "")
      .split("&")
      .filter((part) => part !== "")
      .map((part) => {
        const at = part.indexOf("=");
        const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
        return [decodePercent(name.replaceAll("+", " ")), decodePercent(value.replaceAll("+", " "))];
      });
  }

  #tell(): void {
    this.#changed?.(this.toString());
  }

  get size(): number {
    return this.#list.length;
  }

  append(name: string, value: string): void {
    this.#list.push([String(name), String(value)]);
    this.#tell();
  }

  delete(name: string, value?: string): void {
    this.#list = this.#list.filter(([n, v]) => n !== name || (value !== undefined && v !== value));
    this.#tell();
  }

  get(name: string): string | null {
    return this.#list.find(([n]) => n === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#list.filter(([n]) => n === name).map(([, v]) => v);
  }

  has(name: string, value?: string): boolean {
    return this.#list.some(([n, v]) => n === name && (value === undefined || v === value));
  }

  set(name: string, value: string): void {
    const first = this.#list.findIndex(([n]) => n === name);
    if (first < 0) this.#list.push([String(name), String(value)]);
    else {
      this.#list = this.#list.filter(([n], i) => n !== name || i === first);
      this.#list[first] = [String(name), String(value)];
    }
    this.#tell();
  }

  sort(): void {
    this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#tell();
  }

  forEach(each: (value: string, name: string, params: URLSearchParamsImpl) => void): void {
    for (const [name, value] of this.#list) each(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const [name, value] of this.#list) yield [name, value];
  }

  *keys(): Generator<string> {
    for (const [name] of this.#list) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.#list) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#list.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }
}

function formEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
