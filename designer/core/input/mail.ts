import type { Json, JsonObject } from "../flow/document";

/** What a file or a pasted text is as the input of a run, or why it can't be one. */
export type InputOf = { ok: true; input: Json; what: string } | { ok: false; message: string };

/** Where a flow's input takes a mail: the fields that its schema names. */
function mailFields(schema: Json | undefined): { raw: boolean; rawBase64: boolean } {
  const properties = (schema as JsonObject | undefined)?.properties as JsonObject | undefined;
  const named = (key: string) => properties !== null && typeof properties === "object" && key in properties;
  return { raw: named("raw"), rawBase64: named("rawBase64") };
}

/** A field of a header: `Subject: hello`. Mailbox files begin with a line of their own, `From ` and an address. */
const FIELD = /^(?:From .*\r?\n)?[!-9;-~]+:[ \t]?.*(?:\r?\n|$)/;
/** A field that mails have and other texts with colons don't. */
const TELLING =
  /^(?:Received|Return-Path|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version|Content-Type|X-[\w-]+|DKIM-Signature|ARC-[\w-]+|Authentication-Results):/im;

/** Whether a text begins with the header of a mail. */
export function looksLikeMail(text: string): boolean {
  const begin = text.slice(0, 4096).replace(/^\s+/, "");
  if (!FIELD.test(begin)) return false;
  const header = begin.split(/\r?\n\r?\n/)[0] ?? "";
  return TELLING.test(header) && header.split(/\r?\n/).every((l, i) => i > 60 || isHeaderLine(l, i === 0));
}

function isHeaderLine(line: string, first: boolean): boolean {
  return (
    /^[ \t]/.test(line) || /^[!-9;-~]+:/.test(line) || (first && line.startsWith("From ")) || line === ""
  );
}

/** A pasted or dropped text as input. */
export function inputOfText(text: string, schema: Json | undefined): InputOf {
  return inputOfBytes("", new TextEncoder().encode(text), schema);
}

/** A file as input: JSON as it stands, a mail in the field that the flow has for it. */
export function inputOfBytes(name: string, bytes: Uint8Array, schema: Json | undefined): InputOf {
  const text = textOf(bytes);
  const called = name === "" ? "The text" : name;
  const wrong = text === undefined ? undefined : jsonOf(text);
  if (wrong?.ok) return { ok: true, input: wrong.value, what: `${called}: JSON, as it stands.` };
  const mail = /\.(?:eml|mail|mbox|msg)$/i.test(name) || looksLikeMail(text ?? latin1(bytes.slice(0, 4096)));
  if (/\.msg$/i.test(name) && text === undefined)
    return {
      ok: false,
      message: `${called} is in Outlook's own format: save the mail as .eml, or forward it as an attachment.`,
    };
  if (!mail) {
    const json = /\.json$/i.test(name) || /^\s*[[{]/.test(text ?? "");
    return {
      ok: false,
      message:
        json && wrong !== undefined && !wrong.ok
          ? `${called} is not JSON: ${wrong.message}`
          : `${called} is neither JSON nor a mail: a mail begins with its header lines, such as From: and Subject:.`,
    };
  }
  const has = mailFields(schema);
  if (has.raw && text !== undefined)
    return { ok: true, input: { raw: text }, what: `${called}: a mail, as text in raw.` };
  if (has.rawBase64)
    return {
      ok: true,
      input: { rawBase64: base64(bytes) },
      what: `${called}: a mail, its bytes in rawBase64.`,
    };
  return {
    ok: false,
    message: has.raw
      ? `${called} is a mail that is not UTF-8, and the flow's input has no rawBase64 for its bytes: add that to Input in the settings of the flow.`
      : `${called} is a mail, but the flow's input names neither raw nor rawBase64: describe one of them under Input in the settings of the flow.`,
  };
}

function jsonOf(text: string): { ok: true; value: Json } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

/** UTF-8 text, or undefined where the bytes are none. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const CHUNK = 0x8000;

function base64(bytes: Uint8Array): string {
  let binary = "";
  // All at once would be more arguments than a call takes.
  for (let i = 0; i < bytes.length; i += CHUNK) binary += latin1(bytes.subarray(i, i + CHUNK));
  return btoa(binary);
}
