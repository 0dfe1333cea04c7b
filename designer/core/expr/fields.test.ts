import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fieldsOf, freeName } from "./fields";
import { likelyTransform, TRANSFORMS, transformsOf } from "./transform";

describe("the fields of real data", () => {
  const alert = {
    alert_id: "A-1",
    host: { name: "ws-1", ip: "192.0.2.1" },
    user: { id: 7 },
    tags: ["a"],
    empty: {},
    "two words": null,
  };

  test("are its single values and lists, each under the name that a new field would have", () => {
    expect(fieldsOf(alert, "trigger.body").map((f) => [f.path, f.label, f.name, f.kind])).toEqual([
      ["trigger.body.alert_id", "alert_id", "alert_id", "text"],
      ["trigger.body.host.name", "host.name", "host", "text"],
      ["trigger.body.host.ip", "host.ip", "ip", "text"],
      ["trigger.body.user.id", "user.id", "user_id", "number"],
      ["trigger.body.tags", "tags", "tags", "list"],
      ["trigger.body.empty", "empty", "empty", "object"],
      ['trigger.body["two words"]', "two words", "two words", "nothing"],
    ]);
  });

  test("the one value of a step is called as the step", () => {
    expect(fieldsOf({ value: 3 }, "steps.score.output")[0]?.name).toBe("score");
    expect(fieldsOf([1], "steps.each.output")[0]).toMatchObject({ path: "steps.each.output", name: "each" });
  });

  test("a name that is taken gets a number", () => {
    expect(freeName("host", (n) => ["host", "host_2"].includes(n))).toBe("host_3");
  });
});

const vectors = JSON.parse(readFileSync("flows/vectors/expr.json", "utf8")) as {
  name: string;
  template: string;
}[];

describe("transforms", () => {
  test("are offered by what the value is", () => {
    expect(transformsOf("text").map((t) => t.id)).toContain("lower");
    expect(transformsOf("list").map((t) => t.id)).not.toContain("lower");
  });

  test.each([
    ["LSASS", "lower"],
    ["lsass", undefined],
    [" a", "trim"],
    ["http://example.net/a", "defang"],
    ["203[.]0[.]113[.]9", "refang"],
    [[1], "count"],
    ['{"a":1}', "parse"],
    [3, undefined],
  ])("of %j the likeliest is %s", (value, id) => {
    expect(likelyTransform(value)?.id).toBe(id);
  });

  test("are each evaluated by the server's own engine, as its vectors say", () => {
    const said = new Map(vectors.map((v) => [v.name, v.template]));
    for (const t of TRANSFORMS) expect(said.get(`one click: ${t.id}`)).toBe(`{{ ${t.write("trigger.v")} }}`);
  });

  test("put brackets around what a method can't be called on", () => {
    const lower = TRANSFORMS.find((t) => t.id === "lower");
    expect(lower?.write("trigger.body.rule")).toBe("trigger.body.rule.lowerAscii()");
    expect(lower?.write("a + b")).toBe("(a + b).lowerAscii()");
  });

  test("knows nothing of what is too large to be looked at, and goes on", () => {
    const large = { hosts: undefined, score: 7 } as unknown as { score: number };
    expect(fieldsOf({ body: large }, "trigger").map((f) => [f.path, f.kind])).toEqual([
      ["trigger.body.hosts", "nothing"],
      ["trigger.body.score", "number"],
    ]);
  });
});
