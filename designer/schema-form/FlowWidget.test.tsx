import type { WidgetProps } from "@rjsf/utils";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { FlowWidget } from "./FlowWidget";
import { type CallableFlow, type FormScope, FormScopeContext } from "./scope";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ children, params }: { children: ReactNode; params: { id: string } }) => (
    <a href={`/flows/${params.id}`}>{children}</a>
  ),
}));

const flow = (id: string, name: string, version: number, minute: number): CallableFlow => ({
  ...{ id, name, version },
  updatedAt: `2026-01-05T10:0${minute}:00`,
});
const FLOWS = [
  flow("a", "Public bucket", 2, 1),
  flow("b", "Public bucket", 1, 2),
  flow("c", "Contain host", 3, 3),
  flow("d", "Hunt", 0, 4),
];

const SHIPPED = [{ id: "e", name: "Enrich an indicator", file: "enrich-indicator" }];
const addShipped = vi.fn(async () => undefined);

function shown(value: string | undefined) {
  render(
    <FormScopeContext.Provider value={{ flows: FLOWS, shipped: SHIPPED, addShipped } as unknown as FormScope}>
      <FlowWidget
        {...({ id: "f", label: "Flow", value, onChange: () => undefined } as unknown as WidgetProps)}
      />
    </FormScopeContext.Provider>,
  );
  return screen.getAllByRole("option").map((o) => o.textContent);
}

it("tells flows of one name apart, and leads to none before one is chosen", () => {
  expect(shown(undefined)).toEqual([
    "Choose a flow",
    expect.stringMatching(/^Public bucket \(live v2, changed .*10:01/),
    expect.stringMatching(/^Public bucket \(live v1, changed .*10:02/),
    "Contain host",
  ]);
  expect(screen.queryByRole("link")).toBeNull();
});

it("leads to the flow that is chosen, also to one that is not published", () => {
  expect(shown("d")).toContainEqual(expect.stringMatching(/^Hunt \(draft, not published, changed .*10:04/));
  const link = screen.getByRole("link", { name: "Open the flow Hunt" });
  expect(link).toHaveAttribute("href", "/flows/d");
});

it("leads nowhere from an id that no flow has", () => {
  expect(shown("gone")).toContain("gone");
  expect(screen.queryByRole("link")).toBeNull();
});

it("shows a flow of the library that is not here by its name, and adds it", async () => {
  expect(shown("e")).toContain("Enrich an indicator (a template, not on this server)");
  await userEvent.click(screen.getByRole("button", { name: "Add Enrich an indicator to this server" }));
  expect(addShipped).toHaveBeenCalledWith(SHIPPED[0]);
});
