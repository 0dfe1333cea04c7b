import { expect, it } from "vitest";
import { withNames } from "./names";

it("writes names for ids in a line, and for nothing else", () => {
  const names = [
    { id: "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e4", kind: "case" as const, name: "Beacon", number: 9 },
    { id: "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e5", kind: "flow" as const, name: "Contain" },
  ];
  const line =
    'case: "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e4" · flow: "0199f3a0-6d2b-7c11-8a53-3f7d20c9b1e5" · n: 9';
  expect(withNames(line, names)).toBe("case: #9 Beacon · flow: Contain · n: 9");
  expect(withNames(line)).toBe(line);
});
