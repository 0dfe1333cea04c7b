import { describe, expect, it } from "vitest";
import { Catalog, type NodeType } from "../flow/catalog";
import type { Flow, Json } from "../flow/document";
import { type Choices, choicesAt, fieldMeant } from "./complete";
import { placeAt } from "./place";
import { scopeOf } from "./scope";

const PARSE = {
  type: "email.parse",
  name: "Parse mail",
  output: {
    properties: {
      subject: { type: "string", description: "The subject." },
      links: { type: "array", items: { properties: { url: { type: "string" } } } },
    },
  },
} as unknown as NodeType;

const flow: Flow = {
  format: "drawbridge.flow/1",
  name: "f",
  input: { properties: { raw: { type: "string", title: "Mail" } } },
  vars: { threshold: 70 },
  nodes: [
    { id: "hook", type: "trigger.webhook", position: [0, 0] },
    { id: "parse", type: "email.parse", name: "Read the mail", position: [0, 0] },
    { id: "each", type: "core.foreach", position: [0, 0], with: { items: "{{ steps.parse.output.links }}" } },
    { id: "look", type: "core.set", parent: "each", position: [0, 0] },
    { id: "later", type: "core.set", position: [0, 0] },
  ],
  edges: [
    { from: "hook", to: "parse" },
    { from: "parse", to: "each" },
    { from: "each", to: "later" },
  ],
};

const DATA: Record<string, Json> = {
  "steps.parse.output": { subject: "Invoice", "x-mailer": "bulk", parts: [1] },
  "steps.parse.output.links[0]": { url: "http://a.example", text: "pay" },
};

/** The choices at the | of an expression. */
async function at(node: string, marked: string, data: Record<string, Json> = {}): Promise<Choices["all"]> {
  const owner = flow.nodes.find((n) => n.id === node);
  if (owner === undefined) throw new Error(node);
  const scope = scopeOf(flow, new Catalog([PARSE]), owner, "/x");
  const code = marked.replace("|", "");
  const found = await choicesAt(code, marked.indexOf("|"), scope, async (e) => data[e]);
  return found?.all ?? [];
}

const labels = (all: Choices["all"], kind?: string) =>
  all.filter((c) => kind === undefined || c.kind === kind).map((c) => c.label);

describe("names at the root", () => {
  it("are the data in scope and the functions", async () => {
    expect(labels(await at("later", "|"), "data")).toEqual(["steps", "trigger", "vars", "run", "flow"]);
    expect(labels(await at("look", "1 + |"), "data")).toContain("item");
    expect(labels(await at("later", "has|"), "function")).toContain("hash.sha256");
    expect((await at("later", "|")).find((c) => c.label === "defang")?.doc).toMatch(/harmless/);
  });

  it("are not offered inside of texts, comments and numbers", async () => {
    for (const marked of ["'|", "'a' + \"st|", "1 // st|", "12|"])
      expect(await at("later", marked)).toEqual([]);
    expect(labels(await at("later", "'a' + |"), "data")).toContain("steps");
  });
});

describe("members", () => {
  it("of steps are those that can have run before", async () => {
    expect(labels(await at("later", "steps.|"))).toEqual(["each", "parse", "hook"]);
    expect(labels(await at("look", "steps.p|"))).toEqual(["parse", "hook"]);
    expect(labels(await at("parse", "steps.hook.|"))).toEqual(["output", "error", "state"]);
  });

  it("come with the values of the last run, and with what is declared besides", async () => {
    const all = await at("later", "steps.parse.output.|", DATA);
    expect(labels(all, "field")).toEqual(["subject", "x-mailer", "parts", "links"]);
    expect(all[0]).toMatchObject({ detail: '"Invoice"', doc: "The subject." });
    expect(all[1]).toMatchObject({ insert: '["x-mailer"]', overDot: true });
    expect(labels(all, "function")).toContain("transformMap");
    expect(labels(all, "function")).not.toContain("startsWith");
  });

  it("come from the schema where nothing has run", async () => {
    expect(labels(await at("later", "steps.parse.output.|"), "field")).toEqual(["subject", "links"]);
    expect(labels(await at("later", "trigger.body.?|"), "field")).toEqual(["raw"]);
    expect(labels(await at("look", "item.|"), "field")).toEqual(["url"]);
    expect(labels(await at("later", "steps.parse.output.subject.|"), "function")).toContain("lowerAscii");
  });

  it("behind a question mark are fields alone", async () => {
    expect(labels(await at("later", "steps.parse.output.?|", DATA), "function")).toEqual([]);
  });

  it("of a name that a macro binds are those of the list's items", async () => {
    const all = await at("later", "steps.parse.output.links.filter(l, l.|", DATA);
    expect(labels(all, "field")).toEqual(["url", "text"]);
    expect(labels(await at("later", "steps.parse.output.links.map(l, |"), "data")[0]).toBe("l");
  });

  it("of a namespace are its functions", async () => {
    expect(labels(await at("later", "1 + hash.|"))).toEqual(["md5", "sha1", "sha256"]);
  });

  it("of optional values begin with orValue", async () => {
    expect(labels(await at("later", "trigger.body.?raw.|"), "function")[0]).toBe("orValue");
  });
});

describe("a field that is not there", () => {
  const meant = (code: string, missing: string) => {
    const owner = flow.nodes.find((n) => n.id === "later");
    if (owner === undefined) throw new Error("later");
    return fieldMeant(code, missing, scopeOf(flow, new Catalog([PARSE]), owner, "/x"), async (e) => DATA[e]);
  };

  it("is found by the fields that are", async () => {
    expect(await meant("steps.parse.output.subjct + '!'", "subjct")).toEqual({
      name: "subject",
      code: "steps.parse.output.subject + '!'",
    });
    expect(await meant("steps.parse.output.nothing", "nothing")).toBeUndefined();
  });
});

describe("a place", () => {
  it("has the whole operand before the dot as its receiver", () => {
    const receiver = (code: string) => placeAt(code, code.length)?.receiver;
    expect(receiver("1 + a.b[0].c(d, e).f")).toBe("a.b[0].c(d, e)");
    expect(receiver("x in [1, 2].")).toBe("[1, 2]");
    expect(receiver("(a + b).")).toBe("(a + b)");
    expect(receiver("!a.")).toBe("a");
    expect(receiver("a.map(x, x.map(y, y.")).toBe("a[0][0]");
    expect(receiver("cel.bind(n, a.b, n.")).toBe("(a.b)");
    expect(receiver("'it\\'s'.")).toBe("'it\\'s'");
  });
});
