import { granted, host } from "./host.ts";

export type Algorithm = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** The digest of bytes, or of the UTF-8 of a text. */
export function hash(algorithm: Algorithm, data: Uint8Array | string): Uint8Array {
  return granted(`hash ${algorithm}`, host.digest(algorithm, data)) as Uint8Array;
}

/** The HMAC of bytes, or of the UTF-8 of a text. */
export function hmac(algorithm: Algorithm, key: Uint8Array | string, data: Uint8Array | string): Uint8Array {
  return granted(`hmac ${algorithm}`, host.hmac(algorithm, key, data)) as Uint8Array;
}

/** Bytes in lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}
