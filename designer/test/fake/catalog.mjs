import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const core = join(import.meta.dirname, "..", "..", "..", "server", "catalog", "core");
const ORDER = ["trigger.manual", "trigger.webhook", "core.set", "core.if", "core.switch", "core.foreach"];

function builtIns() {
  // A type has a dot in its name; what else lies there is no type.
  const files = readdirSync(core).filter((file) => /^\w+\.\w+\.json$/.test(file));
  const all = files.map((file) => ({
    type: file.replace(/\.json$/, ""),
    effect: "none",
    idempotent: true,
    ...JSON.parse(readFileSync(join(core, file), "utf8")),
  }));
  const rank = (t) => (ORDER.indexOf(t.type) + ORDER.length + 1) % (ORDER.length + 1);
  return all.sort((a, b) => rank(a) - rank(b));
}

const action = (type, name, category, icon, effect, input, description) => ({
  type,
  name,
  description,
  category,
  icon,
  kind: "action",
  connector: type.split(".")[0],
  version: "1.0.0",
  effect,
  idempotent: effect === "none",
  input: { type: "object", additionalProperties: false, ...input },
  output: { type: "object" },
  ports: ["out", "error"],
  container: false,
  examples: [],
});

/** The real core types beside a few connectors that show every kind of field. */
export const catalog = [
  ...builtIns(),
  action(
    "email.parse",
    "Parse mail",
    "Mail",
    "mail-open",
    "none",
    {
      required: ["raw"],
      properties: {
        raw: { type: "string", title: "Mail", description: "The whole mail as text." },
        maxDepth: { type: "integer", title: "Depth", minimum: 1, maximum: 16, default: 8 },
      },
    },
    "Reads a mail with all its parts.",
  ),
  action(
    "ioc.extract",
    "Find indicators",
    "Intelligence",
    "scan-search",
    "none",
    {
      required: ["text"],
      properties: {
        text: { type: "string", title: "Text" },
        types: {
          type: "array",
          title: "Types",
          uniqueItems: true,
          items: { type: "string", enum: ["ipv4", "domain", "url", "sha256", "cve"] },
        },
        refang: { type: "boolean", title: "Undo defanging", default: true },
        ignore: {
          type: "array",
          title: "Ignore",
          items: { type: "string" },
          description: "Domains of your own, with everything below them.",
        },
      },
    },
    "Finds addresses, domains, hashes and more in a text.",
  ),
  action(
    "msgraph.pull",
    "Pull mails",
    "Mail",
    "mail-x",
    "destructive",
    { properties: { message: { type: "string", title: "Message id" } } },
    "Takes a mail out of every mailbox.",
  ),
];
