import type { Context } from "./context.ts";
import { badInput } from "./error.ts";
import { host } from "./host.ts";
import type { Body } from "./openapi.ts";
import { queryOf } from "./openapiurl.ts";
import type { Stored } from "./schema.ts";

interface Sent {
  type: string;
  body?: string;
  bodyBase64?: string;
  bodyBlob?: string;
}

const blobOf = (v: unknown) => (v as { $blob?: { id: string } } | null)?.$blob;

/** The body of a request, in the type of content that the operation takes. */
export function bodyOf(of: Body, v: unknown, ctx: Context): Sent {
  switch (of.as) {
    case "json":
      return { type: of.type, body: JSON.stringify(v) };
    case "form":
      return { type: of.type, body: form(of, fieldsOf(of, v)) };
    case "multipart":
      return multipart(of, fieldsOf(of, v), ctx);
    default: {
      const blob = blobOf(v);
      if (blob) return { type: of.type, bodyBlob: blob.id };
      if (of.as === "text") return { type: of.type, body: typeof v === "string" ? v : JSON.stringify(v) };
      return { type: of.type, bodyBase64: bytesOf(of.key, v, ctx).toBase64() };
    }
  }
}

function fieldsOf(of: Body, v: unknown): [string, unknown][] {
  if (typeof v !== "object" || v === null || Array.isArray(v))
    throw badInput(`/${of.key}`, "must be an object");
  return Object.entries(v).filter(([, field]) => field !== undefined && field !== null);
}

function bytesOf(key: string, v: unknown, ctx: Context): Uint8Array {
  try {
    return ctx.blobs.bytes(v as Stored, 16 << 20);
  } catch (e) {
    if (!(e instanceof SyntaxError)) throw e;
    throw badInput(`/${key}`, "must be base64, or a blob");
  }
}

function form(of: Body, fields: [string, unknown][]): string {
  const pairs = fields.flatMap(([name, v]) => {
    const { type, style, explode } = of.fields?.[name] ?? {};
    if (type && /json/.test(type)) return queryOf(name, JSON.stringify(v));
    return queryOf(name, v, style || "form", explode ?? (style ? style === "deepObject" : true));
  });
  return pairs.map((pair) => pair.replaceAll("%20", "+")).join("&");
}

const quoted = (text: string) => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

function multipart(of: Body, fields: [string, unknown][], ctx: Context): Sent {
  const boundary = `drawbridge-${ctx.random(16).toHex()}`;
  const parts: Uint8Array[] = [];
  const part = (name: string, type: string, file: boolean, data: Uint8Array) => {
    const filename = file ? `; filename="${quoted(name)}"` : "";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${filename}\r\n`;
    parts.push(
      host.encode(`${head}${type === "" ? "" : `Content-Type: ${type}\r\n`}\r\n`),
      data,
      host.encode("\r\n"),
    );
  };
  for (const [name, given] of fields) {
    const { file = false, type = "" } = of.fields?.[name] ?? {};
    const several = Array.isArray(given) && (file || !given.some((item) => typeof item === "object"));
    for (const v of several ? given : [given]) {
      if (file || blobOf(v))
        part(name, type || "application/octet-stream", true, bytesOf(`${of.key}/${name}`, v, ctx));
      else if (typeof v === "object")
        part(name, type || "application/json", false, host.encode(JSON.stringify(v)));
      else part(name, type, false, host.encode(String(v)));
    }
  }
  parts.push(host.encode(`--${boundary}--\r\n`));
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const p of parts) {
    whole.set(p, at);
    at += p.length;
  }
  return { type: `${of.type.split(";")[0]}; boundary=${boundary}`, bodyBase64: whole.toBase64() };
}
