import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Run } from "@/api/types";
import { RunContext } from "@/run/hooks";
import { LiveSocket } from "@/run/live";
import { RunStore } from "@/run/store";
import { FailedSteps } from "./FailedSteps";

const at = (second: number) => `2026-01-05T10:00:0${second}Z`;
const step = (node: string, state: string, second: number) => ({ node, state, endedAt: at(second) });

function shown(state: string, steps: Run["steps"] | object) {
  const store = new RunStore(new LiveSocket(() => "ws://nowhere"), (flush) => flush());
  store.snapshot({ id: "r", flow: "f", state, createdAt: at(0), endedAt: at(9), steps, seq: 1 } as Run);
  const onShow = vi.fn();
  render(
    <RunContext.Provider value={store}>
      <FailedSteps onShow={onShow} />
    </RunContext.Provider>,
  );
  return onShow;
}

const STEPS = {
  block: step("block", "failed", 5),
  "each.1.look": step("look", "failed", 2),
  tell: step("tell", "succeeded", 6),
};

it("says of a run that succeeded how many of its steps failed, and leads to the first", () => {
  const onShow = shown("succeeded", STEPS);
  fireEvent.click(screen.getByRole("button", { name: "2 steps failed" }));
  expect(onShow.mock.calls[0]?.[0]).toMatchObject({ node: "look", key: "each.1.look" });
});

it("says nothing where the run says so itself, or where none failed", () => {
  shown("failed", STEPS);
  shown("succeeded", { tell: STEPS.tell });
  expect(screen.queryByTestId("failed-steps")).toBeNull();
});
