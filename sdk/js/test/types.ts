// Holds the declarations for authors to the source: this compiles as long as what
// is declared is there, and what is there is declared.
import * as declared from "drawbridge";
import * as real from "../src/index.ts";

type Declared = typeof declared;
type Real = typeof real;

export const there: { [K in keyof Declared]: unknown } = real;
export const told: { [K in keyof Real]: unknown } = declared;

// The functions and the context are the same to an author.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const functions: [
  Same<Real["badInput"] extends (...a: infer A) => unknown ? A : 0, Parameters<Declared["badInput"]>>,
  Same<Parameters<Real["backOff"]>, Parameters<Declared["backOff"]>>,
  Same<Parameters<Real["fail"]>, Parameters<Declared["fail"]>>,
  Same<Parameters<Real["hmac"]>, Parameters<Declared["hmac"]>>,
  Same<keyof real.Context, keyof declared.Context>,
  Same<keyof real.Blobs, keyof declared.Blobs>,
  Same<keyof real.Action, keyof declared.Action>,
  Same<keyof real.Connector, keyof declared.Connector>,
  Same<keyof real.HTTPRequest, keyof declared.HTTPRequest>,
  Same<keyof real.HTTPResponse, keyof declared.HTTPResponse>,
] = [true, true, true, true, true, true, true, true, true, true];

// What an author writes is typed by its schemas.
const { action, s } = declared;
export const typed = action({
  name: "Typed",
  description: "Is typed.",
  input: s.object({ host: s.string(), kind: s.enum(["a", "b"]), most: s.optional(s.integer()) }),
  output: s.object({ score: s.number() }),
  run: ({ host, kind, most }) => {
    const limit: number | undefined = most;
    const one: "a" | "b" = kind;
    return { score: Math.min(host.length, limit ?? 1) + one.length };
  },
});
