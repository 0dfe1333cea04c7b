import { host } from "../host.ts";
import { decodePercent, encodePercent } from "./percent.ts";

/** Reads the host of an address, as the URL standard does; undefined refuses it. */
export function parseHost(text: string, special: boolean): string | undefined {
  if (text.startsWith("[")) return text.endsWith("]") ? ipv6(text.slice(1, -1)) : undefined;
  if (!special) return /[\0\t\n\r #/<>?@[\\\]^|]/.test(text) ? undefined : encodePercent(text, "");
  const name = decodePercent(text);
  const ascii = /^[\x20-\x7e]+$/.test(name) && !/xn--/i.test(name) ? name.toLowerCase() : host.ascii(name);
  if (typeof ascii !== "string" || ascii === "" || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(ascii))
    return undefined;
  const last = ascii.replace(/\.$/, "").split(".").at(-1) ?? "";
  return /^(\d+|0x[0-9a-f]*)$/.test(last) ? ipv4(ascii) : ascii;
}

function ipv4(text: string): string | undefined {
  const parts = text.replace(/\.$/, "").split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map(number);
  let value = 0;
  for (const [i, n] of numbers.entries()) {
    const last = i === numbers.length - 1;
    if (n === undefined || n >= (last ? 256 ** (5 - numbers.length) : 256)) return undefined;
    value += last ? n : n * 256 ** (3 - i);
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function number(part: string): number | undefined {
  if (/^0x[0-9a-f]*$/.test(part)) return part === "0x" ? 0 : Number.parseInt(part, 16);
  if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
  return /^(0|[1-9]\d*)$/.test(part) ? Number(part) : undefined;
}

function ipv6(text: string): string | undefined {
  const mapped = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (mapped) {
    const b = mapped.slice(2).map(Number);
    if (b.some((n, i) => n > 255 || String(n) !== mapped[i + 2])) return undefined;
    const [w = 0, x = 0, y = 0, z = 0] = b;
    return ipv6(`${mapped[1]}${((w << 8) | x).toString(16)}:${((y << 8) | z).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((h) => (h === "" ? [] : h.split(":")));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array(tail === undefined ? 0 : missing).fill("0"), ...(tail ?? [])];
  if (!groups.every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return undefined;
  return `[${shorten(groups.map((g) => Number.parseInt(g, 16)))}]`;
}

/** Writes the longest run of zeros, of two at least, as ::. */
function shorten(groups: number[]): string {
  let best = { at: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (groups[i + n] === 0) n++;
    if (n > best.length) best = { at: i, length: n };
    i += Math.max(0, n - 1);
  }
  const hex = (part: number[]) => part.map((g) => g.toString(16)).join(":");
  if (best.at < 0) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}
