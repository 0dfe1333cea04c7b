import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/http";
import type { SaveAnswer } from "@/api/types";
import { emptyFlow, type Flow } from "@/core/flow/document";
import type { DraftStorage, LocalDraft } from "./local";
import { DraftSaver } from "./saver";

/** A saver with a clock that the test moves, and a server that answers when told. */
function setUp() {
  const timers: { run: () => void; ms: number; live: boolean }[] = [];
  let kept: LocalDraft | undefined;
  const storage: DraftStorage = {
    keep: (flow, base) => {
      kept = { flow, base, at: 0 };
    },
    read: () => kept,
    drop: () => {
      kept = undefined;
    },
  };
  const put = vi.fn<(revision: number, flow: Flow) => Promise<SaveAnswer>>();
  const saver = new DraftSaver(1, {
    put,
    storage,
    onSaved: () => undefined,
    later(run, ms) {
      const timer = { run, ms, live: true };
      timers.push(timer);
      return () => {
        timer.live = false;
      };
    },
  });
  const tick = async () => {
    for (const t of timers.splice(0)) if (t.live) t.run();
    await vi.waitFor(() => expect(saver.state.kind).not.toBe("saving"));
  };
  return { saver, put, tick, storage, timers };
}

const named = (name: string): Flow => emptyFlow(name);

describe("saving a draft", () => {
  it("waits for a pause, saves the newest once, and drops the local copy", async () => {
    const { saver, put, tick, storage } = setUp();
    put.mockResolvedValue({ revision: 2, problems: [] });
    saver.changed(named("a"));
    saver.changed(named("ab"));
    expect(saver.state.kind).toBe("unsaved");
    expect(storage.read()?.flow.name).toBe("ab");
    await tick();
    expect(put.mock.calls.map(([revision, flow]) => [revision, flow.name])).toEqual([[1, "ab"]]);
    expect(saver.state.kind).toBe("saved");
    expect(saver.revision).toBe(2);
    expect(storage.read()).toBeUndefined();
  });

  it("saves what was typed while a save was under way, on top of its revision", async () => {
    const { saver, put } = setUp();
    let answer: (a: SaveAnswer) => void = () => undefined;
    put.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    put.mockResolvedValueOnce({ revision: 3, problems: [] });
    saver.changed(named("a"));
    const done = saver.flush();
    saver.changed(named("b"));
    answer({ revision: 2, problems: [] });
    expect(await done).toBe(true);
    expect(put.mock.calls.map(([revision, flow]) => [revision, flow.name])).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  it("keeps a copy while the server is away and saves when it is back", async () => {
    const { saver, put, tick, storage, timers } = setUp();
    put.mockRejectedValueOnce(new ApiError(0, "away", "away"));
    put.mockResolvedValueOnce({ revision: 2, problems: [] });
    saver.changed(named("a"));
    expect(await saver.flush()).toBe(false);
    expect(saver.state.kind).toBe("away");
    expect(storage.read()?.base).toBe(1);
    expect(timers.filter((t) => t.live).map((t) => t.ms)).toEqual([1000]);
    await tick();
    expect(saver.state.kind).toBe("saved");
    expect(storage.read()).toBeUndefined();
  });

  it("stops at a conflict without losing anything, and saves over it only when told", async () => {
    const { saver, put, storage } = setUp();
    const theirs = { yours: 1, current: 7, flow: named("theirs") };
    put.mockRejectedValueOnce(
      new ApiError(409, "conflict", "", theirs as unknown as Record<string, unknown>),
    );
    put.mockResolvedValueOnce({ revision: 8, problems: [] });
    saver.changed(named("mine"));
    expect(await saver.flush()).toBe(false);
    expect(saver.state).toMatchObject({ kind: "conflict", theirs: { current: 7 } });
    saver.changed(named("mine again"));
    expect(saver.state.kind).toBe("conflict");
    expect(storage.read()?.flow.name).toBe("mine again");
    expect(put).toHaveBeenCalledTimes(1);
    expect(await saver.keepMine(named("mine again"))).toBe(true);
    expect(put.mock.calls[1]?.[0]).toBe(7);
    expect(saver.revision).toBe(8);
  });

  it("doesn't try again what the server refuses for its content", async () => {
    const { saver, put, timers } = setUp();
    const problems = [{ code: "x", severity: "error", pointer: "", message: "no" }];
    put.mockRejectedValueOnce(new ApiError(422, "refused", "no", { problems }));
    saver.changed(named("a"));
    expect(await saver.flush()).toBe(false);
    expect(saver.state).toMatchObject({ kind: "refused", problems });
    expect(timers.filter((t) => t.live)).toEqual([]);
  });
});
