import { host } from "../host.ts";

export class TextEncoderImpl {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    return host.encode(String(text));
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = host.encode(character);
      if (written + bytes.length > into.length) break;
      into.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

/** UTF-8 and nothing else; what else there is must be decoded by the connector. */
export class TextDecoderImpl {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^(unicode-1-1-)?utf-?8$/i.test(label.trim())) {
      throw new RangeError(`TextDecoder: only utf-8 is there, not ${label}`);
    }
    this.fatal = options.fatal ?? false;
    this.ignoreBOM = options.ignoreBOM ?? false;
  }

  decode(data: Uint8Array | ArrayBuffer | DataView = new Uint8Array()): string {
    const bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const text = host.decode(bytes);
    if (this.fatal && text.includes("\ufffd") && !same(host.encode(text), bytes)) {
      throw new TypeError("TextDecoder: the bytes are not UTF-8");
    }
    return text.startsWith("\ufeff") && !this.ignoreBOM ? text.slice(1) : text;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
