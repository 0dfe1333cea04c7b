import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Flow } from "@/core/flow/document";
import { Decided } from "./Decided";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/x">{children}</a>,
}));

describe("what follows a decision", () => {
  const decided = (parent: string | undefined) => {
    const nodes = [
      { id: "each", type: "core.foreach", name: "Each host", position: [0, 0] },
      { id: "ok", type: "core.approval", position: [0, 0], parent },
    ];
    const data = { step: { node: "ok", port: "approved" }, detail: { output: { decision: "approved" } } };
    const flow = { nodes, edges: [] } as unknown as Flow;
    render(<Decided data={data as never} flow={flow} onOpen={() => {}} />);
    return screen.getByTestId("decided").querySelector(".muted")?.textContent;
  };

  it("is nothing at the end of the flow", () => {
    expect(decided(undefined)).toBe("Nothing: this way of the flow ends here.");
  });

  it("is what follows the pass at the end of a loop's body", () => {
    expect(decided("each")).toBe(
      "Nothing more in this pass of Each host: it goes on with the next one, or with what follows it.",
    );
  });
});
