// What a certificate says of itself, as far as one has to know it to follow it: its number
// and how long it holds (RFC 5280, section 4.1, in DER).
import { fail } from "drawbridge";

interface Element {
  tag: number;
  content: Uint8Array;
  rest: Uint8Array;
}

const unreadable = () => fail("bad_answer", "the authority answered a certificate that can't be read");

/** The first element of DER. */
function first(der: Uint8Array): Element {
  const [tag, short] = der;
  if (tag === undefined || short === undefined) throw unreadable();
  let [from, size] = [2, short];
  if (short > 0x80) {
    from += short - 0x80;
    size = der.subarray(2, from).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  if (from + size > der.length) throw unreadable();
  return { tag, content: der.subarray(from, from + size), rest: der.subarray(from + size) };
}

function derOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw unreadable();
  }
}

/** UTCTime or GeneralizedTime as RFC 3339. */
function time(e: Element): string {
  const text = String.fromCharCode(...e.content);
  const [, year = "", ...parts] = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (year === "") throw unreadable();
  const whole = year.length === 4 ? year : `${Number(year) < 50 ? 20 : 19}${year}`;
  const [month, day, hour, minute, second] = parts;
  return `${whole}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** The number of a certificate in decimal, and from when until when it holds. */
export function factsOf(pem: string): { serial: string; notBefore: string; notAfter: string } {
  const [, body] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem) ?? [];
  if (body === undefined) throw unreadable();
  let next = first(first(first(derOf(body)).content).content);
  if (next.tag === 0xa0) next = first(next.rest); // the version
  const serial = next.content;
  if (serial.length === 0 || (serial[0] ?? 0) > 0x7f) throw unreadable(); // none has a negative number
  for (let skipped = 0; skipped < 3; skipped++) next = first(next.rest); // to the validity
  const from = first(next.content);
  return {
    serial: BigInt(`0x${serial.toHex()}`).toString(),
    notBefore: time(from),
    notAfter: time(first(from.rest)),
  };
}
