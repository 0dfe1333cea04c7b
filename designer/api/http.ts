import type { Problem } from "@/core/flow/document";

/** An answer of application/problem+json, or the reason why none came. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly title: string;
  readonly problems: Problem[];
  /** The whole answer; a 409 of a draft carries the current one. */
  readonly body: Record<string, unknown>;

  constructor(status: number, title: string, detail: string, body: Record<string, unknown> = {}) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.body = body;
    this.problems = Array.isArray(body.problems) ? (body.problems as Problem[]) : [];
  }

  /** What the server says is wrong with one field, such as /name. */
  at(pointer: string): string | undefined {
    return this.problems.find((p) => p.pointer === pointer)?.message;
  }

  /** Whether the server could not be reached, rather than refused. */
  get away(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** What an error says of one field; undefined where it is about something else. */
export function fieldError(error: unknown, pointer: string): string | undefined {
  return error instanceof ApiError ? error.at(pointer) : undefined;
}

interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Text that is sent as it is, such as a flow file. */
  text?: string;
  /** Bytes that are sent as they are, under their own type. */
  bytes?: { type: string; value: Blob };
}

interface Answer<T> {
  value: T;
  headers: Headers;
}

type Listener = () => void;
let onUnauthorized: Listener = () => {};

/** Says what happens when the session has ended: the shell goes to the log-in page. */
export function whenUnauthorized(listener: Listener): void {
  onUnauthorized = listener;
}

/** Calls /api/v1 and throws an ApiError for anything but success. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  return (await callWithHeaders<T>(method, path, options)).value;
}

async function callWithHeaders<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await send(method, path, options);
  if (response.ok) return { value: (await read(response)) as T, headers: response.headers };
  const body = (await read(response)) as Record<string, unknown> | undefined;
  if (
    response.status === 401 &&
    !path.startsWith("/session") &&
    !path.startsWith("/setup") &&
    !path.startsWith("/answer")
  )
    onUnauthorized();
  throw new ApiError(
    response.status,
    textOf(body?.title) || response.statusText || `HTTP ${response.status}`,
    textOf(body?.detail) || retryText(response),
    body ?? {},
  );
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.bytes !== undefined) {
    headers["Content-Type"] = options.bytes.type;
    init.body = options.bytes.value;
  } else if (options.text !== undefined || options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = options.text ?? JSON.stringify(options.body);
  }
  if (options.signal !== undefined) init.signal = options.signal;
  try {
    return await fetch(`/api/v1${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      "The server can't be reached",
      "Check that it runs; what you changed is kept here meanwhile.",
    );
  }
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { title: response.statusText, detail: text.slice(0, 200) };
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function retryText(response: Response): string {
  const after = response.headers.get("Retry-After");
  return after === null ? "" : `Try again in ${after} seconds.`;
}
