/** The codes that the SDK and the host give. A connector may add its own. */
export type ErrorCode =
  | "bad_input"
  | "unavailable"
  | "rate_limited"
  | "denied"
  | "timeout"
  | "crashed"
  | "internal"
  | "too_large"
  | "unknown_action"
  | (string & {});

/** One fault of the input, at its place: a JSON Pointer such as /links/3/url. */
export interface Problem {
  pointer: string;
  message: string;
}

export interface ErrorOptions {
  retryable?: boolean;
  /** Seconds, or a duration such as "90s". */
  retryAfter?: number | string;
  details?: unknown;
}

/** An error that tells the engine what to do. Throw it from an action. */
export class ActionError extends Error {
  override readonly name = "ActionError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfter: string | undefined;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message);
    this.code = code;
    this.retryable = options.retryable ?? options.retryAfter !== undefined;
    this.retryAfter = duration(options.retryAfter);
    this.details = options.details;
  }
}

function duration(after: number | string | undefined): string | undefined {
  return typeof after === "number" ? `${Math.max(0, Math.ceil(after * 1000))}ms` : after;
}

/** A field of the input is wrong, and retrying is no use. The pointer is "" for the whole. */
export function badInput(pointer: string, message: string): ActionError {
  return badInputs([{ pointer, message }]);
}

/** Several fields of the input are wrong. */
export function badInputs(problems: Problem[]): ActionError {
  const text = problems.map((p) => `${p.pointer} ${p.message}`.trim()).join("; ");
  return new ActionError("bad_input", text, { details: { problems } });
}

/** The other side did not answer or failed; the engine may try again by the node's retry rule. */
export function unavailable(message: string): ActionError {
  return new ActionError("unavailable", message, { retryable: true });
}

/** The same call may succeed later: as unavailable, with a code of your own if you like. */
export function retryable(message: string, code: ErrorCode = "unavailable"): ActionError {
  return new ActionError(code, message, { retryable: true });
}

/** The engine waits at least so long (seconds, or a duration such as "90s") before it tries again. */
export function backOff(after: number | string, message: string): ActionError {
  return new ActionError("unavailable", message, { retryAfter: after });
}

/** The other side asks for fewer calls: as backOff, with its own code. */
export function rateLimited(after: number | string, message: string): ActionError {
  return new ActionError("rate_limited", message, { retryAfter: after });
}

/** A credential or a capability is missing or refused. */
export function denied(message: string): ActionError {
  return new ActionError("denied", message);
}

/** A value is larger than the action can take. */
export function tooLarge(message: string): ActionError {
  return new ActionError("too_large", message);
}

/** An error with a code of the connector's own, such as not_found, that a flow can branch on. */
export function fail(code: string, message: string, details?: unknown): ActionError {
  return new ActionError(code, message, { details });
}
