import { expect, test } from "vitest";
import type { CaseEntry } from "@/api/cases";
import { entryText } from "./entryText";

function closed(data: object): string {
  const changes = [
    { field: "status", from: "open", to: "closed" },
    { field: "resolution", from: "", to: "true_positive" },
  ];
  const by = { name: "analyst", kind: "user" };
  const entry: CaseEntry = {
    seq: 2,
    at: "2026-01-31T09:00:00Z",
    kind: "changed",
    by,
    data: { changes, ...data },
  };
  return entryText(entry);
}

test("a closing names the required tasks that it left open", () => {
  expect(closed({})).toBe("closed it as true positive");
  expect(closed({ left: ["Scope it"], leftCount: 1 })).toBe(
    "closed it as true positive with the required task “Scope it” open",
  );
  expect(closed({ left: ["Scope it", "Tell the owner"], leftCount: 2 })).toBe(
    "closed it as true positive with 2 required tasks open (“Scope it”, “Tell the owner”)",
  );
  expect(closed({ left: ["A", "B"], leftCount: 9 })).toBe(
    "closed it as true positive with 9 required tasks open (“A”, “B” and 7 more)",
  );
});
