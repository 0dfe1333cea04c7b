import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { emptyFlow } from "@/core/flow/document";
import { ADMIN, Answer, fakeServer, openPage } from "@/test/pages";
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
