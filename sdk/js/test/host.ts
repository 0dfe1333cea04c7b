// A host for the SDK's source in Node: what the sandbox gives, made by Node. It
// is here so that the standard library can be held to Node's own, case by case.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { domainToASCII } from "node:url";

export const lines: { level: number; line: string }[] = [];
export const asked: { name: string; request: unknown }[] = [];
export const answers: Record<string, unknown> = {};
export const clock = { now: Date.UTC(2025, 0, 2, 12), slept: [] as number[] };

const hosts = globalThis as unknown as { drawbridgeHost: unknown };
hosts.drawbridgeHost = {
  log: (level: number, line: string) => lines.push({ level, line }),
  progress: (line: string) => lines.push({ level: 4, line }),
  now: () => clock.now,
  random: (n: number) => new Uint8Array(randomBytes(n)),
  ask: (name: string, request: string) => {
    asked.push({ name, request: JSON.parse(request) });
    return name in answers ? JSON.stringify(answers[name]) : -1;
  },
  sleep: (ms: number) => {
    clock.slept.push(ms);
    clock.now += Math.max(0, ms);
  },
  encode: (text: string) => new Uint8Array(Buffer.from(text.toWellFormed(), "utf8")),
  decode: (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8"),
  ascii: (name: string) => domainToASCII(name) || -2,
  digest: (name: string, data: Uint8Array | string) => new Uint8Array(createHash(name).update(data).digest()),
  hmac: (name: string, key: Uint8Array | string, data: Uint8Array | string) =>
    new Uint8Array(createHmac(name, key).update(data).digest()),
  locate: (stack: string) => stack.split("\n").slice(1, 2).join(""),
};

const bytes = Uint8Array.prototype as unknown as Record<string, unknown>;
bytes.toHex ??= function (this: Uint8Array) {
  return Buffer.from(this).toString("hex");
};
bytes.toBase64 ??= function (this: Uint8Array) {
  return Buffer.from(this).toString("base64");
};
const made = Uint8Array as unknown as Record<string, unknown>;
made.fromHex ??= (text: string) => new Uint8Array(Buffer.from(text, "hex"));
made.fromBase64 ??= (text: string) => new Uint8Array(Buffer.from(text, "base64"));
