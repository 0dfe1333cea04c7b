import { host } from "../host.ts";

/** Which characters of a part of an address are written as %XX, besides controls and all beyond ASCII. */
export const sets = {
  fragment: ' "<>`',
  query: ' "#<>',
  specialQuery: " \"#<>'",
  path: ' "#<>?`{}^',
  userinfo: ' "#<>?`{}/:;=@[\\]^|',
} as const;

/** Writes what stands in the set, and what is no printable ASCII, as %XX. */
export function encodePercent(text: string, set: string): string {
  let out = "";
  for (const c of text.toWellFormed()) {
    const plain = c > " " && c <= "~";
    out += (plain || c === " ") && !set.includes(c) ? c : bytesOf(c);
  }
  return out;
}

function bytesOf(c: string): string {
  return Array.from(host.encode(c), (b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** Reads %XX; what is malformed stays, and bytes that are no UTF-8 become U+FFFD. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(%[0-9A-Fa-f]{2})+/g, (run) =>
    host.decode(Uint8Array.fromHex(run.replaceAll("%", ""))),
  );
}
