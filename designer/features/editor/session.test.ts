import { beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "@/api/client";
import { drafts } from "@/api/drafts";
import { ApiError } from "@/api/http";
import { type DraftStorage, openStorage } from "@/api/localDrafts";
import type { FlowDetail, SaveAnswer } from "@/api/types";
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
  const storage: DraftStorage = {
    ...{ keep, read: () => undefined, drop: vi.fn(), leave: () => undefined },
    ...{ take: async () => undefined, left: async () => undefined },
  };
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

describe("a copy that was kept here, where one may only read now", () => {
  const OWNER = { user: "u1", flow: "f1" };
  const detail = (revision: number, name: string) =>
    ({ id: "f1", revision, version: 0, flow: emptyFlow(name) }) as FlowDetail;
  const keptNow = () => Object.values(localStorage).map((text) => JSON.parse(text).flow.name);

  beforeEach(() => {
    vi.restoreAllMocks();
    localStorage.clear();
    const copy = { flow: emptyFlow("Drawn by me"), base: 1, saved: emptyFlow("Old"), at: 5 };
    localStorage.setItem("drawbridge.draft.u1.f1.tab", JSON.stringify(copy));
  });

  /** A flow that was opened to be read, and how it hears that somebody else saved it. */
  async function toRead() {
    const topics: Topic[] = [];
    vi.spyOn(live, "follow").mockImplementation((_, topic) => {
      topics.push(topic);
      return () => undefined;
    });
    const session = new EditorSession(
      detail(1, "Old"),
      new Catalog([]),
      true,
      await openStorage(OWNER, true),
    );
    session.follow();
    const saved = (name: string) => {
      vi.spyOn(flows, "get").mockResolvedValue(detail(2, name));
      for (const topic of topics) topic.onSnapshot?.({ revision: 2 } as never, 1 as never);
    };
    return { session, saved };
  }

  it("is told, and stays untouched whatever others save", async () => {
    const { session, saved } = await toRead();
    const left = () => session.document.getState().left?.flow.name;
    await vi.waitFor(() => expect(left()).toBe("Drawn by me"));
    expect([session.flow.name, session.saver.dirty]).toEqual(["Old", false]);
    saved("By another");
    await vi.waitFor(() => expect(session.flow.name).toBe("By another"));
    expect([left(), keptNow()]).toEqual(["Drawn by me", ["Drawn by me"]]);
    session.stop();
    expect(keptNow()).toEqual(["Drawn by me"]);
  });

  it("is told no more once the server has it, from another tab", async () => {
    const { session, saved } = await toRead();
    await vi.waitFor(() => expect(session.document.getState().left).toBeDefined());
    saved("Drawn by me");
    await vi.waitFor(() => expect(session.document.getState().left).toBeUndefined());
    session.stop();
  });

  it("is in the draft again once one may draw, on top of what it was made from", async () => {
    const { session } = await toRead();
    const save = vi.spyOn(drafts, "save").mockResolvedValue({ revision: 2, problems: [] } as SaveAnswer);
    await session.permit(true);
    expect([session.readOnly, session.flow.name, session.document.getState().left]).toEqual([
      ...[false, "Drawn by me", undefined],
    ]);
    session.do({ label: "Label it", change: (draft) => void Object.assign(draft, { labels: ["mine"] }) });
    expect(await session.saver.flush()).toBe(true);
    expect(save).toHaveBeenCalledWith(
      "f1",
      1,
      expect.objectContaining({ name: "Drawn by me", labels: ["mine"] }),
    );
    expect(keptNow()).toEqual([]);
    session.stop();
  });

  it("stays the copy of an editor that loses the right, and is not read again when that comes back", async () => {
    const session = new EditorSession(detail(1, "Old"), new Catalog([]), false, await openStorage(OWNER));
    vi.spyOn(drafts, "save").mockRejectedValue(new ApiError(403, "Forbidden", "Not yours"));
    session.do({ label: "Name it", change: (draft) => void Object.assign(draft, { name: "Drawn on" }) });
    await session.saver.flush();
    await session.permit(false);
    expect([session.readOnly, session.saver.dirty, keptNow()]).toEqual([true, true, ["Drawn on"]]);
    await session.permit(true);
    expect([session.readOnly, session.flow.name, keptNow()]).toEqual([false, "Drawn on", ["Drawn on"]]);
    session.stop();
  });
});
