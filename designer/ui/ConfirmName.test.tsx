import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ConfirmName } from "./ConfirmName";

it("takes a name with signs that nobody can type as it is shown", async () => {
  const confirmed = vi.fn(async () => {});
  render(
    <ConfirmName
      {...{ open: true, name: "Called \u202eby", title: "Delete?", text: "", action: "Delete" }}
      onConfirm={confirmed}
      onClose={() => {}}
    />,
  );
  const field = screen.getByLabelText("Type “Called [U+202E]by” to confirm");
  await userEvent.type(field, "Called by");
  expect(screen.getByTestId("confirm-delete")).toHaveProperty("disabled", true);
  await userEvent.clear(field);
  await userEvent.type(field, "Called [[U+202E]by");
  await userEvent.click(screen.getByTestId("confirm-delete"));
  expect(confirmed).toHaveBeenCalledOnce();
});
