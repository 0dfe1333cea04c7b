import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import type { Case, CaseTask } from "@/api/cases";
import { makeQueryClient } from "@/api/queries";
import { fakeServer } from "@/test/pages";
import { TaskRow } from "./TaskRow";

vi.mock("@tanstack/react-router", async (real) => ({
  ...(await real<object>()),
  Link: ({ children }: { children: ReactNode }) => <a href="/somewhere">{children}</a>,
}));

function shown(task: Partial<CaseTask>) {
  const whole = { id: "t1", title: "Ask", state: "open", assignee: "", note: "", ...task } as CaseTask;
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <TaskRow item={{ id: "c1" } as Case} task={whole} disabled={false} />
    </QueryClientProvider>,
  );
}

test("the box of a task with a form leads to the form, also where it is open already", async () => {
  fakeServer({ "GET /me": { permissions: [] } });
  const form = { type: "object", properties: { who: { type: "string", title: "Who" } } };
  shown({ form, instructions: "- [ ] Call them" });
  const box = screen.getByRole("checkbox", { name: "Ask" });
  await userEvent.click(box);
  expect(screen.getByLabelText("Who")).toHaveFocus();
  await userEvent.click(box);
  expect(screen.getByLabelText("Who")).toHaveFocus();
  expect(box).not.toBeChecked();
});

test("a task says which flow does it", async () => {
  fakeServer({
    "GET /me": { permissions: [] },
    "GET /flows": { items: [{ id: "f1", name: "Contain a host" }], next: "" },
  });
  shown({ flow: "f1" });
  await userEvent.click(screen.getByRole("button", { name: "Ask" }));
  expect(await screen.findByText("Contain a host")).toBeVisible();
});
