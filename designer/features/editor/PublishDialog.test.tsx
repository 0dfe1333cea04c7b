import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, onTestFinished, test, vi } from "vitest";
import type { DraftStorage } from "@/api/localDrafts";
import { makeQueryClient } from "@/api/queries";
import type { FlowDetail } from "@/api/types";
import { Catalog } from "@/core/flow/catalog";
import { emptyFlow, type FlowNode, type Problem } from "@/core/flow/document";
import { Answer, fakeServer } from "@/test/pages";
import { PublishDialog } from "./PublishDialog";
import { EditorSession } from "./session";
import { SessionContext } from "./useSession";

const node = (id: string, type: string, more: Partial<FlowNode> = {}): FlowNode => ({
  ...{ id, type, position: [0, 0] },
  ...more,
});
const warning = (code: string, of: string, message: string): Problem => ({
  ...{ code, severity: "warning", pointer: "/nodes/0", node: of, message },
});
const host = (of: string) => warning("credential.host", of, "the credential may not be sent there");
const shared = (of: string) => warning("trigger.shared", of, "another flow watches it as well");

/** Publishes a flow of such nodes, and gives the dialog that says so. */
async function published(nodes: FlowNode[], problems: Problem[] = [], hooks: Record<string, string> = {}) {
  fakeServer({ "POST /flows/f1/publish": { version: 1, hooks } });
  const session = await publish(nodes, problems);
  return { session, dialog: await screen.findByRole("dialog", { name: "Version 1 is live" }) };
}

/** Tries to publish such a flow on a server that refuses it. */
async function refused(nodes: FlowNode[], problems: Problem[], errors: object[]) {
  const answer = { title: "Refused", detail: "it has problems: see the list", problems: errors };
  fakeServer({ "POST /flows/f1/publish": new Answer(422, answer) });
  return { session: await publish(nodes, problems) };
}

async function publish(nodes: FlowNode[], problems: Problem[]): Promise<EditorSession> {
  const storage: DraftStorage = {
    ...{ keep: () => true, read: () => undefined, drop: () => undefined, leave: () => undefined },
    ...{ take: async () => undefined, left: async () => undefined },
  };
  const detail = { id: "f1", revision: 1, version: 0, flow: { ...emptyFlow("Published"), nodes }, problems };
  const session = new EditorSession(detail as unknown as FlowDetail, new Catalog([]), false, storage);
  onTestFinished(() => session.stop());
  session.view.setState({ panel: "publish" });
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <SessionContext.Provider value={session}>
        <PublishDialog />
      </SessionContext.Provider>
    </QueryClientProvider>,
  );
  await userEvent.click(await screen.findByTestId("publish-confirm"));
  return session;
}

test.each([
  ["a manual trigger", [node("run", "trigger.manual")], /^Nothing starts it by itself: run it by hand/],
  ["a schedule", [node("time", "trigger.schedule")], /^It starts by its schedule; the trigger says when/],
  ["a mailbox", [node("mail", "trigger.mailbox")], /^It starts with each mail of its mailbox\.$/],
  [
    "several triggers",
    [node("a", "trigger.mailbox"), node("b", "trigger.mailbox"), node("c", "trigger.case")],
    /^It starts with each mail of its mailboxes\. It starts with what happens to cases\.$/,
  ],
  ["a trigger that is off", [node("a", "trigger.flow", { disabled: true })], /^Nothing starts it by itself/],
])("after publishing, the dialog says how %s starts the flow", async (_, nodes, says) => {
  const { dialog } = await published(nodes);
  expect(within(dialog).getByText(says)).toBeVisible();
  expect(within(dialog).queryByRole("region", { name: "Warnings" })).toBeNull();
});

test("a mailbox that starts nothing is told as that, and leads to its trigger", async () => {
  const { dialog, session } = await published([node("mail", "trigger.mailbox")], [host("mail")]);
  expect(within(dialog).getByText("No mail starts it yet.")).toBeVisible();
  const warned = within(within(dialog).getByRole("region", { name: "Warnings" }));
  const show = vi.spyOn(session, "show");
  await userEvent.click(warned.getByText(/may not be sent there/));
  await vi.waitFor(() => expect(show).toHaveBeenCalledWith("mail", undefined));
});

test("a mailbox that another flow watches too starts the flow, and is warned of", async () => {
  const nodes = [node("a", "trigger.mailbox"), node("b", "trigger.mailbox"), node("c", "trigger.mailbox")];
  const off = node("off", "trigger.mailbox", { disabled: true });
  const other = warning("node.unreached", "b", "something else");
  const problems = [host("a"), shared("b"), other, host("off")];
  const { dialog } = await published([...nodes, off], problems);
  expect(within(dialog).getByText("It starts with each mail of 2 of its 3 mailboxes.")).toBeVisible();
  const warned = within(dialog).getByRole("region", { name: "Warnings" });
  expect(
    within(warned)
      .getAllByRole("listitem")
      .map((i) => i.querySelector("code, strong")?.textContent),
  ).toEqual(["a", "b"]);
});

test("a refusal leaves the warnings where they were", async () => {
  const unbound = warning("credential.unbound", "mail", "bound to nothing");
  const error = { ...unbound, severity: "error" };
  const { session } = await refused([node("mail", "trigger.mailbox")], [shared("mail"), unbound], [error]);
  const told = () => session.document.getState().problems.map((p) => [p.code, p.severity]);
  await expect.poll(told).toEqual([
    ["credential.unbound", "error"],
    ["trigger.shared", "warning"],
  ]);
});

test("beside a webhook the mailbox is told of as well", async () => {
  const nodes = [node("hook", "trigger.webhook"), node("mail", "trigger.mailbox")];
  const { dialog } = await published(nodes, [host("mail")], { hook: "/hooks/abc" });
  expect(within(dialog).getByTestId("hooks")).toBeVisible();
  expect(within(dialog).getByText("No mail starts it yet.")).toBeVisible();
  expect(within(dialog).getByText(/may not be sent there/)).toBeVisible();
  act(() => screen.getByRole("button", { name: "Done" }).click());
});
