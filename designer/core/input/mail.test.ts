import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { inputOfBytes, inputOfText, looksLikeMail } from "./mail";

const samples = resolve(import.meta.dirname, "../../../flows/library/samples/phishing-triage");
const both = { properties: { raw: { type: "string" }, rawBase64: { type: "string" } } };
const bytes = (...parts: (string | number)[]) =>
  new Uint8Array(parts.flatMap((p) => (typeof p === "number" ? p : [...new TextEncoder().encode(p)])));

describe("a mail as the input of a run", () => {
  it.each(readdirSync(samples).filter((f) => f.endsWith(".eml")))("is known: %s", (file) => {
    const mail = readFileSync(resolve(samples, file));
    expect(looksLikeMail(mail.toString("latin1"))).toBe(true);
    expect(inputOfBytes("", mail, both)).toMatchObject({ ok: true });
  });

  it("is text where it is UTF-8, and bytes otherwise", () => {
    expect(inputOfBytes("a.eml", bytes("Subject: ü\n\nx"), both)).toMatchObject({
      input: { raw: "Subject: ü\n\nx" },
    });
    expect(inputOfBytes("a.eml", bytes("Subject: ", 0xfc, "\n\nx"), both)).toMatchObject({
      input: { rawBase64: btoa("Subject: \xfc\n\nx") },
    });
    const bytesOnly = { properties: { rawBase64: {} } };
    expect(inputOfText("From: a@b.example\n\nx", bytesOnly)).toMatchObject({
      input: { rawBase64: btoa("From: a@b.example\n\nx") },
    });
  });

  it("is refused with a reason where the flow takes none", () => {
    const none = inputOfText("From: a@b.example\nTo: c@d.example\n\nx", undefined);
    expect(none).toMatchObject({ ok: false, message: expect.stringMatching(/neither raw nor rawBase64/) });
    const raw = inputOfBytes("a.eml", bytes("Subject: ", 0xfc, "\n\nx"), { properties: { raw: {} } });
    expect(raw).toMatchObject({ ok: false, message: expect.stringMatching(/no rawBase64/) });
    expect(inputOfBytes("a.msg", bytes(0xd0, 0xcf, 0x11, 0xe0), both)).toMatchObject({
      message: expect.stringMatching(/Outlook/),
    });
  });

  it("is told from JSON and from other texts", () => {
    expect(inputOfText('{"raw": "From: a"}', both)).toMatchObject({ input: { raw: "From: a" } });
    expect(inputOfBytes("x.json", bytes("{"), both)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/x\.json is not JSON/),
    });
    for (const text of ["hello: there, my friend", "note: a\nno header here", "Title: of a page\nText"])
      expect(looksLikeMail(text), text).toBe(false);
    expect(inputOfText("hello", both)).toMatchObject({ ok: false });
  });
});
