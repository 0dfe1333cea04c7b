// Compiles as long as the declarations for authors do.
import { action, s } from "drawbridge";

// What an author writes is typed by its schemas.
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
