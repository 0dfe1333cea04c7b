import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Case } from "@/api/cases";
import { makeQueryClient } from "@/api/queries";
import { Answer, fakeServer } from "@/test/pages";
import { CloseDialog } from "./dialogs";

function opened(tasks: object[], closed: object = { id: "c", number: 7 }) {
  const calls = fakeServer({
    "PUT /cases/c": closed,
    "GET /cases/c/tasks": { items: tasks, next: "" },
  });
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <CloseDialog item={{ id: "c", number: 7, revision: 1 } as Case} onClose={() => undefined} />
    </QueryClientProvider>,
  );
  return calls;
}

const task = (title: string, state: string, required: boolean) => ({ id: title, title, state, required });

test("who closes a case is told which of its required tasks are open", async () => {
  const calls = opened([
    ...[task("Scope it", "open", true), task("Tell the owner", "running", true)],
    ...[task("Look again", "open", false), task("Contain it", "done", true), task("Ask", "skipped", true)],
  ]);
  await screen.findByText(/2 required tasks are open: Scope it, Tell the owner$/);
  const close = screen.getByText("Close it with 2 tasks open");
  await userEvent.selectOptions(screen.getByLabelText("How it ended"), "true_positive");
  await userEvent.click(close);
  expect(screen.getByLabelText("Why")).toHaveAccessibleDescription(
    /Say why it is closed with required tasks open/,
  );
  expect(calls.some((c) => c.method === "PUT")).toBe(false);
  await userEvent.type(screen.getByLabelText("Why"), "Nothing is left to scope.");
  await userEvent.click(close);
  await expect
    .poll(() => calls.find((c) => c.method === "PUT")?.body)
    .toMatchObject({ status: "closed", comment: "Nothing is left to scope." });
});

test("where none is open, nothing is told", async () => {
  opened([task("Contain it", "done", true)]);
  await screen.findByText("Close the case");
  expect(screen.queryByRole("status")).toBeNull();
});

test("a task that the server knows of and the dialog doesn't is told where one says why", async () => {
  const message = "a required task is open: Scope it";
  const problem = { code: "case.left_open", severity: "error", pointer: "/comment", message };
  opened([], new Answer(422, { title: "Refused", detail: message, problems: [problem] }));
  await userEvent.selectOptions(screen.getByLabelText("How it ended"), "true_positive");
  await userEvent.click(screen.getByText("Close the case"));
  await expect.poll(() => screen.getByLabelText("Why")).toHaveAccessibleDescription(message);
});
