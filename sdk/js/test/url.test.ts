import { describe, expect, it } from "vitest";
import { URLImpl } from "../src/std/url.ts";
import { URLSearchParamsImpl } from "../src/std/urlparams.ts";

const Node = globalThis.URL;
const parts = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

function read(make: () => URL | URLImpl): Record<string, string> | string {
  try {
    const url = make();
    return Object.fromEntries(parts.map((p) => [p, url[p]]));
  } catch (e) {
    return (e as Error).constructor.name;
  }
}

const addresses = [
  "https://example.com",
  "HTTPS://Example.COM:443/a/../b/./c?x=1#y",
  "http://user:pass@example.com:8080/p?q#f",
  "http://user@example.com",
  "http://us%20er:p%40ss@example.com/",
  "http://a@b@c/",
  "https://example.com/a b?c d#e f",
  "https://example.com/é/ü?ä=ö#ß",
  "https://bücher.example/",
  "https://xn--bcher-kva.example/",
  "http://192.168.0.1/",
  "http://0x7f.1/",
  "http://2130706433/",
  "http://017700000001/",
  "http://256.1.1.1/",
  "http://1.2.3/",
  "http://1.2.3.4.5/",
  "http://[::1]:80/",
  "http://[2001:DB8:0:0:1:0:0:1]/",
  "http://[::ffff:1.2.3.4]/",
  "http://[1:2:3]/",
  "http://[::1/",
  "http://exa mple.com/",
  "http://example.com:99999/",
  "http://example.com:/",
  "http://example.com:0080/",
  "http://exa%6dple.com/",
  "http://",
  "http:example.com",
  "http:/example.com/",
  "https:\\\\example.com\\path",
  "//example.com",
  "example.com",
  "",
  "mailto:user@example.com?subject=x",
  "data:text/plain,hello world",
  "javascript:alert(1)",
  "file:///etc/passwd",
  "file://host/path",
  "file:/x",
  "urn:isbn:123",
  "foo://bar/baz?x#y",
  "foo:/a/b",
  "https://example.com/%2e%2e/a/%2E/b",
  "https://example.com/a/b/..",
  "https://example.com/a//b/",
  "https://example.com/?a=b&c='d'",
  "https://example.com/#a`b",
  "https://example.com./",
  "  https://example.com/  ",
  "https://exa\tmple.com/\nx",
  "https://example.com?x",
  "https://example.com#x",
  "https://example.com/?",
  "https://example.com/#",
  "ws://example.com:80/",
  "http://a.b-c_d.example/",
  "https://example.com/|`{}",
];

describe("URL", () => {
  it.each(addresses)("reads %j as Node does", (address) => {
    expect(read(() => new URLImpl(address))).toEqual(read(() => new Node(address)));
  });

  const relative = [
    "x",
    "../x",
    "./x",
    "/x",
    "//h/x",
    "?q",
    "#f",
    "",
    "..",
    "a/./b/../c",
    "https://o/",
    "https:x",
    "x:y",
    "\\x",
    "a:b/c",
  ];
  it.each(relative)("resolves %j as Node does", (address) => {
    for (const base of ["https://u:p@example.com:8443/a/b/c?q#f", "http://example.com", "file:///a/b"]) {
      expect(
        read(() => new URLImpl(address, base)),
        base,
      ).toEqual(read(() => new Node(address, base)));
    }
  });

  const changes: [(typeof parts)[number], string][] = [
    ["protocol", "http"],
    ["username", "a b"],
    ["password", "p:q"],
    ["host", "other.example:8080"],
    ["hostname", "third.example"],
    ["port", "81"],
    ["port", ""],
    ["pathname", "a b/../c"],
    ["search", "?a=b c"],
    ["search", ""],
    ["hash", "#x y"],
    ["href", "https://new.example/"],
  ];
  it.each(changes)("sets %s to %j as Node does", (part, value) => {
    const set = (url: URL | URLImpl) => {
      (url as unknown as Record<string, string>)[part] = value;
      return url;
    };
    const address = "https://u:p@example.com/a?b#c";
    expect(read(() => set(new URLImpl(address)))).toEqual(read(() => set(new Node(address))));
  });

  it("keeps search and searchParams the same", () => {
    const url = new URLImpl("https://example.com/?a=1");
    url.searchParams.append("b", "x y&z");
    expect(url.href).toBe("https://example.com/?a=1&b=x+y%26z");
    url.search = "?c=2";
    expect([...url.searchParams]).toEqual([["c", "2"]]);
    url.searchParams.delete("c");
    expect(url.href).toBe("https://example.com/");
  });
});

describe("URLSearchParams", () => {
  it.each(["a=1&b=2&a=3", "?x", "a=b=c", "%zz=%41+%2B", "a=%ff", "&&", "é=ü", "'()*~!-._"])(
    "reads and writes %j as Node does",
    (text) => {
      const ours = new URLSearchParamsImpl(text);
      const nodes = new URLSearchParams(text);
      expect([...ours]).toEqual([...nodes]);
      expect(ours.toString()).toBe(nodes.toString());
    },
  );
});
