import type { ErrorCode } from "./error.ts";
import { ActionError } from "./error.ts";

/** What the sandbox gives a script. Numbers below zero are refusals. */
export interface Host {
  log(level: number, line: string): void;
  progress(line: string): void;
  /** Milliseconds since 1970, with fractions. */
  now(): number;
  random(count: number): Uint8Array | number;
  blob_open(id: string): number;
  blob_read(handle: number, offset: number, most: number): Uint8Array | number;
  blob_write(handle: number, bytes: Uint8Array): number;
  blob_close(handle: number): string | number;
  /** A host function that takes JSON and answers JSON. */
  ask(name: string, request: string): string | number;
  sleep(milliseconds: number): void;
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
  ascii(host: string): string | number;
  digest(algorithm: string, data: Uint8Array | string): Uint8Array | number;
  hmac(algorithm: string, key: Uint8Array | string, data: Uint8Array | string): Uint8Array | number;
  /** Tells a stack of the engine's in places of the author's files. */
  locate(stack: string): string;

  // What the script leaves for the sandbox.
  run?: (request: string) => Answer;
  call?: (request: unknown, fits: boolean) => Answer;
  pump?: () => Answer;
  text?: (output: [unknown]) => string;
  inputs?: () => string;
  warm?: (n: number) => Answer | null;
}

/**
 * An answer's text, or its output in a list, which the sandbox reads where it
 * lies, or undefined where it isn't there yet.
 */
export type Answer = string | [output: unknown] | undefined;

const key = "drawbridgeHost";
const scope = globalThis as unknown as Record<string, Host>;

/** The host's functions, out of the author's sight. */
export const host: Host = scope[key] as Host;
delete scope[key];

const refusals: Record<number, [ErrorCode, string]> = {
  [-1]: ["denied", "not granted; ask an admin to grant it to this connector"],
  [-2]: ["internal", "it was called with something it doesn't take"],
  [-3]: ["not_found", "it isn't there"],
  [-4]: ["too_large", "too large"],
  [-5]: ["too_large", "this call has used up its limit"],
  [-6]: ["unavailable", "the host could not do it"],
};

/** Passes on what a host function answered, or throws its refusal. */
export function granted<T>(what: string, answer: T | number): T {
  if (typeof answer === "number" && answer < 0) {
    const [code, why] = refusals[answer] ?? ["internal", `refused with ${answer}`];
    throw new ActionError(code, `${what}: ${why}`, { retryable: code === "unavailable" });
  }
  return answer as T;
}
