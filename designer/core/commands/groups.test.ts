import { describe, expect, it } from "vitest";
import { copyText, paste, readClip } from "../clipboard/clipboard";
import { Catalog } from "../flow/catalog";
import { emptyFlow, type Flow } from "../flow/document";
import { validateFlow } from "../flow/validate";
import { type Command, perform, startHistory, undo } from "../history/history";
import { moveInto, unpack } from "./containers";
import { remove } from "./edit";
import { colorGroup, group, groupable, groupChosen, groupsOf, renameGroup, ungroup } from "./groups";

const catalog = new Catalog([]);
const flow: Flow = {
  ...emptyFlow("Test"),
  id: "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11",
  nodes: [
    { id: "a", type: "core.set", position: [0, 0] },
    { id: "b", type: "core.set", position: [300, 0] },
    { id: "c", type: "core.set", position: [600, 0] },
    { id: "each", type: "core.foreach", position: [0, 300], size: [480, 200] },
    { id: "x", type: "core.set", position: [24, 64], parent: "each" },
  ],
};
const made = (from: Flow, ...commands: Command[]): Flow =>
  commands.reduce((f, c) => perform(startHistory(f), c, 0).flow, from);
const grouped = made(flow, group(flow, ["a", "b"]).command);
const members = (f: Flow) => (f.groups ?? []).map((g) => g.nodes.join("+"));

describe("groups", () => {
  it("are made of nodes of one container", () => {
    expect(groupable(flow, new Set(["a", "b"]))).toEqual(["a", "b"]);
    expect(groupable(flow, new Set(["a", "x"]))).toBeUndefined();
    expect(groupable(flow, new Set(["each", "x"])), "what lies inside goes with it").toEqual(["each"]);
    expect(groupable(flow, new Set(["note"]))).toBeUndefined();
    expect(grouped.groups).toEqual([{ id: "group", name: "Group", nodes: ["a", "b"] }]);
    expect(validateFlow(grouped)).toEqual([]);
  });

  it("have a node in one of them at most", () => {
    const again = made(grouped, group(grouped, ["b", "c"]).command);
    expect(members(again)).toEqual(["a", "b+c"]);
    expect(members(made(again, group(again, ["a", "c"]).command))).toEqual(["b", "a+c"]);
    expect(validateFlow(again)).toEqual([]);
  });

  it("go with their last node, and undo brings them back", () => {
    expect(members(made(grouped, remove(grouped, ["a"])))).toEqual(["b"]);
    const history = perform(startHistory(grouped), remove(grouped, ["a", "b"]), 0);
    expect(history.flow.groups).toBeUndefined();
    expect(undo(history).flow).toEqual(grouped);
  });

  it("lose who goes into a container without the others, and go there with all of them", () => {
    const three = made(flow, group(flow, ["a", "b", "c"]).command);
    expect(members(made(three, moveInto(three, catalog, ["a"], "each", "g")))).toEqual(["b+c"]);
    const all = made(three, moveInto(three, catalog, ["a", "b", "c"], "each", "g"));
    expect(members(all)).toEqual(["a+b+c"]);
    expect(validateFlow(all)).toEqual([]);
  });

  it("are renamed, coloured and taken away", () => {
    const named = made(grouped, renameGroup("group", "Intake"), colorGroup("group", "green"));
    expect(named.groups?.[0]).toEqual({ id: "group", name: "Intake", nodes: ["a", "b"], color: "green" });
    expect(made(named, colorGroup("group", undefined)).groups?.[0]?.color).toBeUndefined();
    expect(made(named, ungroup(groupsOf(named, new Set(["b"])))).groups).toBeUndefined();
    expect(groupChosen(named, new Set(["b", "a"]))?.id).toBe("group");
    expect(groupChosen(named, new Set(["b"]))).toBeUndefined();
  });

  it("are copied where all their nodes are, under ids of their own", () => {
    const clip = readClip(copyText(grouped, ["a", "b", "c"]));
    if (clip === undefined) throw new Error("no clip");
    const pasted = made(grouped, paste(grouped, catalog, clip, [0, 600]).command);
    expect(pasted.groups?.map((g) => [g.id, g.nodes.join("+")])).toEqual([
      ["group", "a+b"],
      ["group_2", "a_2+b_2"],
    ]);
    expect(validateFlow(pasted)).toEqual([]);
    expect(readClip(copyText(grouped, ["a", "c"]))?.groups).toEqual([]);
  });

  it("of a clip are read with care", () => {
    const clip = (groups: unknown) =>
      readClip(JSON.stringify({ format: "drawbridge.nodes/1", nodes: flow.nodes, groups }))?.groups;
    expect(
      clip([{ id: "g", name: "x", nodes: ["a"], color: "url(x)" }, { id: "a", name: "x", nodes: ["b"] }, 3]),
    ).toEqual([]);
    expect(clip("no")).toEqual([]);
  });
});

describe("notes in a container", () => {
  const noted: Flow = { ...flow, notes: [{ id: "n", text: "", position: [10, 120], parent: "each" }] };

  it("are deleted, copied and unpacked with it", () => {
    expect(made(noted, remove(noted, ["each"])).notes).toEqual([]);
    const clip = readClip(copyText(noted, ["each"]));
    if (clip === undefined) throw new Error("no clip");
    const pasted = made(noted, paste(noted, catalog, clip, [0, 900]).command);
    expect(pasted.notes?.[1]).toEqual({ id: "n_2", text: "", position: [10, 120], parent: "each_2" });
    const each = noted.nodes[3];
    if (each === undefined) throw new Error("no container");
    expect(made(noted, unpack(noted, each)).notes).toEqual([{ id: "n", text: "", position: [12, 420] }]);
  });
});
