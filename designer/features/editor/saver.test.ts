import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/http";
import type { DraftStorage, LocalDraft } from "@/api/localDrafts";
import type { ConflictDetail, SaveAnswer } from "@/api/types";
import { emptyFlow, type Flow } from "@/core/flow/document";
import { DraftSaver } from "./saver";

/** A saver with a clock that the test moves, and a server that answers when told. */
function setUp() {
  const timers: { run: () => void; ms: number; live: boolean }[] = [];
  let kept: LocalDraft | undefined;
  const room = { left: true };
  const wrote = vi.fn<(name: string) => void>();
  const storage: DraftStorage = {
    keep: (draft) => {
      wrote(draft.flow.name);
      if (room.left) kept = { ...draft, at: 0 };
      return room.left;
    },
    read: () => kept,
    drop: () => {
      kept = undefined;
    },
    leave: () => undefined,
    take: async () => kept,
    left: async () => undefined,
  };
  const put = vi.fn<(revision: number, flow: Flow) => Promise<SaveAnswer>>();
  const met = vi.fn<(theirs: ConflictDetail) => void>();
  const saver = new DraftSaver(
    { revision: 1, flow: named("base") },
    {
      put,
      storage,
      onSaved: () => undefined,
      onConflict: met,
      later(run, ms) {
        const timer = { run, ms, live: true };
        timers.push(timer);
        return () => {
          timer.live = false;
        };
      },
    },
  );
  const tick = async () => {
    for (const t of timers.splice(0)) if (t.live) t.run();
    await vi.waitFor(() => expect(saver.state.kind).not.toBe("saving"));
  };
  return { saver, put, tick, storage, timers, met, room, wrote };
}

const named = (name: string): Flow => emptyFlow(name);

describe("saving a draft", () => {
  it("waits for a pause, saves the newest once, and drops the local copy", async () => {
    const { saver, put, tick, storage } = setUp();
    put.mockResolvedValue({ revision: 2, problems: [] });
    saver.changed(named("a"));
    saver.changed(named("ab"));
    expect(saver.state.kind).toBe("unsaved");
    await tick();
    expect(put.mock.calls.map(([revision, flow]) => [revision, flow.name])).toEqual([[1, "ab"]]);
    expect(saver.state.kind).toBe("saved");
    expect(saver.revision).toBe(2);
    expect(storage.read()).toBeUndefined();
  });

  it("writes the copy a little later, once for many keys, and at once where the page is left", async () => {
    const { saver, put, tick, storage, timers, wrote } = setUp();
    saver.changed(named("a"));
    saver.changed(named("ab"));
    saver.changed(named("abc"));
    expect(wrote.mock.calls).toEqual([]);
    const first = timers.find((t) => t.live);
    first?.run(); // whoever types on without a pause is kept, too
    expect(wrote.mock.calls).toEqual([["abc"]]);
    saver.changed(named("abcd"));
    saver.keepNow();
    saver.keepNow();
    expect(wrote.mock.calls).toEqual([["abc"], ["abcd"]]);
    expect(storage.read()?.flow.name).toBe("abcd");
    saver.changed(named("abcde"));
    saver.stop();
    expect(storage.read()?.flow.name).toBe("abcde");
    put.mockResolvedValue({ revision: 2, problems: [] });
    await saver.flush();
    expect(storage.read()).toBeUndefined();
    saver.keepNow();
    await tick();
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

  const conflict = (current: number, flow: Flow) =>
    new ApiError(409, "conflict", "", { yours: 1, current, flow } as unknown as Record<string, unknown>);

  it("stops at a conflict without losing anything, and knows what both were made from", async () => {
    const { saver, put, storage, met } = setUp();
    put.mockRejectedValueOnce(conflict(7, named("theirs")));
    put.mockResolvedValueOnce({ revision: 8, problems: [] });
    saver.changed(named("mine"));
    expect(await saver.flush()).toBe(false);
    expect(saver.state).toMatchObject({ kind: "conflict", theirs: { current: 7 } });
    expect(met).toHaveBeenCalledTimes(1);
    saver.changed(named("mine again"));
    saver.keepNow();
    expect(saver.state.kind).toBe("conflict");
    expect(saver.base?.name).toBe("base");
    expect(storage.read()).toMatchObject({ base: 1, flow: { name: "mine again" }, saved: { name: "base" } });
    expect(put).toHaveBeenCalledTimes(1);
    saver.rebase({ current: 7, flow: named("theirs") }, named("both"));
    expect(storage.read()).toMatchObject({ base: 7, saved: { name: "theirs" } });
    expect(await saver.flush()).toBe(true);
    expect(put.mock.calls[1]?.[0]).toBe(7);
    expect(saver.revision).toBe(8);
  });

  it("goes on saving at once where the two could be joined", async () => {
    const { saver, put, met } = setUp();
    put.mockRejectedValueOnce(conflict(7, named("theirs")));
    put.mockResolvedValueOnce({ revision: 8, problems: [] });
    met.mockImplementation((theirs) => saver.rebase(theirs, named("both")));
    saver.changed(named("mine"));
    expect(await saver.flush()).toBe(true);
    expect(put.mock.calls[1]).toMatchObject([7, { name: "both" }]);
    expect(saver.base?.name).toBe("both");
  });

  it("knows its own save again whose answer was lost, also after the tab was closed", async () => {
    const { saver, put, tick, met, storage } = setUp();
    put.mockRejectedValueOnce(new ApiError(0, "away", "away"));
    put.mockRejectedValueOnce(conflict(2, named("a")));
    put.mockResolvedValueOnce({ revision: 3, problems: [] });
    saver.changed(named("a"));
    await saver.flush();
    saver.changed(named("ab"));
    saver.keepNow();
    expect(storage.read()?.sent?.map((f) => f.name)).toEqual(["a"]);
    await tick();
    expect(await saver.flush()).toBe(true);
    expect(met).not.toHaveBeenCalled();
    expect(put.mock.calls.map(([revision, flow]) => [revision, flow.name])).toEqual([
      [1, "a"],
      [1, "ab"],
      [2, "ab"],
    ]);
  });

  it("says that it loses something only where the browser keeps no copy", async () => {
    const { saver, put, tick, room } = setUp();
    put.mockRejectedValue(new ApiError(0, "away", "away"));
    saver.changed(named("a"));
    await saver.flush();
    expect([saver.dirty, saver.loses]).toEqual([true, false]);
    room.left = false;
    saver.changed(named("ab"));
    const heard = vi.fn();
    saver.watch(heard);
    saver.keepNow();
    expect(heard).toHaveBeenCalled();
    expect(saver.loses).toBe(true);
    put.mockResolvedValue({ revision: 2, problems: [] });
    await tick();
    expect(saver.loses).toBe(false);
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

  it("takes no answer for the end of it once the flow is forgotten", async () => {
    const { saver, put, storage } = setUp();
    let refuse: (error: Error) => void = () => undefined;
    put.mockImplementationOnce(() => new Promise((_, reject) => (refuse = reject)));
    saver.changed(named("a"));
    const done = saver.flush();
    saver.forget();
    refuse(new ApiError(404, "gone", "gone"));
    await done;
    saver.vanished(named("a"));
    saver.changed(named("ab"));
    expect(saver.state.kind).toBe("saved");
    expect(storage.read()).toBeUndefined();
  });

  it("stays gone when a save that was under way is answered afterwards", async () => {
    const { saver, put, storage } = setUp();
    let answer: (a: SaveAnswer) => void = () => undefined;
    put.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const drawn = named("a");
    saver.changed(drawn);
    const done = saver.flush();
    saver.vanished(drawn);
    answer({ revision: 2, problems: [] });
    expect(await done).toBe(false);
    expect(saver.state).toMatchObject({ kind: "refused", gone: true });
    expect(storage.read()?.flow.name).toBe("a");
  });

  it("tries no more when the server was away for a save of what is gone", async () => {
    const { saver, put, timers } = setUp();
    let refuse: (error: Error) => void = () => undefined;
    put.mockImplementationOnce(() => new Promise((_, reject) => (refuse = reject)));
    saver.changed(named("a"));
    const done = saver.flush();
    saver.vanished(named("a"));
    refuse(new ApiError(0, "away", "away"));
    expect(await done).toBe(false);
    expect(saver.state).toMatchObject({ kind: "refused", gone: true });
    expect(timers.filter((t) => t.live)).toEqual([]);
  });
});
