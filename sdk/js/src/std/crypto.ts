import { type Algorithm, hash } from "../digest.ts";
import { randomBytes } from "../random.ts";

const algorithms: Record<string, Algorithm> = {
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

function getRandomValues<T extends ArrayBufferView>(into: T): T {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  bytes.set(randomBytes(bytes.length));
  return into;
}

function randomUUID(): string {
  const b = randomBytes(16);
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  return b.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function digest(name: string | { name: string }, data: Uint8Array | ArrayBuffer): Promise<ArrayBuffer> {
  const called = (typeof name === "string" ? name : name.name).toUpperCase();
  const algorithm = algorithms[called];
  if (algorithm === undefined) throw new TypeError(`crypto.subtle.digest: ${called} is not there`);
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  return hash(algorithm, bytes).buffer as ArrayBuffer;
}

/** Random values and digests; for HMAC there is hmac of the SDK. */
export function cryptoOf() {
  return { getRandomValues, randomUUID, subtle: { digest } };
}
