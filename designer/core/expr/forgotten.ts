/** A text that is nothing but a way into a run's data. The server's check/forgotten.go knows the same. */
const PATH = /^\s*(steps|trigger|vars|item|run|flow)((?:\.\??[A-Za-z_]\w*|\[(?:\d+|"[^"]*"|'[^']*')\])*)\s*$/;

/** What data whose shape is known has: a host run.example.com is none of it. */
const FIELDS: Record<string, readonly string[]> = {
  trigger: ["type", "body", "headers", "query", "at"],
  run: ["id", "version", "dryRun", "startedAt"],
  flow: ["id", "name"],
};

/** Of names of files, such as vars.json, which are meant as they are. */
const ENDINGS = new Set(
  "json yaml yml txt md csv xml html log sh py js ts exe zip pdf tf env conf ini toml".split(" "),
);

/** Whether a text is an expression whose braces were forgotten. Prose, addresses and names of files aren't. */
export function looksForgotten(text: string, inLoop: boolean): boolean {
  const [, root = "", rest = ""] = PATH.exec(text) ?? [];
  if (root === "" || (root === "item" && !inLoop)) return false;
  if (rest === "") return root === "item";
  if (ENDINGS.has(rest.replace(/^[.?]+/, ""))) return false;
  const first = /\w+/.exec(rest)?.[0] ?? "";
  return FIELDS[root]?.includes(first) ?? true;
}
