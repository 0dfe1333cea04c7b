import { describe, expect, it, vi } from "vitest";
import type { Run } from "@/api/types";
import { type LiveEvent, LiveSocket } from "./live";
import { RunStore } from "./store";

const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();

const run = (over: Partial<Run> = {}): Run => ({
  id: "r1",
  flow: "f1",
  flowName: "Flow",
  version: 0,
  state: "running",
  createdAt: at(0),
  startedAt: at(0),
  steps: {},
  seq: 1,
  ...over,
});

/** A store whose frames the test lets pass. */
function setUp() {
  const frames: (() => void)[] = [];
  const socket = new LiveSocket(() => "ws://nowhere");
  const resume = vi.spyOn(socket, "resume").mockImplementation(() => undefined);
  const store = new RunStore(socket, (flush) => frames.push(flush));
  const frame = () => {
    for (const flush of frames.splice(0)) flush();
  };
  return { store, frame, resume };
}

const event = (seq: number, kind: string, more: Partial<LiveEvent> = {}): LiveEvent => ({
  seq,
  at: at(seq * 10),
  kind,
  ...more,
});

describe("a run's store", () => {
  it("folds events and tells only those whose node changed, once a frame", () => {
    const { store, frame } = setUp();
    store.snapshot(run());
    frame();
    const a = vi.fn();
    const b = vi.fn();
    store.watchNode("a", a);
    store.watchNode("b", b);
    store.event(event(2, "step.started", { step: "a", node: "a", attempt: 1 }));
    store.event(event(3, "step.succeeded", { step: "a", node: "a", attempt: 1, port: "out" }));
    expect(a).not.toHaveBeenCalled();
    frame();
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).not.toHaveBeenCalled();
    expect(store.node("a")).toMatchObject({ state: "succeeded", attempts: 1, durationMs: 10 });
    expect(store.node("a")?.ports.has("out")).toBe(true);
  });

  it("asks for what it missed at a gap, and passes over what it has seen", () => {
    const { store, resume } = setUp();
    store.snapshot(run({ seq: 4 }));
    store.event(event(3, "step.started", { step: "a", node: "a" }));
    expect(store.view?.steps.size).toBe(0);
    store.event(event(7, "step.started", { step: "a", node: "a" }));
    expect(store.view?.steps.size).toBe(0);
    expect(resume).toHaveBeenCalledWith("run/r1");
    expect(store.view?.seq).toBe(4);
  });

  it("never goes back to an older snapshot of the same run", () => {
    const { store } = setUp();
    store.snapshot(run({ seq: 9, state: "succeeded" }));
    store.snapshot(run({ seq: 5 }));
    expect(store.view?.state).toBe("succeeded");
  });

  it("counts the passes of a container and of the nodes inside", () => {
    const { store, frame } = setUp();
    store.snapshot(run());
    store.event(event(2, "loop.opened", { step: "each", node: "each", total: 3 }));
    store.event(event(3, "step.started", { step: "each.0.look", node: "look" }));
    store.event(event(4, "step.succeeded", { step: "each.0.look", node: "look" }));
    store.event(event(5, "step.started", { step: "each.1.look", node: "look" }));
    frame();
    expect(store.node("each")?.count).toEqual({ total: 3, done: 1, failed: 0 });
    expect(store.node("look")).toMatchObject({ state: "running", count: { total: 2, done: 1, failed: 0 } });
    store.event(
      event(6, "step.failed", { step: "each.1.look", node: "look", error: { code: "x", message: "no" } }),
    );
    frame();
    expect(store.node("each")?.count).toEqual({ total: 3, done: 2, failed: 1 });
    expect(store.stepsOf("look").map((s) => s.key)).toEqual(["each.0.look", "each.1.look"]);
  });

  it("waits where nothing else is done", () => {
    const { store, frame } = setUp();
    store.snapshot(run());
    store.event(event(2, "step.started", { step: "a", node: "a" }));
    store.event(event(3, "step.waiting", { step: "w", node: "w", due: "2026-02-01T10:00:00Z" }));
    frame();
    expect(store.summary?.state).toBe("running");
    expect(store.node("w")).toMatchObject({ state: "waiting", due: Date.parse("2026-02-01T10:00:00Z") });
    store.event(event(4, "step.succeeded", { step: "a", node: "a" }));
    frame();
    expect(store.summary?.state).toBe("waiting");
    store.event(event(5, "step.succeeded", { step: "w", node: "w" }));
    frame();
    expect(store.summary?.state).toBe("running");
    expect(store.node("w")?.due).toBeUndefined();
  });

  it("ends with the run", () => {
    const { store, frame } = setUp();
    store.snapshot(run());
    store.event(event(2, "run.failed", { error: { code: "x", message: "no" } }));
    frame();
    expect(store.summary).toMatchObject({ state: "failed", error: { message: "no" } });
  });
});
