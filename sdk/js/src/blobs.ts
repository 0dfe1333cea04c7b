import { tooLarge } from "./error.ts";
import { granted, host } from "./host.ts";
import type { BlobReference, Stored } from "./schema.ts";

/** Up to this size store keeps a value inside the answer. */
export const inlineMax = 64 * 1024;
const piece = 1 << 20;
const defaultLimit = 4 << 20;

/** Large values, which travel as references: {"$blob": {"id", "size"}}. */
export interface Blobs {
  /** The text of a field made by s.text, whether it came inline or as a blob. */
  text(value: Stored, limit?: number): string;
  /** The bytes of a field made by s.bytes, whether they came as base64 or as a blob. */
  bytes(value: Stored, limit?: number): Uint8Array;
  /** The size in bytes, as far as it is known without reading. */
  size(value: Stored): number;
  /** The bytes piece by piece, for what is too large for the memory. */
  pieces(value: Stored): Iterable<Uint8Array>;
  /** Keeps a value and answers its reference, for an output. */
  write(
    data: string | Uint8Array | Iterable<string | Uint8Array>,
    mediaType?: string,
  ): { $blob: BlobReference };
  /** As write, but a small text stays a string, and small bytes become base64. */
  store(data: string | Uint8Array, mediaType?: string): Stored;
}

function referenceOf(value: Stored): BlobReference | undefined {
  return typeof value === "object" && value !== null ? value.$blob : undefined;
}

function* read(ref: BlobReference): Generator<Uint8Array> {
  const handle = granted(`open blob ${ref.id}`, host.blob_open(ref.id));
  try {
    for (let at = 0; ; ) {
      const part = granted("read blob", host.blob_read(handle, at, piece)) as Uint8Array;
      if (part.length === 0) return;
      at += part.length;
      yield part;
    }
  } finally {
    host.blob_close(handle);
  }
}

function whole(ref: BlobReference, limit: number): Uint8Array {
  if (ref.size > limit) throw tooLarge(`the value has ${ref.size} bytes, at most ${limit} are allowed`);
  const out = new Uint8Array(ref.size);
  let at = 0;
  for (const part of read(ref)) {
    if (at + part.length > out.length) throw tooLarge("the blob is longer than its reference says");
    out.set(part, at);
    at += part.length;
  }
  return at === out.length ? out : out.subarray(0, at);
}

function write(
  data: string | Uint8Array | Iterable<string | Uint8Array>,
  mediaType?: string,
): { $blob: BlobReference } {
  let handle = 0;
  const parts = typeof data === "string" || data instanceof Uint8Array ? [data] : data;
  const append = (bytes: Uint8Array) => {
    handle = granted("write blob", host.blob_write(handle, bytes));
  };
  for (const part of parts) {
    const bytes = typeof part === "string" ? host.encode(part) : part;
    for (let at = 0; at < bytes.length; at += piece) append(bytes.subarray(at, at + piece));
  }
  if (handle === 0) append(new Uint8Array());
  const reference = JSON.parse(granted("close blob", host.blob_close(handle)) as string) as BlobReference;
  return { $blob: mediaType === undefined ? reference : { ...reference, mediaType } };
}

export const blobs: Blobs = {
  text(value, limit = defaultLimit) {
    const ref = referenceOf(value);
    return ref ? host.decode(whole(ref, limit)) : String(value);
  },
  bytes(value, limit = defaultLimit) {
    const ref = referenceOf(value);
    return ref ? whole(ref, limit) : Uint8Array.fromBase64(String(value));
  },
  size: (value) => referenceOf(value)?.size ?? String(value).length,
  *pieces(value) {
    const ref = referenceOf(value);
    if (ref) yield* read(ref);
    else yield host.encode(String(value));
  },
  write,
  store(data, mediaType) {
    const size = data.length;
    if (size > inlineMax) return write(data, mediaType);
    return typeof data === "string" ? data : data.toBase64();
  },
};
