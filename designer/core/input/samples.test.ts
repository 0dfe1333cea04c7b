import { expect, it } from "vitest";
import { withSample } from "./samples";

const sample = (name: string, n: number) => ({ name, trigger: "go", input: { n } });

it("adds a sample, in the place of the one that was seen", () => {
  const before = [sample("a", 1), sample("b", 2)];
  expect(withSample(before, sample("c", 3)).items).toEqual([...before, sample("c", 3)]);
  expect(withSample(before, sample("a", 3), sample("a", 1)).items).toEqual([sample("b", 2), sample("a", 3)]);
});

it("keeps what somebody else kept under the name since", () => {
  const before = [sample("a", 9), sample("a 2", 8)];
  for (const seen of [undefined, sample("a", 1)])
    expect(withSample(before, sample("a", 3), seen)).toEqual({
      items: [...before, sample("a 3", 3)],
      kept: sample("a 3", 3),
    });
});
