import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Question } from "@/api/types";
import { AfterAnswer } from "./AfterAnswer";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/x">{children}</a>,
}));

function said(state: Question["state"], actions: number, handedTo?: string) {
  const then = Array.from({ length: actions }, (_, i) => ({ node: `n${i}`, type: "a.b", effect: "write" }));
  const question = { id: "q", kind: "approval", title: "T", state, then } as unknown as Question;
  render(<AfterAnswer question={question} handedTo={handedTo} next={undefined} nextRef={null} />);
  return screen.getByTestId("after-answer").querySelector("p")?.textContent;
}

describe("after a question", () => {
  it("says that it was handed on, not answered", () => {
    expect(said("open", 1, "lead")).toBe(
      "Handed to lead. You have not answered; they are asked in your place.",
    );
    expect(screen.getByRole("region").getAttribute("aria-label")).toBe("What came of the question");
  });

  it("names a few of the actions that may follow", () => {
    expect(said("approved", 2)).toBe("Approved. The run goes on, and may go on with: n0, n1.");
  });

  it("counts the others", () => {
    expect(said("rejected", 60)).toBe(
      "Rejected. The run takes the way of a rejection. Not done: n0, n1, n2 and 57 more actions.",
    );
  });
});
