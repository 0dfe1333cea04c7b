import { describe, expect, it } from "vitest";
import { copyText, duplicate, paste, readClip } from "./clipboard/clipboard";
import { addNodeAfter, addNodeAt, addNodeInside } from "./commands/add";
import { crossingEdges, moveInto } from "./commands/containers";
import { connect, moveNodes, pinConnector, remove, setWith } from "./commands/edit";
import { Catalog, type NodeType } from "./flow/catalog";
import { whyNotConnect } from "./flow/connect";
import { emptyFlow, type Flow, type FlowNode } from "./flow/document";
import { encodeFlow } from "./flow/encode";
import { freeId, idFromLabel } from "./flow/ids";
import { renameReferences, templateParts } from "./flow/references";
import { type Command, type History, perform, redo, startHistory, undo } from "./history/history";

const type = (name: string, over: Partial<NodeType> = {}): NodeType => ({
  type: name,
  name: name.split(".")[1] ?? name,
  description: "",
  category: "Test",
  icon: "box",
  kind: name.startsWith("trigger.") ? "trigger" : "core",
  effect: "none",
  idempotent: true,
  input: { type: "object" },
  output: {},
  ports: ["out", "error"],
  container: false,
  examples: [],
  ...over,
});
const catalog = new Catalog([
  type("trigger.webhook", { ports: ["out"] }),
  type("core.set"),
  type("core.if", { ports: ["true", "false", "error"] }),
  type("core.switch", { ports: ["default", "error"], dynamicPorts: "cases" }),
  type("core.foreach", { container: true }),
  type("email.parse", { kind: "action", connector: "email", version: "1.0.0" }),
]);
const typeOf = (name: string): NodeType => catalog.get(name) as NodeType;

/** Drives a document as the editor does: one command after the other. */
class Driver {
  history: History = startHistory(emptyFlow("Test"));
  now = 0;
  get flow(): Flow {
    return this.history.flow;
  }
  do(command: Command, after = 5000): this {
    this.now += after;
    this.history = perform(this.history, command, this.now);
    return this;
  }
  add(name: string, after?: string): string {
    const before = this.flow.nodes.find((n) => n.id === after);
    const { command, id } = before
      ? addNodeAfter(this.flow, catalog, typeOf(name), before)
      : addNodeAt(this.flow, catalog, typeOf(name), [0, 0]);
    this.do(command);
    return id;
  }
}

describe("adding", () => {
  it("makes ids from labels, wires the new node and pins its connector", () => {
    const d = new Driver();
    const hook = d.add("trigger.webhook");
    const parse = d.add("email.parse", hook);
    expect([hook, parse]).toEqual(["webhook", "parse"]);
    expect(d.flow.edges).toEqual([{ from: "webhook", to: "parse" }]);
    expect(d.flow.connectors).toEqual({ email: "1.0.0" });
    expect(d.flow.nodes[1]?.position).toEqual([256, 0]);
  });

  it("takes the next free port and a free place", () => {
    const d = new Driver();
    const branch = d.add("core.if");
    d.add("core.set", branch);
    d.add("core.set", branch);
    expect(d.flow.edges.map((e) => e.from)).toEqual(["if.true", "if.false"]);
    const [a, b] = d.flow.nodes.slice(1).map((n) => n.position);
    expect(a?.[0]).toBe(b?.[0]);
    expect((b?.[1] ?? 0) - (a?.[1] ?? 0)).toBeGreaterThanOrEqual(80);
  });

  it("keeps a trigger out of a container", () => {
    const d = new Driver();
    const each = d.add("core.foreach");
    const box = d.flow.nodes[0];
    if (!box) throw new Error("no container");
    d.do(addNodeInside(d.flow, catalog, typeOf("core.set"), box).command);
    d.do(addNodeAt(d.flow, catalog, typeOf("trigger.webhook"), [10, 10], each).command);
    expect(d.flow.nodes.map((n) => n.parent)).toEqual([undefined, each, undefined]);
  });
});

describe("connecting", () => {
  it("refuses circles, walls, triggers and unknown ports, saying why", () => {
    const d = new Driver();
    const hook = d.add("trigger.webhook");
    const a = d.add("core.set", hook);
    const b = d.add("core.set", a);
    const each = d.add("core.foreach", b);
    const box = d.flow.nodes.find((n) => n.id === each);
    if (!box) throw new Error("no container");
    d.do(addNodeInside(d.flow, catalog, typeOf("core.set"), box).command);
    const why = (s: string, p: string, t: string) => whyNotConnect(d.flow, catalog, s, p, t);
    expect(why(b, "out", a)).toMatch(/circle/);
    expect(why(a, "out", a)).toMatch(/itself/);
    expect(why(a, "out", hook)).toMatch(/trigger/);
    expect(why(a, "out", "set_3")).toMatch(/wall/);
    expect(why(a, "gone", each)).toMatch(/no port/);
    expect(why(hook, "out", a)).toMatch(/already/);
    expect(why(hook, "out", b)).toBeUndefined();
  });
});

describe("history", () => {
  it("undoes every command to the same bytes and redoes it", () => {
    const d = new Driver();
    const bytes = [encodeFlow(d.flow)];
    const hook = d.add("trigger.webhook");
    bytes.push(encodeFlow(d.flow));
    d.add("core.switch", hook);
    bytes.push(encodeFlow(d.flow));
    d.do(setWith("switch", { cases: [{ port: "bad", when: "{{ true }}" }] }, "cases"));
    bytes.push(encodeFlow(d.flow));
    d.do(remove(d.flow, ["switch"]));
    bytes.push(encodeFlow(d.flow));
    for (const want of bytes.slice(0, -1).reverse()) {
      d.history = undo(d.history);
      expect(encodeFlow(d.flow)).toBe(want);
    }
    for (const want of bytes.slice(1)) {
      d.history = redo(d.history);
      expect(encodeFlow(d.flow)).toBe(want);
    }
  });

  it("joins the steps of one gesture and keeps nothing for no change", () => {
    const d = new Driver();
    d.add("core.set");
    for (let x = 4; x <= 40; x += 4) d.do(moveNodes(catalog, new Map([["set", [x, 0]]]), "drag:1"), 16);
    d.do(moveNodes(catalog, new Map([["set", [40, 0]]]), "drag:2"));
    expect(d.history.past).toHaveLength(2);
    expect(undo(d.history).flow.nodes[0]?.position).toEqual([0, 0]);
  });
});

describe("containers", () => {
  it("moves a node in, cuts the wires that would cross the wall, and grows", () => {
    const d = new Driver();
    const a = d.add("core.set");
    d.add("core.set", a);
    d.do(addNodeAt(d.flow, catalog, typeOf("core.foreach"), [800, 0]).command);
    d.do(moveNodes(catalog, new Map([["set_2", [1200, 180]]]), "g"));
    d.do(moveInto(d.flow, catalog, ["set_2"], "foreach", "g"));
    const moved = d.flow.nodes.find((n) => n.id === "set_2");
    expect(moved).toMatchObject({ parent: "foreach", position: [400, 180] });
    expect(d.flow.edges).toEqual([]);
    expect(crossingEdges(d.flow)).toEqual([]);
    expect(d.flow.nodes.find((n) => n.id === "foreach")?.size).toEqual([632, 280]);
    d.do(moveInto(d.flow, catalog, ["set_2"], undefined, "h"));
    expect(d.flow.nodes.find((n) => n.id === "set_2")).toMatchObject({ position: [1200, 180] });
  });

  it("deletes what lies inside with the container", () => {
    const d = new Driver();
    const each = d.add("core.foreach");
    const box = d.flow.nodes[0];
    if (!box) throw new Error("no container");
    d.do(addNodeInside(d.flow, catalog, typeOf("core.set"), box).command);
    expect(remove(d.flow, [each]).label).toBe("Delete 2 parts");
    d.do(remove(d.flow, [each]));
    expect(d.flow.nodes).toEqual([]);
  });
});

describe("clipboard", () => {
  it("gives pasted nodes new ids and follows references inside templates alone", () => {
    const d = new Driver();
    const a = d.add("core.set");
    const b = d.add("core.set", a);
    d.do(setWith(b, { x: "{{ steps.set.output.y + 'steps.set' }} steps.set {{ other.steps.set }}" }, "x"));
    const clip = readClip(copyText(d.flow, [a, b]));
    if (!clip) throw new Error("nothing copied");
    const pasted = paste(d.flow, catalog, clip, [0, 400]);
    d.do(pasted.command);
    expect(pasted.ids).toEqual(["set_3", "set_4"]);
    expect(d.flow.nodes[3]?.with).toEqual({
      x: "{{ steps.set_3.output.y + 'steps.set' }} steps.set {{ other.steps.set }}",
    });
    expect(d.flow.edges[1]).toEqual({ from: "set_3", to: "set_4" });
  });

  it("takes along what credentials are for, and confuses no alias with another", () => {
    const from = new Driver();
    const a = from.add("core.set");
    const b = from.add("core.set", a);
    from.do({
      label: "",
      change(draft) {
        draft.credentials = {
          api: { type: "http.bearer" },
          key: { type: "http.basic" },
          rest: { type: "x.y" },
        };
        for (const [i, alias] of ["api", "key"].entries()) (draft.nodes[i] as FlowNode).credential = alias;
      },
    });
    const text = copyText(from.flow, [a, b]);
    const clip = readClip(text);
    if (!clip) throw new Error("nothing copied");
    expect(clip.credentials).toEqual({ api: { type: "http.bearer" }, key: { type: "http.basic" } });
    const to = new Driver();
    to.do({
      label: "",
      change: (draft) => {
        draft.credentials = { key: { type: "imap.login" } };
      },
    });
    to.do(paste(to.flow, catalog, clip, [0, 0]).command);
    expect(to.flow.credentials).toEqual({
      key: { type: "imap.login" },
      api: { type: "http.bearer" },
      http: { type: "http.basic" },
    });
    expect(to.flow.nodes.map((n) => n.credential)).toEqual(["api", "http"]);
    // A new name is none that the clip brings along itself.
    const crossed = { ...clip, credentials: { key: { type: "http.basic" }, http: { type: "http.bearer" } } };
    crossed.nodes = clip.nodes.map((n, i) => ({ ...n, credential: i === 0 ? "http" : "key" }));
    const third = new Driver();
    third.do({
      label: "",
      change: (draft) => {
        draft.credentials = { key: { type: "imap.login" } };
      },
    });
    third.do(paste(third.flow, catalog, crossed, [0, 0]).command);
    expect(third.flow.nodes.map((n) => n.credential)).toEqual(["http", "http_2"]);
    expect(third.flow.credentials).toEqual({
      key: { type: "imap.login" },
      http: { type: "http.bearer" },
      http_2: { type: "http.basic" },
    });
    // In the flow it came from nothing is declared anew, and of a declaration nothing but its type is taken.
    from.do(paste(from.flow, catalog, clip, [0, 400]).command);
    expect(Object.keys(from.flow.credentials ?? {})).toEqual(["api", "key", "rest"]);
    const odd = text.replace('"type": "http.bearer"', '"type": "http.bearer", "token": "s3cret"');
    expect(readClip(odd)?.credentials?.api).toEqual({ type: "http.bearer" });
    const unseen = text.replaceAll('"api"', '"a\u202epi"');
    expect(Object.keys(readClip(unseen)?.credentials ?? {})).toEqual(["key"]);
  });

  it("copies a container with its children and takes garbage for nothing", () => {
    const d = new Driver();
    const each = d.add("core.foreach");
    const box = d.flow.nodes[0];
    if (!box) throw new Error("no container");
    d.do(addNodeInside(d.flow, catalog, typeOf("core.set"), box).command);
    const twice = duplicate(d.flow, catalog, [each]);
    if (!twice) throw new Error("nothing duplicated");
    d.do(twice.command);
    expect(d.flow.nodes.map((n) => [n.id, n.parent])).toEqual([
      ["foreach", undefined],
      ["set", "foreach"],
      ["foreach_2", undefined],
      ["set_2", "foreach_2"],
    ]);
    for (const junk of [
      "",
      "hello",
      "{",
      '{"format":"x"}',
      '{"format":"drawbridge.nodes/1","nodes":[{"id":"A"}]}',
    ]) {
      expect(readClip(junk)).toBeUndefined();
    }
  });
});

describe("parameters", () => {
  it("keeps the wires of a renamed case", () => {
    const d = new Driver();
    const sw = d.add("core.switch");
    d.do(setWith(sw, { cases: [{ port: "bad", when: "{{ true }}" }] }, "cases"));
    d.add("core.set", sw);
    expect(d.flow.edges[0]?.from).toBe("switch.bad");
    d.do(setWith(sw, { cases: [{ port: "worse", when: "{{ true }}" }] }, "cases"));
    expect(d.flow.edges[0]?.from).toBe("switch.worse");
    expect(whyNotConnect(d.flow, catalog, sw, "bad", "set")).toMatch(/no port/);
    d.do(connect(sw, "default", "set"));
  });
});

describe("texts", () => {
  it("makes ids that the format allows", () => {
    expect(idFromLabel("Parse the mail!")).toBe("parse_the_mail");
    expect(idFromLabel("Überprüfung 2")).toBe("u_berpru_fung_2");
    expect(idFromLabel("42")).toBe("step");
    expect(idFromLabel("in")).toBe("step_in");
    expect(freeId("a_2", new Set(["a", "a_2"]))).toBe("a_3");
  });

  it("finds where templates end, past strings and braces", () => {
    expect(templateParts("a {{ {'x': '}}'} }} b {{ y }}").map((p) => p.text)).toEqual([
      "a ",
      "{{ {'x': '}}'} }}",
      " b ",
      "{{ y }}",
    ]);
    expect(templateParts("{{ open")).toEqual([{ code: false, text: "{{ open" }]);
    expect(renameReferences({ a: ["{{ steps['x'].output }}"] }, new Map([["x", "y"]]))).toEqual({
      a: ["{{ steps['y'].output }}"],
    });
  });
});

describe("versions of connectors", () => {
  const copy = (version: string, consented: boolean, name = "email.parse") =>
    type(name, { kind: "action", connector: "email", version, consented });
  const versions = new Catalog([
    copy("2.0.0", false),
    copy("1.1.0", true),
    copy("1.1.0", true, "email.send"),
    copy("1.0.0", true),
  ]);

  it("gives a flow the types of the version that it is pinned to, others the newest that may run", () => {
    const old = versions.pinned({ email: "1.0.0" });
    expect([versions.get("email.parse")?.version, old.get("email.parse")?.version]).toEqual([
      "1.1.0",
      "1.0.0",
    ]);
    expect([versions.items.length, old.items.length, old.get("email.send")]).toEqual([2, 1, undefined]);
    expect([old.newer("email"), versions.newer("email")]).toEqual(["1.1.0", undefined]);
    expect(versions.pinned({ email: "1.1.0" }).newer("email")).toBeUndefined();
    // What isn't installed hides nothing.
    expect(versions.pinned({ email: "0.9.0" }).get("email.parse")?.version).toBe("1.1.0");
  });

  it("are moved by one step, which undo takes back", () => {
    const d = new Driver();
    d.do(pinConnector("email", "1.0.0"));
    d.do(pinConnector("email", "1.1.0"));
    expect([d.flow.connectors, d.history.past.at(-1)?.label]).toEqual([
      { email: "1.1.0" },
      "Move email to 1.1.0",
    ]);
    d.history = undo(d.history);
    expect(d.flow.connectors).toEqual({ email: "1.0.0" });
    d.do(pinConnector("email", undefined));
    expect(d.flow.connectors).toBeUndefined();
  });
});
