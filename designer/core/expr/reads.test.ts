import { expect, it } from "vitest";
import { stepReads } from "./reads";

it("reads a step by whatever its name is written as, and none where no character is meant", () => {
  const ids = (code: string) => stepReads(code).reads.map((r) => r.id.name);
  expect(ids(String.raw`steps["\u0061"].output + steps['''b'''].output + steps[r"c"].output`)).toEqual([
    "a",
    "b",
    "c",
  ]);
  for (const none of ["\\UFFFFFFFF", "\\uD800"]) expect(ids(`steps["${none}"].output`)).toEqual([]);
});
