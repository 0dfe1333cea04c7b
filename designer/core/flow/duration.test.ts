import { expect, test } from "vitest";
import { durationFrom, durationWords } from "./duration";

test("a duration of a flow file is shown in words, and what is none as it stands", () => {
  const shown = ["4h0m0s", "4h", "1h30m", "2d", "1d12h", "90s", "500ms", "0s", "soon", ""].map(durationWords);
  expect(shown).toEqual(["4 h", "4 h", "1 h 30 min", "2 d", "1 d 12 h", "90 s", "500 ms", "0 s", "soon", ""]);
});

test("what people write of a duration is what a flow file has", () => {
  const written = {
    "4 h": "4h",
    "1 h 30 min": "1h30m",
    "2 days": "2d",
    "1 week": "7d",
    "1 week and 2 days": "9d",
    "90 Seconds": "90s",
    "1.5 hours": "1.5h",
    "30 min, 4 h": "4h30m",
    "4h0m0s": "4h0m0s",
    " 2d ": "2d",
    "500 ms": "500ms",
  };
  for (const [text, want] of Object.entries(written)) expect(durationFrom(text), text).toBe(want);
});

test("what is no duration stays, for the check to tell", () => {
  for (const text of ["soon", "4 parsecs", "4", "h", "4 h or so", "1 h 2 h", ""])
    expect(durationFrom(text), text).toBe(text);
});
