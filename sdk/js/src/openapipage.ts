import type { HTTPResponse } from "./http.ts";

/** How further pages of an answer are asked for. */
export interface Page {
  by: "link" | "url" | "cursor" | "page" | "offset";
  /** Where the list stands in the body. */
  items?: string[];
  /** Where the address or the cursor stands. */
  next?: string[];
  /** The parameter that takes the cursor, the number or the offset. */
  parameter?: string;
  /** The parameter that says how many items a page has. */
  size?: string;
  first?: number;
}

/** Bounds: pages, and characters of what is answered. */
const maxPages = 100;
const maxText = 6 << 20;

const at = (v: unknown, path: string[] = []): unknown =>
  path.reduce((of: unknown, key) => (of as Record<string, unknown> | null | undefined)?.[key], v);

/** Asks for one page after another, until there is none, or a bound is reached. */
export function pages(
  page: Page,
  first: string,
  most: number,
  send: (url: string) => HTTPResponse,
  read: (answer: HTTPResponse) => unknown,
): unknown {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let url: string | undefined = first;
  let status = 0;
  let body: unknown = null;
  let size = 0;
  let count = 0;
  while (url !== undefined && count < maxPages && items.length < most && size < maxText && !seen.has(url)) {
    seen.add(url);
    const answer = send(url);
    ({ status } = answer);
    size += answer.text().length;
    body = read(answer);
    count++;
    const list = at(body, page.items);
    const got: unknown[] = Array.isArray(list) ? list : [];
    for (const item of got) items.push(item);
    url = nextOf(page, url, first, answer, body, got.length);
  }
  const more = (url !== undefined && !seen.has(url)) || items.length > most;
  return { status, headers: {}, body: null, items: items.slice(0, most), pages: count, more };
}

/** The address of the next page; undefined where there is none. */
function nextOf(
  page: Page,
  url: string,
  first: string,
  answer: HTTPResponse,
  body: unknown,
  got: number,
): string | undefined {
  switch (page.by) {
    case "link":
      return within(first, url, linkOf(answer.headers.link));
    case "url":
      return within(first, url, at(body, page.next));
    case "cursor": {
      const cursor = at(body, page.next);
      if (cursor === undefined || cursor === null || cursor === "" || cursor === false) return undefined;
      return withParameter(url, page.parameter ?? "", String(cursor));
    }
    case "page":
    case "offset": {
      const size = Number(parameterOf(url, page.size ?? ""));
      if (got === 0 || (size > 0 && got < size)) return undefined;
      const start = page.by === "page" ? (page.first ?? 0) : 0;
      const current = Number(parameterOf(url, page.parameter ?? "") ?? start);
      const step = page.by === "page" ? 1 : got;
      return withParameter(url, page.parameter ?? "", String(current + step));
    }
  }
}

/** An address that leads to another host is not followed: the credential isn't for it. */
function within(first: string, url: string, next: unknown): string | undefined {
  if (typeof next !== "string" || next === "") return undefined;
  const target = new URL(next, url);
  target.hash = "";
  const origin = new URL(first);
  // Behind a proxy, services name themselves by http, or by the name that they have inside.
  if (target.host !== origin.host || target.protocol !== origin.protocol) {
    if (target.pathname !== origin.pathname) return undefined;
    target.protocol = origin.protocol;
    target.host = origin.host;
  }
  return target.href;
}

/** The address that a header Link gives as next. */
function linkOf(header = ""): string | undefined {
  for (const [, address, rest] of header.matchAll(/<([^>]*)>((?:\s*;\s*[^,;]+(?:"[^"]*")?)*)/g)) {
    if (/;\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)/i.test(rest ?? "")) return address;
  }
  return undefined;
}

function parameterOf(url: string, name: string): string | undefined {
  return name === "" ? undefined : (new URL(url).searchParams.get(name) ?? undefined);
}

/** Sets one parameter of a query, and leaves the others as they are written. */
function withParameter(url: string, name: string, value: string): string {
  const [base = "", query = ""] = url.split("?", 2);
  const key = encodeURIComponent(name);
  const kept = query.split("&").filter((pair) => pair !== "" && decode(pair.split("=", 1)[0] ?? "") !== name);
  return `${base}?${[...kept, `${key}=${encodeURIComponent(value)}`].join("&")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
