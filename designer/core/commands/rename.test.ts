import { describe, expect, test } from "vitest";
import { decodeFlow } from "../flow/decode";
import { perform, startHistory } from "../history/history";
import { renamedKey, renameField, renameId, whyNotId } from "./rename";

function flowOf(read: string) {
  const { flow } = decodeFlow(
    JSON.stringify({
      format: "drawbridge.flow/1",
      name: "Renames",
      nodes: [
        { id: "pick", type: "core.set", position: [0, 0], with: { old: 1, rest: "steps.pick.output.old" } },
        { id: "each", type: "core.foreach", position: [0, 0], with: { items: "{{ [1] }}" } },
        { id: "in", type: "core.set", parent: "each", position: [0, 0], with: { a: read } },
      ],
      edges: [
        { from: "pick", to: "each" },
        { from: "pick.error", to: "each" },
      ],
      output: read,
    }).replace('"id":"in"', '"id":"inner"'),
  );
  if (flow === undefined) throw new Error("not a flow");
  return flow;
}

describe("another id", () => {
  test("is followed by wires, containers and expressions, and by nothing else", () => {
    const flow = flowOf("steps.pick {{ steps.pick.output.old + 'steps.pick' }}");
    const { flow: after } = perform(startHistory(flow), renameId("pick", "chosen"), 0);
    expect(after.nodes.map((n) => n.id)).toEqual(["chosen", "each", "inner"]);
    expect(after.edges.map((e) => e.from)).toEqual(["chosen", "chosen.error"]);
    expect(after.nodes[2]?.with?.a).toBe("steps.pick {{ steps.chosen.output.old + 'steps.pick' }}");
    expect(after.output).toBe("steps.pick {{ steps.chosen.output.old + 'steps.pick' }}");
    const noted = {
      ...flow,
      notes: [{ id: "n", text: "", position: [0, 0] as [number, number], parent: "each" }],
    };
    const inner = perform(startHistory(noted), renameId("each", "loop"), 0).flow;
    expect(inner.nodes[2]?.parent).toBe("loop");
    expect(inner.notes?.[0]?.parent).toBe("loop");
  });

  test.each([
    ["has(steps.pick.output.old)", "has(steps.chosen.output.old)"],
    ["steps[\"pick\"].output + steps['pick'].output", "steps[\"chosen\"].output + steps['chosen'].output"],
    ["steps[r'pick'].output.old", "steps[r'chosen'].output.old"],
    ['steps[?"pick"].?output', 'steps[?"chosen"].?output'],
    ["steps.?pick.?output.?old", "steps.?chosen.?output.?old"],
    ["steps . pick\n .output", "steps . chosen\n .output"],
    ["r'steps.pick' + r'\\' + steps.pick.output.old", "r'steps.pick' + r'\\' + steps.chosen.output.old"],
    [`br'\\' + steps.pick.output`, `br'\\' + steps.chosen.output`],
    ['"""a "steps.pick" """ + steps.pick.state', '"""a "steps.pick" """ + steps.chosen.state'],
    ["true ? steps.pick.output : steps.other.output", "true ? steps.chosen.output : steps.other.output"],
    [
      "trigger.body.steps.pick + trigger.body.?steps.pick",
      "trigger.body.steps.pick + trigger.body.?steps.pick",
    ],
    ["trigger.steps['pick']", "trigger.steps['pick']"],
    ["steps[b'pick'] // steps.pick\n", "steps[b'pick'] // steps.pick\n"],
  ])("%s", (before, after) => {
    const flow = flowOf(`{{ ${before} }}`);
    expect(perform(startHistory(flow), renameId("pick", "chosen"), 0).flow.output).toBe(`{{ ${after} }}`);
  });

  test("is refused with a reason", () => {
    const flow = flowOf("x");
    expect(whyNotId(flow, "pick", "each")).toContain("taken");
    expect(whyNotId(flow, "pick", "Pick")).toContain("small letter");
    expect(whyNotId(flow, "pick", "in")).toContain("word");
    expect(whyNotId(flow, "pick", "pick_2")).toBeUndefined();
  });
});

describe("another name of a field", () => {
  test.each([
    ["{{ steps.pick.output.old }}", "{{ steps.pick.output.fresh }}", 1],
    [
      "{{ steps.pick.output.?old.orValue(0) + steps.pick.output.old }}",
      "{{ steps.pick.output.?fresh.orValue(0) + steps.pick.output.fresh }}",
      2,
    ],
    ['{{ steps.pick.output["old"] }}', '{{ steps.pick.output["fresh"] }}', 1],
    ["{{ steps.pick.output.older }}", "{{ steps.pick.output.older }}", 0],
    [
      "{{ 'steps.pick.output.old' }} steps.pick.output.old",
      "{{ 'steps.pick.output.old' }} steps.pick.output.old",
      0,
    ],
    ["{{ steps.picked.output.old }}", "{{ steps.picked.output.old }}", 0],
    ["{{ has(steps.pick.output.old) }}", "{{ has(steps.pick.output.fresh) }}", 1],
    [`{{ steps["pick"].output.old }}`, `{{ steps["pick"].output.fresh }}`, 1],
    [`{{ steps['pick']["output"][r'old'] }}`, `{{ steps['pick']["output"][r'fresh'] }}`, 1],
    [`{{ steps.pick.output[?"old"] }}`, `{{ steps.pick.output[?"fresh"] }}`, 1],
    ["{{ trigger.?steps.pick.output.old }}", "{{ trigger.?steps.pick.output.old }}", 0],
    [
      "{{ steps.pick.error.old + r'steps.pick.output.old' }}",
      "{{ steps.pick.error.old + r'steps.pick.output.old' }}",
      0,
    ],
  ])("%s", (before, after, count) => {
    const flow = flowOf(before);
    const made = renameField(flow, { node: "pick", from: "old", to: "fresh" }, { fresh: 1, rest: 2 });
    expect(made.count).toBe(2 * count);
    const { flow: next } = perform(startHistory(flow), made.command, 0);
    expect(next.nodes[2]?.with?.a).toBe(after);
    expect(next.output).toBe(after);
    expect(next.nodes[0]?.with).toEqual({ fresh: 1, rest: 2 });
  });

  test("that is no name stands in brackets", () => {
    const flow = flowOf("{{ steps.pick.output.?old }}");
    const { command } = renameField(flow, { node: "pick", from: "old", to: "two words" }, {});
    expect(perform(startHistory(flow), command, 0).flow.output).toBe('{{ steps.pick.output[?"two words"] }}');
  });

  test.each([
    // has takes no brackets, so that it asks the object.
    ["has(steps.pick.output.old) && true", `("my-field" in steps.pick.output) && true`],
    ["has(steps.pick.output.old.deeper)", `has(steps.pick.output["my-field"].deeper)`],
    ["steps.pick.output.old.deeper", `steps.pick.output["my-field"].deeper`],
  ])("that is no name: %s", (before, after) => {
    const flow = flowOf(`{{ ${before} }}`);
    const { command } = renameField(flow, { node: "pick", from: "old", to: "my-field" }, {});
    const next = perform(startHistory(flow), command, 0).flow;
    expect(next.output).toBe(`{{ ${after} }}`);
    const back = renameField(next, { node: "pick", from: "my-field", to: "old" }, {});
    expect(back.count).toBe(2);
    expect(perform(startHistory(next), back.command, 0).flow.output).toMatch(/old/);
  });

  test("is known by its place and value", () => {
    expect(renamedKey({ a: 1, b: 2 }, { a: 1, c: 2 })).toEqual({ from: "b", to: "c" });
    expect(renamedKey({ a: 1, b: 2 }, { a: 1, c: 3 })).toBeUndefined();
    expect(renamedKey({ a: 1 }, { a: 1, b: 2 })).toBeUndefined();
  });
});
