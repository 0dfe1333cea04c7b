import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, onTestFinished, test } from "vitest";
import type { DraftStorage } from "@/api/localDrafts";
import { makeQueryClient } from "@/api/queries";
import type { FlowDetail } from "@/api/types";
import { Catalog } from "@/core/flow/catalog";
import { emptyFlow } from "@/core/flow/document";
import { fakeServer } from "@/test/pages";
import { useBindings } from "./bindings";
import { AliasesField } from "./Credentials";
import { EditorSession } from "./session";
import { SessionContext } from "./useSession";

function Alias({ alias }: { alias: string }) {
  const { bindings, bind } = useBindings();
  return (
    <button
      type="button"
      disabled={bindings === undefined}
      onClick={() => bind(alias, bindings?.[alias] === undefined ? `of ${alias}` : undefined)}
    >
      {alias}: {bindings?.[alias] ?? "nothing"}
    </button>
  );
}

/** A server that keeps bindings, and an opened flow with such aliases. */
async function opened(aliases: string[], before: Record<string, string> = {}) {
  const kept = { bindings: before };
  const calls = fakeServer({
    "GET /me": { id: "u1", name: "Admin", permissions: ["credential.manage", "credential.read"] },
    "GET /credential-types": { items: [] },
    "GET /credentials": { items: [] },
    "GET /flows/f1/credentials": () => ({ bindings: kept.bindings }),
    "PATCH /flows/f1/credentials": async (call: { body: unknown }) => {
      await new Promise((done) => setTimeout(done, 20));
      const change = (call.body as { bindings: Record<string, string | null> }).bindings;
      const now = Object.entries({ ...kept.bindings, ...change }).filter(([, to]) => to !== null);
      kept.bindings = Object.fromEntries(now) as Record<string, string>;
      return { bindings: kept.bindings };
    },
  });
  const flow = {
    ...emptyFlow("Bound"),
    credentials: Object.fromEntries(aliases.map((a) => [a, { type: "http.bearer" }])),
  };
  const storage: DraftStorage = {
    ...{ keep: () => true, read: () => undefined, drop: () => undefined, leave: () => undefined },
    ...{ take: async () => undefined, left: async () => undefined },
  };
  const detail = { id: "f1", revision: 1, version: 0, flow } as FlowDetail;
  const session = new EditorSession(detail, new Catalog([]), false, storage);
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <SessionContext.Provider value={session}>
        {aliases.map((a) => (
          <Alias key={a} alias={a} />
        ))}
        {aliases.length === 0 && <AliasesField />}
      </SessionContext.Provider>
    </QueryClientProvider>,
  );
  for (const a of aliases) {
    const button = await screen.findByText(`${a}: nothing`);
    await expect.poll(() => button.hasAttribute("disabled")).toBe(false);
  }
  onTestFinished(() => session.stop());
  return Object.assign(kept, { calls });
}

test("aliases that are bound in quick succession are all bound", async () => {
  const aliases = ["chat", "directory", "mail"];
  const kept = await opened(aliases);
  for (const a of aliases) fireEvent.click(screen.getByText(`${a}: nothing`));
  await screen.findByText("mail: of mail");
  await expect
    .poll(() => kept.bindings)
    .toEqual({ chat: "of chat", directory: "of directory", mail: "of mail" });
  for (const a of aliases) expect(await screen.findByText(`${a}: of ${a}`)).toBeVisible();
});

test("what another admin bound meanwhile stays", async () => {
  const kept = await opened(["chat", "mail"]);
  kept.bindings = { mail: "of another" };
  fireEvent.click(screen.getByText("chat: nothing"));
  await screen.findByText("chat: of chat");
  await expect.poll(() => kept.bindings).toEqual({ chat: "of chat", mail: "of another" });
  expect(await screen.findByText("mail: of another")).toBeVisible();
});

test("an alias is bound, and bound to nothing, by naming no other", async () => {
  const kept = await opened(["chat", "mail"]);
  fireEvent.click(screen.getByText("chat: nothing"));
  fireEvent.click(await screen.findByText("chat: of chat"));
  await screen.findByText("chat: nothing");
  await expect.poll(() => kept.bindings).toEqual({});
  const calls = () => kept.calls.filter((c) => c.path === "/flows/f1/credentials");
  await expect
    .poll(() => calls().map((c) => [c.method, c.body]))
    .toEqual([
      ["GET", undefined],
      ["PATCH", { bindings: { chat: "of chat" } }],
      ["PATCH", { bindings: { chat: null } }],
    ]);
});

test("an alias that the draft lacks stays bound until somebody unbinds it", async () => {
  const kept = await opened([], { gone: "of gone", old: "of old" });
  fireEvent.click(await screen.findByRole("button", { name: "Unbind gone" }));
  await expect.poll(() => kept.bindings).toEqual({ old: "of old" });
  await screen.findByRole("button", { name: "Unbind old" });
  expect(screen.queryByRole("button", { name: "Unbind gone" })).toBeNull();
});
