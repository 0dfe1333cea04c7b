import { ActionError, type ErrorCode } from "./error.ts";
import { granted, host } from "./host.ts";

/** Values of the connector's own, kept between calls: keys of 256 bytes, values of 64 KiB. */
export interface KV {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  delete(key: string): void;
}

/** What the host answers of a failure. */
export interface HostError {
  code: ErrorCode;
  message: string;
  retryable?: boolean;
  retryAfter?: string;
  details?: unknown;
}

/** Asks a host function that takes and answers JSON. */
export function ask<T extends { error?: HostError }>(name: string, request: unknown): T {
  const answer = JSON.parse(granted(name, host.ask(name, JSON.stringify(request))) as string) as T;
  if (answer.error) {
    const { code, message, ...options } = answer.error;
    throw new ActionError(code, message, options);
  }
  return answer;
}

export const kv: KV = {
  get: (key) => ask<{ value?: string; error?: HostError }>("kv_get", { key }).value,
  put: (key, value) => void ask("kv_put", { key, value: String(value) }),
  delete: (key) => void ask("kv_put", { key }),
};
