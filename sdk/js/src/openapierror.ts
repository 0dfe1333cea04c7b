import { ActionError } from "./error.ts";
import { type HTTPResponse, statusError } from "./http.ts";
import type { Operation } from "./openapi.ts";

/** The error of an answer of 400 and more, in the words of the other side where it has some. */
export function errorOf(answer: HTTPResponse, operation: Operation, credential: boolean): ActionError {
  const { status } = answer;
  const body = parsed(answer);
  const says = messageOf(body, 0) || (typeof body === "string" ? body.slice(0, 300) : "");
  const base = statusError(status, answer.headers["retry-after"], says);
  let { message } = base;
  if (status === 401 || status === 403)
    message += `; ${about(operation.credentials ?? [], credential, status)}`;
  const retryable = base.retryable || status === 408 || status === 425;
  return new ActionError(base.code, message, {
    retryable,
    ...(base.retryAfter === undefined ? {} : { retryAfter: base.retryAfter }),
    details: { status, ...(typeof body === "object" && body !== null ? { body: small(body) } : {}) },
  });
}

function about(types: string[], given: boolean, status: number): string {
  const names =
    types.length === 0 ? "a credential of this connector" : `the credential (${types.join(" or ")})`;
  if (!given)
    return types.length === 0 ? "no credential was sent" : `give the node ${names.replace("the ", "a ")}`;
  return status === 401 ? `${names} isn't accepted: renew it` : `${names} may not do that`;
}

function parsed(answer: HTTPResponse): unknown {
  const text = answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return /<html/i.test(text) ? "" : text.trim();
  }
}

/** Where services say what is wrong; title and detail are those of RFC 9457. */
function messageOf(body: unknown, depth: number): string {
  if (typeof body === "string") return depth > 0 ? body.slice(0, 300) : "";
  if (typeof body !== "object" || body === null || depth > 3) return "";
  if (Array.isArray(body))
    return body
      .slice(0, 3)
      .map((one) => messageOf(one, depth + 1))
      .filter(Boolean)
      .join("; ");
  const of = body as Record<string, unknown>;
  if (typeof of.title === "string" && typeof of.detail === "string")
    return `${of.title}: ${of.detail}`.slice(0, 300);
  for (const key of [
    "detail",
    "message",
    "error_description",
    "errorMessage",
    "title",
    "error",
    "errors",
    "msg",
    "reason",
  ]) {
    const found = messageOf(of[key], depth + 1);
    if (found !== "") return found;
  }
  return "";
}

function small(body: object): unknown {
  return JSON.stringify(body).length <= 4096 ? body : undefined;
}
