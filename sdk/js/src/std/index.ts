// The standard library: what authors expect to find and the engine doesn't have.
// It is evaluated before any file of the author's.
import "../host.ts";
import "../random.ts";
import { AbortControllerImpl, AbortSignalImpl } from "./abort.ts";
import { structuredClone } from "./clone.ts";
import { consoleOf } from "./console.ts";
import { cryptoOf } from "./crypto.ts";
import { TextDecoderImpl, TextEncoderImpl } from "./encoding.ts";
import { fetch, HeadersImpl, ResponseImpl } from "./fetch.ts";
import { clearTimer, setInterval, setTimeout } from "./timers.ts";
import { URLImpl } from "./url.ts";
import { URLSearchParamsImpl } from "./urlparams.ts";

const library: Record<string, unknown> = {
  AbortController: AbortControllerImpl,
  AbortSignal: AbortSignalImpl,
  Headers: HeadersImpl,
  Response: ResponseImpl,
  TextDecoder: TextDecoderImpl,
  TextEncoder: TextEncoderImpl,
  URL: URLImpl,
  URLSearchParams: URLSearchParamsImpl,
  clearInterval: clearTimer,
  clearTimeout: clearTimer,
  console: consoleOf(),
  crypto: cryptoOf(),
  fetch,
  queueMicrotask: (job: () => void) => void Promise.resolve().then(job),
  setInterval,
  setTimeout,
  structuredClone,
};

for (const [name, value] of Object.entries(library)) {
  if (typeof value === "function" && value.name !== name)
    Object.defineProperty(value, "name", { value: name });
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
