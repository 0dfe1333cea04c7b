import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ApiError } from "@/api/http";
import { ErrorView } from "./Feedback";

test("an error is said in its own words, and once", () => {
  const detail = "name the hosts, 1 to 64";
  render(
    <ErrorView
      error={
        new ApiError(422, "Unprocessable Entity", detail, {
          problems: [{ message: detail, pointer: "/hosts" }, { message: "the name is taken" }],
        })
      }
    />,
  );
  const alert = screen.getByRole("alert");
  expect(alert).not.toHaveTextContent(/Unprocessable/);
  expect(screen.getAllByText(detail)).toHaveLength(1);
  expect(alert).toHaveTextContent("the name is taken");
});

test("a title that says something stays", () => {
  render(<ErrorView error={new ApiError(0, "The server can't be reached", "Check that it runs.")} />);
  expect(screen.getByRole("alert")).toHaveTextContent("The server can't be reachedCheck that it runs.");
});
