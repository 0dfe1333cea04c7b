import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { emptyFlow } from "@/core/flow/document";
import { live, type Topic } from "@/run/live";
import { ADMIN, Answer, fakeServer, openPage, VIEWER } from "@/test/pages";
import { saveText } from "@/ui/download";
// The page is a part of the app that comes later: here it is there before it is waited for.
import "./EditorPage";

test("an editor that can't learn whose it is says so, and asks again on demand", async () => {
  let refuses = false;
  let answer: (detail: object) => void = () => undefined;
  const calls = fakeServer({
    "GET /me": () => (refuses ? new Answer(500, { title: "The database is locked" }) : ADMIN),
    "GET /flows/f1": () => new Promise((resolve) => (answer = resolve)),
  });
  const asked = (path: string) => calls.filter((call) => call.path === path).length;
  const { queryClient } = openPage("/flows/f1");
  await waitFor(() => expect(asked("/flows/f1")).toBe(1));
  refuses = true;
  await queryClient.resetQueries({ queryKey: ["me"] });
  answer({ id: "f1", revision: 1, version: 0, flow: emptyFlow("Opened") });
  expect(await screen.findByText("The database is locked")).toBeVisible();
  const before = [asked("/me"), asked("/flows/f1")];
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  // What was answered is not asked for anew.
  await waitFor(() => expect([asked("/me"), asked("/flows/f1")]).toEqual([(before[0] ?? 0) + 1, before[1]]));
});

test("an open editor stays when what it is made of can't be asked for anew", async () => {
  let refuses = false;
  fakeServer({
    "GET /catalog": () => (refuses ? new Answer(500, { title: "The database is locked" }) : { items: [] }),
    "GET /flows/f1": { id: "f1", revision: 1, version: 0, flow: emptyFlow("Opened") },
  });
  const { queryClient } = openPage("/flows/f1");
  const name = await screen.findByTestId("flow-name");
  refuses = true;
  await queryClient.invalidateQueries({ queryKey: ["catalog"] });
  expect(queryClient.getQueryState(["catalog"])?.status).toBe("error");
  await userEvent.type(name, " on");
  expect(screen.queryByText("The flow could not be opened")).toBeNull();
  expect(screen.getByTestId("flow-name")).toHaveValue("Opened on");
});

vi.mock("@/ui/download", { spy: true });

const OPENED = { id: "f1", revision: 1, version: 0, flow: emptyFlow("Opened") };
const kept = () => Object.values(localStorage).map((text) => JSON.parse(text).flow?.name);
afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("who may only read is told what this browser keeps of theirs, and may take it along", async () => {
  const copy = { flow: emptyFlow("Drawn before"), base: 1, saved: emptyFlow("Opened"), at: 5 };
  localStorage.setItem(`drawbridge.draft.${VIEWER.id}.f1.tab`, JSON.stringify(copy));
  fakeServer({ "GET /me": VIEWER, "GET /flows/f1": OPENED });
  openPage("/flows/f1");
  const told = await screen.findByTestId("drawn-unsaved");
  expect(told).toHaveTextContent(/viewer.*What you drew before and was not saved is kept in this browser/);
  expect(screen.getByTestId("flow-name")).toHaveValue("Opened");
  vi.mocked(saveText).mockImplementation(() => undefined);
  await userEvent.click(screen.getByRole("button", { name: "Download it" }));
  expect(saveText).toHaveBeenCalledWith("Drawn before.flow.json", expect.stringContaining("Drawn before"));
});

test("what is not saved stays where the window is made narrow, and is in the draft again once it is wide", async () => {
  const watching = new Set<() => void>();
  let narrow = false;
  const media = {
    get matches() {
      return narrow;
    },
    addEventListener: (_: string, heard: () => void) => watching.add(heard),
    removeEventListener: (_: string, heard: () => void) => watching.delete(heard),
  };
  vi.stubGlobal("matchMedia", () => media);
  const turn = (to: boolean) =>
    act(async () => {
      narrow = to;
      for (const heard of watching) heard();
    });
  const topics: Topic[] = [];
  vi.spyOn(live, "follow").mockImplementation((_, topic) => {
    topics.push(topic);
    return () => topics.splice(topics.indexOf(topic), 1);
  });
  let server = { ...OPENED };
  fakeServer({
    "GET /flows/f1": () => server,
    "PUT /flows/f1": () => new Answer(403, { title: "Forbidden" }),
  });
  openPage("/flows/f1");
  await userEvent.type(await screen.findByTestId("flow-name"), " on{Enter}");
  await waitFor(() => expect(kept()).toEqual(["Opened on"]));
  await turn(true);
  const told = await screen.findByTestId("drawn-unsaved");
  expect(told).toHaveTextContent("drawn on a larger screen. What you drew before and was not saved is kept");
  server = { ...OPENED, revision: 2, flow: emptyFlow("By another") };
  for (const topic of topics) topic.onSnapshot({ revision: 2 }, 1);
  await waitFor(() => expect(screen.getByTestId("flow-name")).toHaveValue("By another"));
  expect(kept()).toEqual(["Opened on"]);
  await turn(false);
  await waitFor(() => expect(screen.getByTestId("flow-name")).toHaveValue("Opened on"));
});
