import { host } from "./host.ts";
import { ask, type HostError } from "./kv.ts";

/** A stream to another system, which the host opened: by TLS, unless an unencrypted one was granted. */
export interface Conn {
  /** Waits for something and answers it, at most 64 KiB; undefined at the end. */
  read(most?: number, timeout?: string): Uint8Array | undefined;
  /** Writes all of it; a text in UTF-8. */
  write(data: Uint8Array | string, timeout?: string): void;
  close(): void;
}

/** Streams to hosts and ports that capabilities.net names. */
export interface Net {
  /** Opens a stream; timeout is a duration such as "5s". At most 4 are open at once. */
  open(host: string, port: number, timeout?: string): Conn;
}

interface Answer {
  handle?: number;
  data?: string;
  eof?: boolean;
  error?: HostError;
}

/** The most that the host takes in one write. */
const mostAtOnce = 1 << 20;

class Stream implements Conn {
  readonly #handle: number;

  constructor(handle: number) {
    this.#handle = handle;
  }

  read(most?: number, timeout?: string): Uint8Array | undefined {
    const { data, eof } = ask<Answer>("net_read", { handle: this.#handle, max: most, timeout });
    return eof ? undefined : Uint8Array.fromBase64(data ?? "");
  }

  write(data: Uint8Array | string, timeout?: string): void {
    const bytes = typeof data === "string" ? host.encode(data) : data;
    for (let at = 0; at < bytes.length; at += mostAtOnce) {
      const part = bytes.subarray(at, at + mostAtOnce).toBase64();
      ask<Answer>("net_write", { handle: this.#handle, data: part, timeout });
    }
  }

  close(): void {
    ask<Answer>("net_close", { handle: this.#handle });
  }
}

export const net: Net = {
  open: (name, port, timeout) =>
    new Stream(ask<Answer>("net_open", { host: name, port, timeout }).handle ?? 0),
};
