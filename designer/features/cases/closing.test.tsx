import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Case } from "@/api/cases";
import { makeQueryClient } from "@/api/queries";
import { fakeServer } from "@/test/pages";
import { CloseDialog } from "./dialogs";

function opened(tasks: object[]) {
  fakeServer({ "GET /cases/c/tasks": { items: tasks, next: "" } });
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <CloseDialog item={{ id: "c", number: 7, revision: 1 } as Case} onClose={() => undefined} />
    </QueryClientProvider>,
  );
}

const task = (title: string, state: string, required: boolean) => ({ id: title, title, state, required });

test("who closes a case is told which of its required tasks are open", async () => {
  opened([
    ...[task("Scope it", "open", true), task("Tell the owner", "running", true)],
    ...[task("Look again", "open", false), task("Contain it", "done", true), task("Ask", "skipped", true)],
  ]);
  await screen.findByText(/2 required tasks are open: Scope it, Tell the owner$/);
  expect(screen.getByText("Close the case")).toBeEnabled();
});

test("where none is open, nothing is told", async () => {
  opened([task("Contain it", "done", true)]);
  await screen.findByText("Close the case");
  expect(screen.queryByRole("status")).toBeNull();
});
