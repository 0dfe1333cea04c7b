import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveSocket, Present } from "@/run/live";
import { announce } from "@/ui/announce";
import { Attendance } from "./presence";

vi.mock("@/ui/announce", { spy: true });

/** An editor whose socket is looked into, and others around it. */
function setUp({ dirty = false, mayEdit = true } = {}) {
  const said: Record<string, unknown>[] = [];
  const flush = vi.fn(async () => true);
  const socket = { attend: (_: string, what: object) => void said.push({ ...what }) };
  const ports = { mayEdit, dirty: () => dirty, flush };
  const here = new Attendance("flow/f", ports, socket as unknown as LiveSocket);
  const { client } = here.present() as { client: string };
  const me: Present = {
    ...{ client, self: true, name: "me", you: true, edits: true, yields: false },
    idle: -1,
    took: 0,
  };
  const lead = (more: Partial<Present> = {}): Present => ({
    ...{ client: "l", self: false, name: "lead", you: false, edits: true, yields: false, idle: -1, took: 0 },
    ...more,
  });
  return { here, said, flush, me, lead, hear: (...all: Present[]) => here.hear(all) };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(announce).mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("being in a flow with others", () => {
  it("begins as a reader only where somebody edited a moment ago", () => {
    for (const [idle, reads] of [
      [-1, false],
      [30, true],
      [600, false],
    ] as const) {
      const { here, me, lead, hear } = setUp();
      hear(me, lead({ idle }));
      vi.runAllTimers();
      expect(here.reads, `idle for ${idle} s`).toBe(reads);
    }
  });

  it("goes on editing where something here is not saved, or was edited already", () => {
    const unsaved = setUp({ dirty: true });
    unsaved.hear(unsaved.me, unsaved.lead({ idle: 1 }));
    const drawn = setUp();
    drawn.hear(drawn.me, drawn.lead({ idle: 1 }));
    drawn.here.edited();
    vi.runAllTimers();
    expect([unsaved.here.reads, drawn.here.reads]).toEqual([false, false]);
  });

  it("saves what is not saved before it lets another edit", async () => {
    const { here, said, flush, me, lead, hear } = setUp();
    hear(me, lead());
    vi.runAllTimers();
    hear(me, lead({ took: 7 }));
    expect(here.reads).toBe(true);
    expect(flush).toHaveBeenCalledTimes(1);
    expect(said.at(-1)).toMatchObject({ edits: true, yields: true });
    await vi.runAllTimersAsync();
    expect(said.at(-1)?.edits).toBe(false);
  });

  it("is not taken for one that calls itself the same", () => {
    const { here, me, lead, hear } = setUp();
    hear(me, lead({ client: me.client }));
    vi.runAllTimers();
    hear(me, lead({ client: me.client, took: 7 }));
    expect(here.reads).toBe(true);
  });

  it("heeds a take-over once, and not one of before it came", () => {
    const { here, me, lead, hear } = setUp();
    hear(me, lead({ took: 7 }));
    vi.runAllTimers();
    hear(me, lead({ took: 7 }));
    expect(here.reads).toBe(false);
  });

  it("takes over once the other side reads, and at last without it", () => {
    const { here, said, me, lead, hear } = setUp();
    hear(me, lead({ idle: 1 }));
    vi.runAllTimers();
    here.take();
    expect(said.at(-1)).toMatchObject({ take: true, edits: true });
    expect(here.reads).toBe(true);
    hear({ ...me, took: 8 }, lead({ edits: false }));
    expect(here.reads).toBe(false);
    const silent = setUp();
    silent.hear(silent.me, silent.lead({ idle: 1 }));
    vi.runAllTimers();
    silent.here.take();
    vi.runAllTimers();
    expect(silent.here.reads).toBe(false);
  });

  it("waits for what the other side saves, and no longer than it takes to hear that it is there", () => {
    for (const [yields, waits] of [
      [true, true],
      [false, false],
    ] as const) {
      const { here, me, lead, hear } = setUp();
      hear(me, lead({ idle: 1 }));
      vi.runAllTimers();
      here.take();
      expect(here.store.getState().taking).toBe(true);
      hear({ ...me, took: 8 }, lead({ yields }));
      vi.advanceTimersByTime(1000);
      expect(here.reads, `it ${yields ? "saves" : "is silent"}`).toBe(waits);
      vi.runAllTimers();
      expect(here.reads).toBe(false);
    }
  });

  it("edits again once nobody else does, but not for a broken connection", () => {
    const { here, me, lead, hear } = setUp();
    hear(me, lead({ idle: 1 }));
    vi.runAllTimers();
    hear(me);
    hear(me, lead({ idle: 2 }));
    vi.runAllTimers();
    expect(here.reads).toBe(true);
    hear(me);
    vi.runAllTimers();
    expect(here.reads).toBe(false);
  });

  it("waits no longer for one that is silent once the one that saved is done", () => {
    const { here, me, lead, hear } = setUp();
    const silent = lead({ client: "s" });
    hear(me, lead({ idle: 1 }), silent);
    vi.runAllTimers();
    here.take();
    hear({ ...me, took: 8 }, lead({ yields: true }), silent);
    vi.advanceTimersByTime(1000);
    expect(here.reads).toBe(true);
    hear({ ...me, took: 8 }, lead({ edits: false }), silent);
    expect([here.reads, here.store.getState().taking]).toEqual([false, false]);
  });

  it("says that one can edit again to nobody who may not, and is ready once they may", () => {
    const { here, said, me, lead, hear } = setUp();
    hear(me, lead({ idle: 1 }));
    vi.runAllTimers();
    hear(me);
    here.permit(false);
    hear(me);
    vi.runAllTimers();
    expect(announce).not.toHaveBeenCalledWith("You can edit this flow again.");
    expect(said.at(-1)?.edits).toBe(false);
    here.permit(true);
    expect([here.reads, said.at(-1)?.edits]).toEqual([false, true]);
  });

  it("edits at once what nobody edits any more, and takes nothing over without the right", () => {
    const { here, said, me, lead, hear } = setUp();
    hear(me, lead({ idle: 1 }));
    vi.runAllTimers();
    hear(me);
    here.take();
    expect(here.reads).toBe(false);
    const other = setUp();
    other.hear(other.me, other.lead({ idle: 1 }));
    vi.runAllTimers();
    other.here.take();
    other.here.permit(false);
    vi.runAllTimers();
    expect([other.here.reads, other.here.store.getState().taking]).toEqual([true, false]);
    expect(said.at(-1)?.edits).toBe(true);
  });
});
