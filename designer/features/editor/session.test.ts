import { beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "@/api/client";
import type { DraftStorage } from "@/api/localDrafts";
import type { FlowDetail } from "@/api/types";
import { Catalog } from "@/core/flow/catalog";
import { emptyFlow } from "@/core/flow/document";
import { live, type Topic } from "@/run/live";
import { EditorSession } from "./session";

/** An opened flow, whose server says that it is gone when told, to those who still listen. */
function setUp({ readOnly = false } = {}) {
  const topics = new Set<Topic>();
  vi.spyOn(live, "follow").mockImplementation((_, topic) => {
    topics.add(topic);
    return () => topics.delete(topic);
  });
  const keep = vi.fn(() => true);
  const storage: DraftStorage = { keep, read: () => undefined, drop: vi.fn(), leave: () => undefined };
  const detail = { id: "f1", revision: 1, version: 0, flow: emptyFlow("Drawn") } as FlowDetail;
  const session = new EditorSession(detail, new Catalog([]), readOnly, storage);
  session.follow();
  return { session, keep, gone: () => [...topics].map((topic) => topic.onGone?.()) };
}

describe("a flow that goes while it is open", () => {
  beforeEach(() => vi.restoreAllMocks());

  it("is no news to whoever deletes it, before and after the answer", async () => {
    const { session, keep, gone } = setUp();
    vi.spyOn(flows, "remove").mockImplementation(async () => {
      gone();
      return undefined as never;
    });
    await session.remove();
    session.saver.vanished(session.flow);
    expect(session.saver.state.kind).toBe("saved");
    expect(keep).not.toHaveBeenCalled();
  });

  it("is told again once deleting it was refused", async () => {
    const { session, gone } = setUp();
    vi.spyOn(flows, "remove").mockRejectedValue(new Error("called by another"));
    await expect(session.remove()).rejects.toThrow("called by another");
    gone();
    expect(session.saver.state).toMatchObject({ kind: "refused", gone: true });
  });

  it("is only told to who reads it: nothing of theirs is lost, and no copy is kept", () => {
    const { session, keep, gone } = setUp({ readOnly: true });
    gone();
    expect(session.saver.state).toMatchObject({ kind: "refused", gone: true });
    expect(session.saver.dirty).toBe(false);
    expect(keep).not.toHaveBeenCalled();
  });

  it("is all that there is to who draws it, until they leave", () => {
    const { session, keep, gone } = setUp();
    gone();
    expect(session.saver.dirty).toBe(true);
    expect(keep).toHaveBeenCalledTimes(1);
  });
});
